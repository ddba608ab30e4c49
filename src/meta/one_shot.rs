//! Games of any number of players and actions, between types that look at nothing: what a round pays them.

use crate::dynamics::compositions::Compositions;
use crate::dynamics::{Payoffs, Table};
use crate::games::normal_form::JOINT_ACTIONS_MAX;
use crate::games::{Action, Game};
use crate::world::Rules;

/// A game that pays each player by its own action and by how many of the others do what, and how actions slip.
#[derive(Clone, Debug, PartialEq)]
pub struct OneShot {
    /// Name of the game.
    pub game: String,
    /// Its actions.
    pub actions: Vec<String>,
    /// Whether each of them counts as cooperation.
    cooperative: Vec<bool>,
    /// Probability that an action is replaced by another, all equally likely.
    noise: f64,
    /// What each action pays beside each composition of the others' actions.
    payoffs: Table,
}

/// What types get beside each composition of others.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Expected payoff.
    pub payoff: Table,
    /// Probability of cooperating.
    pub cooperation: Table,
    /// Expected shortfall of the sum of all payoffs from the greatest, as a share of the range.
    pub shortfall: Table,
}

impl OneShot {
    /// The game of `rules`.
    ///
    /// # Errors
    /// With a sentence, if it is too large, if it matters who does what and not only how many, or if there are
    /// reputations.
    pub fn of(rules: &Rules) -> Result<Self, String> {
        let game = rules.game.as_ref();
        let (name, players, actions) = (game.name().to_owned(), game.seats(), game.actions().len());
        if rules.reputation.is_some() {
            return Err("reputations tie matches together: expected a scenario without `reputation`".into());
        }
        let joints = u32::try_from(players).ok().and_then(|players| actions.checked_pow(players));
        if joints.is_none_or(|joints| joints > JOINT_ACTIONS_MAX) {
            return Err(format!(
                "`{name}` has {players} seats and {actions} actions: expected at most {JOINT_ACTIONS_MAX} joint actions"
            ));
        }
        let payoffs = by_count(game)?;
        let cooperative = (0..actions).map(|action| game.cooperative(action as Action)).collect();
        Ok(Self { game: name, actions: game.actions().to_vec(), cooperative, noise: rules.noise, payoffs })
    }

    /// Players of one game.
    pub fn players(&self) -> usize {
        self.payoffs.players()
    }

    /// The game in words.
    pub fn summary(&self) -> String {
        let Self { game, actions, noise, .. } = self;
        let alike = |action: usize| {
            let others = |other: usize| if other == action { self.players() as u32 - 1 } else { 0 };
            let others: Vec<u32> = (0..actions.len()).map(others).collect();
            format!("{} ({})", actions[action], self.payoffs.payoff(action, &others))
        };
        let actions: Vec<String> = (0..actions.len()).map(alike).collect();
        format!(
            "{game}: {} players; actions {}, each with its payoff where all take it; noise {noise}",
            self.players(),
            actions.join(", ")
        )
    }

