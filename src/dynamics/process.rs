//! Who replaces whom in a population of two types: the processes, and their chances in each state.

use super::logs::{add, softplus};
use super::payoffs::{self, Payoffs};
use std::borrow::Cow;

/// Largest population of a process between two types.
pub const POPULATION_MAX: usize = 1_000_000;
/// Largest strength of selection: beyond it, chances are 0 or 1 in every digit.
pub const STRENGTH_MAX: f64 = 1e9;

/// How fitness follows from payoff.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fitness {
    /// f = π; payoffs must not be negative.
    Raw,
    /// f = 1 − w + w π, which must be greater than 0.
    Linear {
        /// The weight w of the payoff, 0 to 1.
        weight: f64,
    },
    /// f = e^(β π).
    Exponential {
        /// The strength of selection β, 0 or more.
        strength: f64,
    },
}

impl Fitness {
    /// ln f of an agent with this payoff.
    ///
    /// # Errors
    /// If such a payoff has no fitness.
    pub fn ln(self, payoff: f64) -> Result<f64, String> {
        match self {
            Self::Raw if payoff < 0.0 => Err(format!(
                "fitness is the payoff itself, and a payoff is {payoff}: expected none below 0; add a constant to \
                 all payoffs, or take exponential fitness"
            )),
            Self::Raw => Ok(payoff.ln()),
            Self::Linear { weight } => {
                let fitness = 1.0 - weight + weight * payoff;
                if fitness > 0.0 {
                    return Ok(fitness.ln());
                }
                Err(format!(
                    "fitness 1 − w + w π is {fitness} where w is {weight} and π is {payoff}: expected more than 0; \
                     lower the weight"
                ))
            }
            Self::Exponential { strength } => Ok(strength * payoff),
        }
    }

    fn formula(self) -> String {
        match self {
            Self::Raw => "f = π".into(),
            Self::Linear { weight } => format!("f = 1 − w + w π with w = {weight}"),
            Self::Exponential { strength } => format!("f = exp(β π) with β = {strength}"),
        }
    }

    fn check(self) -> Result<(), String> {
        match self {
            Self::Raw => Ok(()),
            Self::Linear { weight } if (0.0..=1.0).contains(&weight) => Ok(()),
            Self::Linear { weight } => Err(format!("weight {weight} of the payoff: expected 0 to 1")),
            Self::Exponential { strength } => check_strength(strength),
        }
    }
}

/// Refuses a strength of selection that is out of bounds.
///
/// # Errors
/// If it is not a number from 0 to [`STRENGTH_MAX`].
pub fn check_strength(strength: f64) -> Result<(), String> {
    if (0.0..=STRENGTH_MAX).contains(&strength) {
        return Ok(());
    }
    Err(format!("strength {strength} of selection: expected 0 to {STRENGTH_MAX}"))
}

/// One event after another: who takes over whose type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Update {
    /// Pairwise comparison: a focal agent takes over the type of a model with probability
    /// 1/(1 + e^(−β (π_model − π_focal))).
    PairwiseComparison {
        /// The strength of selection β, 0 or more.
        strength: f64,
    },
    /// A parent is drawn in proportion to fitness; its child replaces another agent.
    BirthDeath(Fitness),
    /// An agent drawn evenly dies; the others compete for its place in proportion to fitness.
    DeathBirth(Fitness),
}

impl Update {
    /// Refuses parameters out of bounds.
    ///
    /// # Errors
    /// If the strength or the weight of selection is out of bounds.
    pub fn check(self) -> Result<(), String> {
        match self {
            Self::PairwiseComparison { strength } => check_strength(strength),
            Self::BirthDeath(fitness) | Self::DeathBirth(fitness) => fitness.check(),
        }
    }
}

/// Who meets and replaces whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// Everyone meets and replaces everyone else alike.
    Mixed,
    /// Everyone meets and replaces two neighbours on a ring. The first invaders stand side by side, and so invaders
    /// and residents always form one arc each.
    Cycle,
}

/// What an agent's payoff π is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// The mean over those that it meets.
    Mean,
    /// The sum over those that it meets, one game each.
    Sum,
}

