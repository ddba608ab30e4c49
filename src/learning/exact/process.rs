//! A match as the decision process of one of its players.

/// One way in which a match may continue after an outcome in a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Branch {
    /// How likely it is.
    pub chance: f64,
    /// The player's reward.
    pub reward: f64,
    /// The state of the next round, if there is one.
    pub next: usize,
}

/// A match against an opponent whose probabilities are known. The state determines which prompt the player sees,
/// possibly by chance; what follows depends on the state and the outcome drawn, not on the prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Chance of each state before the first round; they sum to 1.
    pub start: Vec<f64>,
    /// For each state, the prompts that may show it, as (prompt, chance); the chances of a state sum to 1.
    pub prompts: Vec<Vec<(usize, f64)>>,
    /// What may follow an outcome in a state, `[state · outcomes + outcome]`; the chances of an entry sum to 1.
    pub branches: Vec<Vec<Branch>>,
    /// Chance that another round follows, while there are fewer than `rounds_max`.
    pub go_on: f64,
    /// Number of rounds of the longest match.
    pub rounds_max: u32,
}

impl Process {
    /// Number of states.
    pub fn states(&self) -> usize {
        self.start.len()
    }

    /// Chance of each outcome in each state, row-major (states, outcomes), for a player who draws from `probs`,
    /// row-major (prompts, outcomes).
    pub(super) fn choices(&self, probs: &[f64], outcomes: usize) -> Vec<f64> {
        let mut choices = vec![0.0; self.states() * outcomes];
        for (row, prompts) in choices.chunks_exact_mut(outcomes).zip(&self.prompts) {
            for &(prompt, chance) in prompts {
                for (choice, p) in row.iter_mut().zip(&probs[prompt * outcomes..]) {
                    *choice += chance * p;
                }
            }
        }
        choices
    }

    /// Chance that round t is played in state s, `[t · states + s]`, up to the last round worth counting.
    pub(super) fn occupancy(&self, choices: &[f64], outcomes: usize) -> Vec<f64> {
        let states = self.states();
        let mut occupancy = self.start.clone();
        for round in 1..self.rounds_max as usize {
            let now = &occupancy[(round - 1) * states..];
            let mut next = vec![0.0; states];
            for (state, mass) in now.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
                for outcome in 0..outcomes {
                    let mass = mass * choices[state * outcomes + outcome] * self.go_on;
                    for branch in &self.branches[state * outcomes + outcome] {
                        next[branch.next] += mass * branch.chance;
                    }
                }
            }
            if next.iter().sum::<f64>() < CHANCE_MIN {
                break;
            }
            occupancy.extend(next);
        }
        occupancy
    }
}

/// Rounds less likely than this vanish next to the first one in every f64 sum.
const CHANCE_MIN: f64 = 1e-30;
