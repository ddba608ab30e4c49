//! What every type gets from every other: exactly, from the automata of both.

use super::exact::{Outcome, meet};
use super::sampled::{self, Sampling};
use super::setting::Setting;
use super::types::{MetaType, Player, Replicate};
use crate::dynamics::bootstrap::Seeds;
use crate::rng::StreamKey;
use crate::world::Rules;
use rayon::prelude::*;

/// A measure of what a type gets from another.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its name in tables.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// The ends of its scale; `None` if the game decides.
    pub range: Option<[f64; 2]>,
    /// Its value for one player of a match.
    of: fn(&Outcome, &Setting) -> f64,
}

/// All measures; the first is what selection looks at.
pub const MEASURES: &[Measure] = &[
    Measure {
        name: "payoff",
        title: "Mean payoff per round",
        meaning: "expected payoff per round of the game",
        range: None,
        of: |outcome, setting| payoff(outcome, setting)[0],
    },
    Measure {
        name: "cooperation",
        title: "Cooperation",
        meaning: "expected share of rounds in which it cooperates, after noise",
        range: Some([0.0, 1.0]),
        of: |outcome, _| outcome.cooperation(),
    },
    Measure {
        name: "regret_deontological",
        title: "Regret by the norm not to defect on a cooperator",
        meaning: "expected share of rounds in which it defects on an opponent that has just cooperated",
        range: Some([0.0, 1.0]),
        of: |outcome, _| outcome.norm_breach,
    },
    Measure {
        name: "regret_utilitarian",
        title: "Regret by the common good",
        meaning: "expected shortfall of the sum of both payoffs from the greatest possible, as a share of the range",
        range: Some([0.0, 1.0]),
        of: |outcome, setting| shortfall(outcome, setting),
    },
];

/// Expected payoffs per round, the player's own and the opponent's.
fn payoff(outcome: &Outcome, setting: &Setting) -> [f64; 2] {
    let [r, s, t, p] = setting.payoffs();
    let expected = |payoffs: [f64; 4]| outcome.joint.iter().zip(payoffs).map(|(share, payoff)| share * payoff).sum();
    [expected([r, s, t, p]), expected([r, t, s, p])]
}

fn shortfall(outcome: &Outcome, setting: &Setting) -> f64 {
    let [r, s, t, p] = setting.payoffs();
    let sums = [2.0 * r, s + t, 2.0 * p];
    let (least, greatest) = sums.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, g), &x| (l.min(x), g.max(x)));
    if greatest == least {
        return 0.0;
    }
    let [own, other] = payoff(outcome, setting);
    (greatest - own - other) / (greatest - least)
}

/// The matches between all types, under all their seeds.
#[derive(Clone, Debug)]
pub struct MetaGame {
    /// The types.
    pub types: Vec<MetaType>,
    /// What is played.
    pub setting: Setting,
    /// For each measure, what each seed of each type gets from each seed of each type.
    pub measures: Vec<Seeds>,
    /// The payoffs that are sampled.
    pub sampled: Vec<SampledPayoff>,
}

/// A payoff from matches that were played.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledPayoff {
    /// The type that is paid, and the number of its seed.
    pub own: (usize, usize),
    /// The type that it meets, and the number of its seed.
    pub opponent: (usize, usize),
    /// Matches, over all pairs of members.
    pub matches: u64,
    /// Payoff per round.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// What two replicates get from each other.
#[derive(Clone, Copy, Debug, Default)]
struct Meeting {
    outcomes: [Outcome; 2],
    /// Standard errors of the payoffs, if matches were played.
    errors: Option<[f64; 2]>,
    /// Matches that were played.
    matches: u64,
}

impl MetaGame {
    /// Lets every type meet every type, in matches by `rules`: exactly where both are automata of few states together,
    /// by `sampling` otherwise.
    ///
    /// # Errors
    /// If payoffs are too large for f64.
    pub fn play(types: Vec<MetaType>, rules: &Rules, sampling: Sampling) -> Result<Self, String> {
        let setting = Setting::of(rules)?;
        let counts: Vec<usize> = types.iter().map(|of| of.replicates.len()).collect();
        let all: Vec<(usize, usize)> =
            counts.iter().enumerate().flat_map(|(of, &count)| (0..count).map(move |seed| (of, seed))).collect();
        let replicate = |place: usize| &types[all[place].0].replicates[all[place].1];
        let pairs: Vec<(usize, usize)> = (0..all.len()).flat_map(|a| (a..all.len()).map(move |b| (a, b))).collect();
        let meetings: Vec<Meeting> = pairs
            .par_iter()
            .enumerate()
            .map(|(number, &(a, b))| {
                let both = [replicate(a), replicate(b)];
                meet_all(both, a == b, rules, &setting, (sampling, number as u32))
            })
            .collect();
        let mut outcomes = vec![Outcome::default(); all.len() * all.len()];
        let mut sampled = Vec::new();
        for (&(a, b), meeting) in pairs.iter().zip(&meetings) {
            outcomes[b * all.len() + a] = meeting.outcomes[1];
            outcomes[a * all.len() + b] = meeting.outcomes[0];
            let sides = [(a, b), (b, a)];
            for (seat, (own, opponent)) in sides.into_iter().enumerate().take(if a == b { 1 } else { 2 }) {
                sampled.extend(meeting.errors.map(|errors| SampledPayoff {
                    own: all[own],
                    opponent: all[opponent],
                    matches: meeting.matches,
                    mean: payoff(&meeting.outcomes[seat], &setting)[0],
                    standard_error: errors[seat],
                }));
            }
        }
        let place = |of: usize, seed: usize| counts[..of].iter().sum::<usize>() + seed;
        let measures = MEASURES.iter().map(|measure| {
            Seeds::new(counts.clone(), |a, i, b, j| {
                (measure.of)(&outcomes[place(a, i) * all.len() + place(b, j)], &setting)
            })
        });
        let measures = measures.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { measures, sampled, types, setting })
    }
}

/// The mean outcomes between the members of two replicates. Members of one replicate meet each other, and themselves if
/// there is only one.
fn meet_all(
    both: [&Replicate; 2],
    is_same: bool,
    rules: &Rules,
    setting: &Setting,
    (sampling, pair): (Sampling, u32),
) -> Meeting {
    let mut all = Meeting::default();
    let (mut count, mut squares) = (0.0, [0.0; 2]);
    for (i, first) in both[0].members.iter().enumerate() {
        for (j, second) in both[1].members.iter().enumerate() {
            if is_same && i == j && both[0].members.len() > 1 {
                continue;
            }
            let exact = match (first, second) {
                (Player::Automaton(a), Player::Automaton(b)) => meet(a, b, setting),
                _ => None,
            };
            let outcomes = exact.unwrap_or_else(|| {
                let members = (i * both[1].members.len() + j) as u32;
                let key = StreamKey { agent: pair, seat: members, ..StreamKey::default() };
                let (outcomes, errors) = sampled::play([first, second], rules, setting, sampling, key);
                squares.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error * error);
                all.matches += u64::from(sampling.matches);
                outcomes
            });
            all.outcomes.iter_mut().zip(outcomes).for_each(|(sum, outcome)| sum.absorb(&outcome));
            count += 1.0;
        }
    }
    all.outcomes.iter_mut().for_each(|sum| sum.divide(count));
    all.errors = (all.matches > 0).then(|| squares.map(|sum| sum.sqrt() / count));
    all
}