/// A process of selection without mutation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Process {
    /// Who takes over whose type.
    pub update: Update,
    /// Who meets and replaces whom.
    pub structure: Structure,
    /// What an agent's payoff is.
    pub tally: Tally,
}

/// What each side gets in a state: the agents next to the other type, and on a cycle those behind them.
struct Front {
    invader: f64,
    resident: f64,
    /// An invader that is not next to a resident, if there is one.
    behind_invader: f64,
    /// A resident that is not next to an invader, if there is one.
    behind_resident: f64,
}

/// ln of the chances that one event adds an invader, or takes one away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chances {
    /// ln T⁺.
    pub more: f64,
    /// ln T⁻.
    pub fewer: f64,
}

impl Process {
    /// Selection in a well-mixed population, by mean payoffs.
    pub fn mixed(update: Update) -> Self {
        Self { update, structure: Structure::Mixed, tally: Tally::Mean }
    }

    /// Selection on a cycle, by mean payoffs.
    pub fn cycle(update: Update) -> Self {
        Self { structure: Structure::Cycle, ..Self::mixed(update) }
    }

    /// Fermi's pairwise comparison in a well-mixed population: what EGTtools computes.
    pub fn fermi(strength: f64) -> Self {
        Self::mixed(Update::PairwiseComparison { strength })
    }

    /// What exactly is computed, in a sentence, to be printed beside the numbers.
    pub fn convention(&self) -> String {
        let payoff = match (self.tally, self.structure) {
            (Tally::Mean, Structure::Mixed) => "the mean payoff against the N − 1 others (never oneself)",
            (Tally::Sum, Structure::Mixed) => "the sum of the payoffs against the N − 1 others (never oneself)",
            (Tally::Mean, Structure::Cycle) => "the mean payoff against both neighbours on a cycle",
            (Tally::Sum, Structure::Cycle) => "the sum of the payoffs against both neighbours on a cycle",
        };
        let cycle = self.structure == Structure::Cycle;
        let update: Cow<str> = match self.update {
            Update::PairwiseComparison { strength } => {
                let model = if cycle { "a neighbour" } else { "another agent" };
                let chance = "with probability 1/(1 + exp(−β (π_model − π_focal)))";
                format!("Fermi pairwise comparison: an agent copies {model} {chance}, β = {strength}").into()
            }
            Update::BirthDeath(fitness) => {
                let place = if cycle { "a neighbour" } else { "an agent drawn evenly, perhaps the parent itself" };
                format!("Moran birth–death: the child of a parent drawn ∝ {} replaces {place}", fitness.formula())
                    .into()
            }
            Update::DeathBirth(fitness) => {
                let heirs = if cycle { "both neighbours" } else { "all others" };
                format!("death–birth: an agent drawn evenly dies, {heirs} compete ∝ {}", fitness.formula()).into()
            }
        };
        format!("{update}; π is {payoff}")
    }

    /// Refuses what the process cannot be asked for.
    ///
    /// # Errors
    /// If parameters or the population are out of bounds, or the game is not one for this structure.
    pub fn check(&self, game: &impl Payoffs, types: &[usize], population: usize) -> Result<(), String> {
        payoffs::check(game, types)?;
        self.update.check()?;
        let cycle = self.structure == Structure::Cycle;
        let least = if cycle { 3 } else { game.players() };
        if !(least..=POPULATION_MAX).contains(&population) {
            return Err(format!("a population of {population}: expected {least} to {POPULATION_MAX}"));
        }
        if game.players() > 2 && (cycle || self.tally == Tally::Sum) {
            let asked = if cycle { "neighbours on a cycle" } else { "payoffs that are summed" };
            return Err(format!("{asked} with games between {}: expected games between 2", game.players()));
        }
        Ok(())
    }

