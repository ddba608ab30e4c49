//! What two players can expect of a match, from matches that are played: for strategies that are no finite automata.

use super::exact::{MIRRORED, Outcome, before};
use super::setting::Setting;
use super::types::Player;
use crate::games::{Action, ILLEGAL, Observation};
use crate::play::{draw_opening, draw_rounds, slip};
use crate::policies::scripted::{MatchView, Moves};
use crate::rng::{Purpose, Stream, StreamKey, pick, stream};
use crate::world::{Horizon, Opening, Rules};
use rand::RngExt;

/// How matches are sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// Matches of every pair.
    pub matches: u32,
    /// Their seed.
    pub seed: u64,
}

/// The outcome for each player of a match between `a` and `b` and the standard errors of their payoffs, from matches
/// that are played; `key` tells the pair from all others.
///
/// With `n` matches of `R` rounds and payoffs that sum to `S`, the payoff per round is the ratio ΣS / ΣR, and the
/// square of its standard error Σ(S − ratio · R)² / (n − 1) · n / (ΣR)² (Cochran 1977, section 6.4).
pub(super) fn play(
    players: [&Player; 2],
    rules: &Rules,
    setting: &Setting,
    sampling: Sampling,
    key: StreamKey,
) -> ([Outcome; 2], [f64; 2]) {
    let moves = Moves::of(rules.game.as_ref()).expect("one of the two actions is cooperative");
    let payoffs = setting.payoffs();
    let mut counts = [[[0.0; 4]; 5]; 2];
    let mut of_matches: Vec<([f64; 2], f64)> = Vec::with_capacity(sampling.matches as usize);
    for repetition in 0..sampling.matches {
        let key = StreamKey { tick: repetition, ..key };
        let mut table = Match::new(rules, moves, &mut stream(sampling.seed, Purpose::Evaluation, key));
        let (mut sums, mut rounds) = ([0.0; 2], 0.0);
        while !table.is_over() {
            let seen = table.last;
            let joint = table.play(players, rules);
            let of_seats = [(seen, joint), (seen.map(|seen| MIRRORED[seen]), MIRRORED[joint])];
            for (seat, (seen, joint)) in of_seats.into_iter().enumerate() {
                counts[seat][before(seen)][joint] += 1.0;
                sums[seat] += payoffs[joint];
            }
            rounds += 1.0;
        }
        of_matches.push((sums, rounds));
    }
    let n = of_matches.len() as f64;
    let all: f64 = of_matches.iter().map(|(_, rounds)| rounds).sum();
    let outcome = |seat: usize| {
        let mut outcome = Outcome { rounds: counts[seat] };
        outcome.divide(all);
        outcome
    };
    let error = |seat: usize| {
        let ratio = of_matches.iter().map(|(sums, _)| sums[seat]).sum::<f64>() / all;
        let squares: f64 = of_matches.iter().map(|(sums, rounds)| (sums[seat] - ratio * rounds).powi(2)).sum();
        (squares / (n - 1.0) * n).sqrt() / all
    };
    ([outcome(0), outcome(1)], [error(0), error(1)])
}

/// A match in progress.
struct Match {
    rng: Stream,
    moves: Moves,
    rounds: u32,
    history: Vec<Action>,
    seen: [Observation; 2],
    /// The states of players that are automata.
    states: [usize; 2],
    /// The joint move of the last round, a made-up one included, by its number as the first player sees it.
    last: Option<usize>,
    has_made_up: bool,
}

impl Match {
    fn new(rules: &Rules, moves: Moves, rng: &mut Stream) -> Self {
        let rounds = match rules.horizon {
            Horizon::Fixed(rounds) => rounds,
            Horizon::Continue { probability, at_most } => draw_rounds(probability, at_most, rng),
        };
        let mut made_up = [ILLEGAL; 2];
        draw_opening(rules, &mut made_up, rng);
        let has_made_up = rules.opening == Opening::MadeUp;
        let seen = [0, 1].map(|seat| match has_made_up {
            true => rules.observations.observe(rules.game.as_ref(), seat, &made_up),
            false => Observation::Opening,
        });
        Self {
            rng: rng.clone(),
            moves,
            rounds,
            history: Vec::new(),
            seen,
            states: [0; 2],
            last: has_made_up.then(|| joint_of(made_up.map(|action| moves.cooperative(action)))),
            has_made_up,
        }
    }

    fn round(&self) -> usize {
        self.history.len() / 2
    }

    fn is_over(&self) -> bool {
        self.round() == self.rounds as usize
    }

    /// Plays a round; returns the number of its joint move, after noise, as the first player sees it.
    fn play(&mut self, players: [&Player; 2], rules: &Rules) -> usize {
        let round = self.round();
        let mut decided = [ILLEGAL; 2];
        for (seat, player) in players.into_iter().enumerate() {
            let view = MatchView {
                game: rules.game.as_ref(),
                moves: &self.moves,
                history: &self.history,
                stride: 2,
                first_seat: 0,
                seat,
                round,
                seen: self.seen[seat],
                others_good: None,
            };
            let action = match player {
                Player::Script(strategy) => strategy.decide(&view, &mut self.rng),
                Player::Blind(chances) => pick(chances, self.rng.random()) as Action,
                Player::Automaton(automaton) => {
                    let mut state = self.states[seat];
                    if let (0, true, Observation::Last { own, .. }) = (round, self.has_made_up, self.seen[seat]) {
                        let others = self.seen[seat].others_cooperated(2, |action| self.moves.cooperative(action));
                        state = automaton.states[0].after(self.moves.cooperative(own), others);
                    }
                    let p = automaton.states[state].cooperation;
                    self.moves.action(p >= 1.0 || (p > 0.0 && self.rng.random::<f64>() < p))
                }
            };
            decided[seat] = action;
        }
        let acted = decided.map(|action| slip(action, 2, rules.noise, &mut self.rng));
        let cooperated = acted.map(|action| self.moves.cooperative(action));
        for seat in 0..2 {
            if let Player::Automaton(automaton) = players[seat] {
                let state = &mut self.states[seat];
                *state = automaton.states[*state].after(cooperated[seat], cooperated[1 - seat]);
            }
            self.seen[seat] = rules.observations.observe(rules.game.as_ref(), seat, &acted);
        }
        self.history.extend_from_slice(&acted);
        let joint = joint_of(cooperated);
        self.last = Some(joint);
        joint
    }
}

/// The number of a joint move, by whether each player cooperated.
fn joint_of([own, other]: [bool; 2]) -> usize {
    2 * usize::from(!own) + usize::from(!other)
}
