//! What every type gets from every other: exactly, from the automata of both; in groups, beside every composition of
//! others.

use super::exact::{Outcome, meet};
use super::one_shot::{Expected, OneShot};
use super::rewards::{Pays, Rewards};
use super::sampled::{self, Sampling};
use super::setting::{Setting, Stage};
use super::types::{MetaType, Player, Replicate};
use crate::dynamics::bootstrap::{Diagonal, Seeds};
use crate::dynamics::compositions::{self, Compositions};
use crate::dynamics::{Payoffs, Symmetric, Table};
use crate::rng::StreamKey;
use crate::world::Rules;
use rayon::prelude::*;

/// A measure of what a type gets from another, whatever the types are.
#[derive(Clone, Copy)]
struct Base {
    name: &'static str,
    title: &'static str,
    meaning: &'static str,
    range: Option<[f64; 2]>,
    /// Its value for one player of a match.
    of: fn(&Outcome, &Setting) -> f64,
}

/// The number of the measure of payoffs.
pub const PAYOFF: usize = 0;
/// The number of the measure of cooperation.
pub const COOPERATION: usize = 1;
/// Most payoffs beside all compositions of others.
const PAYOFFS_MAX: usize = 1 << 16;
/// The number of the measure of what is missing from the common good.
const SHORTFALL: usize = 3;
/// The name of the measure of whole rewards.
pub const REWARD: &str = "reward";

/// The measures that every game has, with payoffs and cooperation at their numbers.
const BASE: [Base; 4] = [
    Base {
        name: "payoff",
        title: "Mean payoff per round",
        meaning: "expected payoff per round of the game",
        range: None,
        of: |outcome, setting| payoff(outcome, setting)[0],
    },
    Base {
        name: "cooperation",
        title: "Cooperation",
        meaning: "expected share of rounds in which it cooperates, after noise",
        range: Some([0.0, 1.0]),
        of: |outcome, _| outcome.cooperation(),
    },
    Base {
        name: "regret_deontological",
        title: "Regret by the norm not to defect on a cooperator",
        meaning: "expected share of rounds in which it defects on an opponent that has just cooperated",
        range: Some([0.0, 1.0]),
        of: |outcome, _| outcome.norm_breach(),
    },
    Base {
        name: "regret_utilitarian",
        title: "Regret by the common good",
        meaning: "expected shortfall of the sum of all payoffs from the greatest possible, as a share of the range",
        range: Some([0.0, 1.0]),
        of: |outcome, setting| shortfall(outcome, setting),
    },
];

/// A measure of what a type gets from another.
#[derive(Clone, Debug)]
pub struct Measure {
    /// Its name in tables.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What it is.
    pub meaning: String,
    /// The ends of its scale; `None` if the game decides.
    pub range: Option<[f64; 2]>,
    /// For each type, whether it has such a number.
    pub has: Vec<bool>,
    /// The numbers; 0 for types that have no such number.
    pub values: Values,
}

/// What types get.
#[derive(Clone, Debug)]
pub enum Values {
    /// In matches of two: each seed of each type from each seed of each type.
    Pairs(Seeds),
    /// In groups of more than two: types of which nothing was trained.
    Groups(Table),
}

impl Values {
    /// Whether types have several seeds.
    pub fn vary(&self) -> bool {
        matches!(self, Self::Pairs(seeds) if seeds.vary())
    }

    /// The payoffs over all seeds; see [`Seeds::mean`].
    pub fn mean(&self, diagonal: Diagonal) -> Symmetric {
        match self {
            Self::Pairs(seeds) => seeds.mean(diagonal).into(),
            Self::Groups(table) => Symmetric::Group(table.clone()),
        }
    }

    /// Those of a draw of seeds; see [`Seeds::resample`].
    pub fn resample(&self, diagonal: Diagonal, draw: &mut impl FnMut(usize) -> usize) -> Symmetric {
        match self {
            Self::Pairs(seeds) => seeds.resample(diagonal, draw).into(),
            Self::Groups(table) => Symmetric::Group(table.clone()),
        }
    }
}