    fn front(&self, game: &impl Payoffs, pair: [usize; 2], count: usize, population: usize) -> Front {
        let ([i, r], residents) = (pair, population - count);
        let scale = |of: f64| if self.tally == Tally::Sum { of } else { 1.0 };
        match (self.structure, game.matrix()) {
            (Structure::Cycle, Some(matrix)) => {
                let whole = scale(2.0);
                let edge = |own: usize, other: usize, many: usize| {
                    let beside = if many == 1 { matrix[(own, other)] } else { matrix[(own, own)] };
                    whole * 0.5 * (beside + matrix[(own, other)])
                };
                Front {
                    invader: edge(i, r, count),
                    resident: edge(r, i, residents),
                    behind_invader: whole * matrix[(i, i)],
                    behind_resident: whole * matrix[(r, r)],
                }
            }
            _ => {
                let [invader, resident] =
                    game.pair(pair, count, population).map(|mean| scale(population as f64 - 1.0) * mean);
                Front { invader, resident, behind_invader: invader, behind_resident: resident }
            }
        }
    }

    /// ln T⁻/T⁺ with `count` invaders of type `pair[0]` among residents of type `pair[1]`, 0 < count < population; −∞
    /// or ∞ where one of both cannot happen. The caller has checked the process.
    ///
    /// # Errors
    /// If a payoff has no fitness, or nothing can happen in this state.
    pub fn ln_ratio(
        &self,
        game: &impl Payoffs,
        pair: [usize; 2],
        count: usize,
        population: usize,
    ) -> Result<f64, String> {
        match (self.update, self.structure) {
            (Update::PairwiseComparison { strength }, _) => {
                let front = self.front(game, pair, count, population);
                Ok(-strength * (front.invader - front.resident))
            }
            (Update::BirthDeath(fitness), _) => {
                let front = self.front(game, pair, count, population);
                alive(fitness.ln(front.resident)? - fitness.ln(front.invader)?, count)
            }
            (Update::DeathBirth(_), _) => {
                let chances = self.chances(game, pair, count, population)?;
                alive(chances.fewer - chances.more, count)
            }
        }
    }

    /// The chances of one event with `count` invaders, as in [`Self::ln_ratio`].
    ///
    /// # Errors
    /// If a payoff has no fitness, or nothing can happen in this state.
    pub fn chances(
        &self,
        game: &impl Payoffs,
        pair: [usize; 2],
        count: usize,
        population: usize,
    ) -> Result<Chances, String> {
        let front = self.front(game, pair, count, population);
        let (k, m, n) = (count as f64, (population - count) as f64, population as f64);
        let chances = match (self.structure, self.update) {
            (structure, Update::PairwiseComparison { strength }) => {
                let ahead = strength * (front.invader - front.resident);
                // On a cycle two borders, each crossed from one side with probability 1/2.
                let met = if structure == Structure::Mixed { (k * m / (n * (n - 1.0))).ln() } else { -n.ln() };
                Chances { more: met - softplus(-ahead), fewer: met - softplus(ahead) }
            }
            (structure, Update::BirthDeath(fitness)) => {
                let (invader, resident) = (fitness.ln(front.invader)?, fitness.ln(front.resident)?);
                if structure == Structure::Mixed {
                    let (born, other) = (k.ln() + invader, m.ln() + resident);
                    let all = add(born, other);
                    Chances { more: born - all + (m / n).ln(), fewer: other - all + (k / n).ln() }
                } else {
                    let side = |many: usize, edge: f64, behind: f64| match many {
                        1 => Ok(edge),
                        2 => Ok(2.0f64.ln() + edge),
                        _ => Ok(add(2.0f64.ln() + edge, (many as f64 - 2.0).ln() + fitness.ln(behind)?)),
                    };
                    let of_residents: Result<f64, String> = side(population - count, resident, front.behind_resident);
                    let of_invaders: Result<f64, String> = side(count, invader, front.behind_invader);
                    let all = add(of_invaders?, of_residents?);
                    Chances { more: invader - all, fewer: resident - all }
                }
            }
            (Structure::Mixed, Update::DeathBirth(fitness)) => {
                let (invader, resident) = (fitness.ln(front.invader)?, fitness.ln(front.resident)?);
                let without = |invaders: f64, residents: f64| add(invaders.ln() + invader, residents.ln() + resident);
                Chances {
                    more: (m / n).ln() + k.ln() + invader - without(k, m - 1.0),
                    fewer: (k / n).ln() + m.ln() + resident - without(k - 1.0, m),
                }
            }
            (Structure::Cycle, Update::DeathBirth(fitness)) => {
                let (invader, resident) = (fitness.ln(front.invader)?, fitness.ln(front.resident)?);
                // The place at the border of those who are `many`: their next one competes with the other side's edge.
                let lost = |many: usize, own: f64, behind: f64, winner: f64| -> Result<f64, String> {
                    let next = match many {
                        1 => return Ok(-n.ln()),
                        2 => own,
                        _ => fitness.ln(behind)?,
                    };
                    Ok((2.0 / n).ln() + winner - add(winner, next))
                };
                Chances {
                    more: lost(population - count, resident, front.behind_resident, invader)?,
                    fewer: lost(count, invader, front.behind_invader, resident)?,
                }
            }
        };
        alive(chances.more + chances.fewer, count)?;
        Ok(chances)
    }
}