    /// What `types` get, each of which intends every action with its chance.
    ///
    /// # Errors
    /// If there are more types than a table holds.
    pub fn expected(&self, types: &[Vec<f64>]) -> Result<Expected, String> {
        let types: Vec<Vec<f64>> = types.iter().map(|chances| self.slipped(chances)).collect();
        let players = self.payoffs.players();
        let sums = self.sums();
        let (least, greatest) =
            sums.iter().flatten().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, g), &sum| (l.min(sum), g.max(sum)));
        let short = |sum: f64| if greatest > least { (greatest - sum) / (greatest - least) } else { 0.0 };
        // Too many types are refused before they are listed.
        let cooperation = Table::new(types.len(), players, |own, _| {
            types[own].iter().zip(&self.cooperative).filter(|(_, is)| **is).map(|(chance, _)| chance).sum()
        })?;
        let others = Compositions::new(players - 1, types.len())?;
        let levels: Vec<Compositions> =
            (0..players).map(|count| Compositions::new(count, self.actions.len())).collect::<Result<_, _>>()?;
        let rows = self.payoffs.entries();
        let mut found: Vec<Vec<[f64; 2]>> = Vec::with_capacity(others.len());
        for counts in others.iter() {
            let chances =
                together(&levels, counts.iter().zip(&types).flat_map(|(&count, of)| (0..count).map(move |_| of)));
            let mean = |own: &Vec<f64>, of: &dyn Fn(usize, usize) -> f64| -> f64 {
                let beside =
                    |action: usize| chances.iter().enumerate().map(|(place, p)| p * of(action, place)).sum::<f64>();
                own.iter().enumerate().filter(|(_, p)| **p > 0.0).map(|(action, p)| p * beside(action)).sum()
            };
            let of_type = |own: &Vec<f64>| {
                [
                    mean(own, &|action, place| rows[(action, place)]),
                    mean(own, &|action, place| short(sums[action][place])),
                ]
            };
            found.push(types.iter().map(of_type).collect());
        }
        let table = |number: usize| {
            Table::new(types.len(), players, |own, counts| {
                found[others.place(|part| counts[part] as usize)][own][number]
            })
        };
        Ok(Expected { payoff: table(0)?, cooperation, shortfall: table(1)? })
    }

    /// The chances of what is done, where `chances` are those of what is intended.
    fn slipped(&self, chances: &[f64]) -> Vec<f64> {
        let others = (self.actions.len() - 1) as f64;
        chances.iter().map(|p| p * (1.0 - self.noise) + (1.0 - p) * self.noise / others).collect()
    }

    /// The sum of all payoffs, by a player's own action and the composition of the others' actions.
    fn sums(&self) -> Vec<Vec<f64>> {
        let (actions, players) = (self.actions.len(), self.payoffs.players() as u32);
        let others = self.payoffs.others();
        let sum = |own: usize, counts: &[u32]| -> f64 {
            let mut all = counts.to_vec();
            all[own] += 1;
            debug_assert_eq!(all.iter().sum::<u32>(), players);
            let mut sum = 0.0;
            for action in (0..actions).filter(|&action| all[action] > 0) {
                let beside = |part: usize| (all[part] - u32::from(part == action)) as usize;
                sum += f64::from(all[action]) * self.payoffs.entries()[(action, others.place(beside))];
            }
            sum
        };
        (0..actions).map(|own| others.iter().map(|counts| sum(own, counts)).collect()).collect()
    }
}

/// What each action of `game` pays beside each composition of the others' actions.
///
/// # Errors
/// If players are paid by who does what.
fn by_count(game: &dyn Game) -> Result<Table, String> {
    let (players, actions) = (game.seats(), game.actions().len());
    let others = Compositions::new(players - 1, actions)?;
    let mut known = vec![f64::NAN; actions * others.len()];
    let (mut joint, mut payoffs) = (vec![0 as Action; players], vec![0.0; players]);
    loop {
        game.payoffs(&joint, &mut payoffs);
        for (seat, &payoff) in payoffs.iter().enumerate() {
            let count = |part: usize| {
                joint
                    .iter()
                    .enumerate()
                    .filter(|(other, action)| *other != seat && usize::from(**action) == part)
                    .count()
            };
            let place = &mut known[usize::from(joint[seat]) * others.len() + others.place(count)];
            // Sums in another order may differ in the last digits.
            if !place.is_nan() && (*place - payoff).abs() > 1e-9 * place.abs().max(1.0) {
                return Err(format!(
                    "`{}` pays its players by who does what: expected a game that pays by how many do",
                    game.name()
                ));
            }
            if place.is_nan() {
                *place = payoff;
            }
        }
        let Some(digit) = joint.iter().rposition(|&action| usize::from(action) + 1 < actions) else { break };
        joint[digit] += 1;
        joint[digit + 1..].fill(0);
    }
    Table::new(actions, players, |own, counts| known[own * others.len() + others.place(|part| counts[part] as usize)])
}

/// The chance of every composition of actions of `players`, each of whom acts by chances of its own; `levels` are the
/// compositions of 0, 1, … players.
fn together<'a>(levels: &[Compositions], players: impl Iterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let mut chances = vec![1.0];
    for (count, player) in players.enumerate() {
        let (before, after) = (&levels[count], &levels[count + 1]);
        let mut next = vec![0.0; after.len()];
        for (counts, chance) in before.iter().zip(&chances) {
            for (action, p) in player.iter().enumerate().filter(|(_, p)| **p > 0.0) {
                next[after.place(|part| counts[part] as usize + usize::from(part == action))] += chance * p;
            }
        }
        chances = next;
    }
    chances
}