/// Expected payoffs per round, the player's own and the opponent's.
fn payoff(outcome: &Outcome, setting: &Setting) -> [f64; 2] {
    let [r, s, t, p] = setting.payoffs();
    let joint = outcome.joint();
    let expected = |payoffs: [f64; 4]| joint.iter().zip(payoffs).map(|(share, payoff)| share * payoff).sum();
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

/// What all types get, under all their seeds.
#[derive(Clone, Debug)]
pub struct MetaGame {
    /// The types.
    pub types: Vec<MetaType>,
    /// What is played.
    pub stage: Stage,
    /// The measures: those that every game has, then the rewards of its types.
    pub measures: Vec<Measure>,
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
    /// Lets every type meet every type, by `rules`: in matches of two exactly where both are automata of few states
    /// together, by `sampling` otherwise; in groups and games of more actions always exactly.
    ///
    /// # Errors
    /// If payoffs are too large for f64, or a type looks at something where none may.
    pub fn play(types: Vec<MetaType>, rules: &Rules, sampling: Sampling) -> Result<Self, String> {
        match Stage::of(rules)? {
            Stage::Matches(setting) => Self::matches(types, rules, setting, sampling),
            Stage::Rounds(one_shot) => Self::rounds(types, one_shot),
        }
    }

    fn rounds(types: Vec<MetaType>, one_shot: OneShot) -> Result<Self, String> {
        let blind = |of: &MetaType| match &of.replicates[..] {
            [Replicate { members, .. }] => match &members[..] {
                [Player::Blind(chances)] => Ok(chances.clone()),
                [_] => Err(format!("`{}` looks at what others did", of.name)),
                _ => Err(format!("the members of `{}` are not alike", of.name)),
            },
            _ => Err(format!("`{}` was trained", of.name)),
        };
        let payoffs = compositions::count(one_shot.players() - 1, types.len()).saturating_mul(types.len());
        if payoffs > PAYOFFS_MAX {
            return Err(format!(
                "{} types in groups of {} have {payoffs} payoffs: expected at most {PAYOFFS_MAX}; take fewer types",
                types.len(),
                one_shot.players()
            ));
        }
        let chances = types.iter().map(blind).collect::<Result<Vec<_>, _>>()?;
        let Expected { payoff, cooperation, shortfall } = one_shot.expected(&chances)?;
        let values = |table: Table| -> Result<Values, String> {
            if table.players() > 2 {
                return Ok(Values::Groups(table));
            }
            // Between two, what is met is a type.
            let met = |of: usize| (0..types.len()).map(|other| u32::from(other == of)).collect::<Vec<u32>>();
            Seeds::new(vec![1; types.len()], |a, _, b, _| table.payoff(a, &met(b))).map(Values::Pairs)
        };
        let measure = |number: usize, table: Table| -> Result<Measure, String> {
            let Base { name, title, meaning, range, .. } = BASE[number];
            let (has, values) = (vec![true; types.len()], values(table)?);
            Ok(Measure { name: name.into(), title: title.into(), meaning: meaning.into(), range, has, values })
        };
        let measures =
            vec![measure(PAYOFF, payoff)?, measure(COOPERATION, cooperation)?, measure(SHORTFALL, shortfall)?];
        Ok(Self { measures, sampled: Vec::new(), types, stage: Stage::Rounds(one_shot) })
    }

    fn matches(types: Vec<MetaType>, rules: &Rules, setting: Setting, sampling: Sampling) -> Result<Self, String> {
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
        let seeds = |value: &dyn Fn(usize, &Outcome) -> f64| {
            Seeds::new(counts.clone(), |a, i, b, j| value(a, &outcomes[place(a, i) * all.len() + place(b, j)]))
        };
        let mut measures = Vec::new();
        for Base { name, title, meaning, range, of } in BASE {
            measures.push(Measure {
                name: name.into(),
                title: title.into(),
                meaning: meaning.into(),
                range,
                has: vec![true; types.len()],
                values: Values::Pairs(seeds(&|_, outcome| of(outcome, &setting))?),
            });
        }
        for Paid { name, title, meaning, pays } in paid(&types, &setting) {
            measures.push(Measure {
                name,
                title,
                meaning,
                range: None,
                has: pays.iter().map(Option::is_some).collect(),
                values: Values::Pairs(seeds(&|of, outcome| {
                    pays[of].as_ref().map_or(0.0, |pays| outcome.expected(pays))
                })?),
            });
        }
        Ok(Self { measures, sampled, types, stage: Stage::Matches(setting) })
    }

    /// Players of one game.
    pub fn players(&self) -> usize {
        self.groups().map_or(2, |others| others.total() + 1)
    }

    /// Whether types meet in groups of more than two.
    pub fn is_of_groups(&self) -> bool {
        self.groups().is_some()
    }

    /// The compositions of a player's others, if types meet in groups.
    pub fn groups(&self) -> Option<&Compositions> {
        match &self.measures[PAYOFF].values {
            Values::Groups(table) => Some(table.others()),
            Values::Pairs(_) => None,
        }
    }

    /// The number of the measure that selection looks at: payoffs, or rewards if `by_reward`.
    ///
    /// # Errors
    /// If no type has a reward, or that of one is not known beforehand.
    pub fn fitness(&self, by_reward: bool) -> Result<usize, String> {
        if !by_reward {
            return Ok(PAYOFF);
        }
        let Some(number) = self.measures.iter().position(|measure| measure.name == REWARD) else {
            return Err("no type has a reward for selection to look at: expected a population of a run".into());
        };
        match self.measures[number].has.iter().position(|has| !has) {
            None => Ok(number),
            Some(of) => Err(format!(
                "the reward of `{}` has a term of a plugin, and what that pays is not known beforehand; leave the type \
                 out, or let selection look at payoffs",
                self.types[of].name
            )),
        }
    }
}

/// Something that types are paid.
struct Paid {
    name: String,
    title: String,
    meaning: String,
    /// For each type what a round pays it; `None` if it is not paid such a thing.
    pays: Vec<Option<Pays>>,
}

/// What types are rewarded for: the whole, in which a strategy is paid by the game, then every term.
fn paid(types: &[MetaType], setting: &Setting) -> Vec<Paid> {
    if types.iter().all(|of| of.rewards.is_none()) {
        return Vec::new();
    }
    let whole = Paid {
        name: REWARD.into(),
        title: "Mean reward per round".into(),
        meaning: "expected reward per round, all terms together; for a strategy, which has none, the payoff".into(),
        pays: types.iter().map(|of| of.rewards.as_ref().map_or(Some([setting.payoffs(); 5]), Rewards::total)).collect(),
    };
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in types.iter().flat_map(|of| &of.rewards).flat_map(|rewards| &rewards.terms) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let term = |name: &String| Paid {
        name: format!("reward_{name}"),
        title: format!("Reward: {}", name.replace('_', " ")),
        meaning: format!("expected pay per round of the reward term {name}, weighted, for types that have it"),
        pays: types.iter().map(|of| of.rewards.as_ref().and_then(|rewards| rewards.term(name)).copied()).collect(),
    };
    std::iter::once(whole).chain(names.into_iter().map(term)).collect()
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