/// Refuses what came of fitness 0 on both sides.
fn alive(found: f64, count: usize) -> Result<f64, String> {
    if found.is_nan() {
        return Err(format!("with {count} invaders nobody who could have a child has fitness above 0"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::matrix::DenseMatrix;

    #[test]
    fn the_ratio_is_that_of_the_chances() {
        let game = DenseMatrix::from([[3.0, 0.5], [5.0, 1.0]]);
        for fitness in [Fitness::Raw, Fitness::Linear { weight: 0.3 }, Fitness::Exponential { strength: 0.7 }] {
            for update in
                [Update::BirthDeath(fitness), Update::DeathBirth(fitness), Update::PairwiseComparison { strength: 0.7 }]
            {
                for process in [Process::mixed(update), Process::cycle(update)] {
                    for tally in [Tally::Mean, Tally::Sum] {
                        let process = Process { tally, ..process };
                        for count in 1..6 {
                            let chances = process.chances(&game, [0, 1], count, 6).unwrap();
                            let ratio = process.ln_ratio(&game, [0, 1], count, 6).unwrap();
                            assert!((chances.fewer - chances.more - ratio).abs() < 1e-13, "{process:?} {count}");
                            assert!(chances.more.exp() + chances.fewer.exp() <= 1.0 + 1e-12, "{process:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let game = DenseMatrix::from([[3.0, -1.0], [5.0, 1.0]]);
        let refusal = |process: Process, n: usize| {
            let checked = process.check(&game, &[0, 1], n);
            checked.and_then(|()| process.ln_ratio(&game, [0, 1], 1, n)).unwrap_err()
        };
        let birth_death = |fitness| Process::mixed(Update::BirthDeath(fitness));
        assert!(refusal(birth_death(Fitness::Raw), 10).contains("payoff is -1"));
        assert!(refusal(birth_death(Fitness::Linear { weight: 0.9 }), 10).contains("lower the weight"));
        assert!(refusal(birth_death(Fitness::Linear { weight: 1.5 }), 10).contains("0 to 1"));
        assert!(refusal(Process::fermi(f64::NAN), 10).contains("strength NaN"));
        assert!(refusal(Process::fermi(-1.0), 10).contains("strength -1"));
        assert!(refusal(Process::fermi(1.0), 1).contains("population of 1"));
        assert!(refusal(Process::cycle(Update::PairwiseComparison { strength: 1.0 }), 2).contains("expected 3"));
        assert!(refusal(Process::fermi(1.0), 2_000_000).contains("2000000"));
        let nothing = DenseMatrix::filled(2, 2, 0.0);
        let dead = birth_death(Fitness::Raw).ln_ratio(&nothing, [0, 1], 1, 4);
        assert!(dead.unwrap_err().contains("nobody"));
    }

    #[test]
    fn every_process_says_what_it_is() {
        for update in [
            Update::PairwiseComparison { strength: 0.5 },
            Update::BirthDeath(Fitness::Raw),
            Update::DeathBirth(Fitness::Raw),
        ] {
            let (mixed, cycle) = (Process::mixed(update).convention(), Process::cycle(update).convention());
            assert!(mixed.contains("N − 1 others") && cycle.contains("both neighbours"), "{mixed} {cycle}");
        }
        assert!(Process::fermi(0.5).convention().contains("β = 0.5"));
    }
}
