//! Decisions summed into cells (prompt, outcome): all that a policy loss needs to know of them.
//!
//! Every decision of a cell shares ln π and thus the probability ratio, so a loss that is linear in the advantage needs
//! only the sum of advantages. A clipped loss treats gains and losses differently, so it needs the positive and the
//! negative sums separately.

use super::{PolicyTable, values::ValueTargets};

/// Decisions per prompt and advantages per (prompt, outcome).
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// Outcomes per prompt.
    outcomes: usize,
    /// Decisions per cell (expected ones need not be whole), row-major (prompts, outcomes).
    pub counts: Vec<f64>,
    /// Sum of the positive advantages per cell, row-major (prompts, outcomes).
    pub positive: Vec<f64>,
    /// Sum of the negative advantages per cell, row-major (prompts, outcomes).
    pub negative: Vec<f64>,
    /// Decisions whose advantage is exactly 0.
    pub zeros: f64,
    /// Decisions per prompt.
    pub visits: Vec<f64>,
    /// Decisions in all.
    pub decisions: f64,
}

impl Cells {
    /// No decisions yet, for tables of the shape of `table`.
    pub fn new(table: &PolicyTable) -> Self {
        let (prompts, cells) = (table.prompts(), table.log_probs.len());
        Self {
            outcomes: table.outcomes,
            counts: vec![0.0; cells],
            positive: vec![0.0; cells],
            negative: vec![0.0; cells],
            zeros: 0.0,
            visits: vec![0.0; prompts],
            decisions: 0.0,
        }
    }

    /// Adds one decision.
    pub fn add(&mut self, prompt: usize, outcome: usize, advantage: f64) {
        self.add_expected(prompt, outcome, 1.0, advantage);
    }

    /// Adds `decisions` decisions that share an advantage.
    pub fn add_expected(&mut self, prompt: usize, outcome: usize, decisions: f64, advantage: f64) {
        // An outcome beyond the row would land in the next prompt's cells unnoticed.
        assert!(outcome < self.outcomes, "outcome {outcome} of a table with {} outcomes", self.outcomes);
        let cell = prompt * self.outcomes + outcome;
        self.counts[cell] += decisions;
        self.visits[prompt] += decisions;
        self.decisions += decisions;
        if advantage > 0.0 {
            self.positive[cell] += decisions * advantage;
        } else if advantage < 0.0 {
            self.negative[cell] += decisions * advantage;
        } else {
            self.zeros += decisions;
        }
    }

    /// Sum of advantages of a cell.
    pub fn advantage(&self, cell: usize) -> f64 {
        self.positive[cell] + self.negative[cell]
    }

    /// Share of decisions that teach nothing because their advantage is 0; 0 when there are no decisions.
    pub fn zero_fraction(&self) -> f64 {
        if self.decisions == 0.0 { 0.0 } else { self.zeros / self.decisions }
    }
}

/// What one update learns from: made once from the trajectories, read once per epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The table that played.
    pub played: PolicyTable,
    /// Decisions and advantages per cell.
    pub cells: Cells,
    /// Share of each prompt in every mean of the loss; they sum to 1, or are all 0 when there were no decisions.
    pub weights: Vec<f64>,
    /// What the value head should say; `None` for learners without one.
    pub targets: Option<ValueTargets>,
}

impl Plan {
    /// A plan whose means are over decisions: a prompt's weight is proportional to how often it was met.
    pub fn by_decision(played: &PolicyTable, cells: Cells, targets: Option<ValueTargets>) -> Self {
        let weights = cells.visits.iter().map(|n| share(*n, cells.decisions)).collect();
        Self { played: played.clone(), cells, weights, targets }
    }

    /// A plan whose means are over prompts: every prompt that was met weighs the same.
    pub fn by_prompt(played: &PolicyTable, cells: Cells) -> Self {
        let met = cells.visits.iter().filter(|n| **n > 0.0).count();
        let weights = cells.visits.iter().map(|n| if *n > 0.0 { 1.0 / met as f64 } else { 0.0 }).collect();
        Self { played: played.clone(), cells, weights, targets: None }
    }

    /// Share of one decision at `prompt` in every mean of the loss; 0 where there was none.
    pub fn decision_weight(&self, prompt: usize) -> f64 {
        share(self.weights[prompt], self.cells.visits[prompt])
    }

    /// The same share for every prompt.
    pub fn decision_weights(&self) -> Vec<f64> {
        (0..self.weights.len()).map(|prompt| self.decision_weight(prompt)).collect()
    }

    /// Number of decisions behind the plan.
    pub fn decisions(&self) -> f64 {
        self.cells.decisions
    }
}

/// `part / whole`, or 0 if `whole` is 0.
fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// Exact KL(p ‖ q) over the outcomes, averaged over prompts by `weights`, in nats.
pub fn mean_kl(weights: &[f64], p: &PolicyTable, q: &PolicyTable) -> f64 {
    let mut total = 0.0;
    for (prompt, weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        for outcome in 0..p.outcomes {
            let (log_p, log_q) = (p.log_prob(prompt, outcome), q.log_prob(prompt, outcome));
            // lim x ln x = 0: an outcome without mass has no part in the sum, whatever q says.
            if log_p > f64::NEG_INFINITY {
                total += weight * log_p.exp() * (log_p - log_q);
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> PolicyTable {
        PolicyTable { outcomes: 2, log_probs: vec![0.5f64.ln(); 6], values: vec![] }
    }

    #[test]
    fn sums_keep_signs_apart() {
        let mut cells = Cells::new(&table());
        for (prompt, outcome, advantage) in [(0, 1, 2.0), (0, 1, -0.5), (0, 1, 1.0), (2, 0, 0.0), (2, 0, -4.0)] {
            cells.add(prompt, outcome, advantage);
        }
        assert_eq!(cells.counts, [0.0, 3.0, 0.0, 0.0, 2.0, 0.0]);
        assert_eq!(cells.positive, [0.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(cells.negative, [0.0, -0.5, 0.0, 0.0, -4.0, 0.0]);
        assert_eq!((cells.visits.as_slice(), cells.decisions), ([3.0, 0.0, 2.0].as_slice(), 5.0));
        assert_eq!((cells.advantage(1), cells.zero_fraction()), (2.5, 0.2));
    }

    #[test]
    fn weights_sum_to_one_over_decisions_or_prompts() {
        let mut cells = Cells::new(&table());
        for _ in 0..3 {
            cells.add(0, 0, 1.0);
        }
        cells.add(2, 1, 1.0);
        let by_decision = Plan::by_decision(&table(), cells.clone(), None);
        assert_eq!(by_decision.weights, [0.75, 0.0, 0.25]);
        assert_eq!([0, 1, 2].map(|p| by_decision.decision_weight(p)), [0.25, 0.0, 0.25]);
        let by_prompt = Plan::by_prompt(&table(), cells);
        assert_eq!(by_prompt.weights, [0.5, 0.0, 0.5]);
        assert_eq!([0, 1, 2].map(|p| by_prompt.decision_weight(p)), [0.5 / 3.0, 0.0, 0.5]);
        assert_eq!(Plan::by_decision(&table(), Cells::new(&table()), None).weights, [0.0; 3]);
    }

    #[test]
    #[should_panic(expected = "outcome 2 of a table with 2 outcomes")]
    fn an_outcome_cannot_spill_into_the_next_prompt() {
        Cells::new(&table()).add(0, 2, 1.0);
    }

    #[test]
    fn kl_by_hand() {
        // KL((½,½) ‖ (¼,¾)) = ½ ln 2 + ½ ln ⅔ = ½ ln(4/3).
        let p = PolicyTable { outcomes: 2, log_probs: vec![0.5f64.ln(); 2], values: vec![] };
        let q = PolicyTable { outcomes: 2, log_probs: vec![0.25f64.ln(), 0.75f64.ln()], values: vec![] };
        assert!((mean_kl(&[1.0], &p, &q) - 0.5 * (4.0f64 / 3.0).ln()).abs() < 1e-15);
        assert_eq!(mean_kl(&[1.0], &q, &q), 0.0);
        let certain = PolicyTable { outcomes: 2, log_probs: vec![0.0, f64::NEG_INFINITY], values: vec![] };
        assert!((mean_kl(&[1.0], &certain, &p) - 2.0f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn a_prompt_that_weighs_nothing_has_no_part_in_the_divergence() {
        let table =
            |log_probs: [f64; 4]| PolicyTable { outcomes: 2, log_probs: log_probs.to_vec(), values: Vec::new() };
        let half = 0.5f64.ln();
        let p = table([half, half, half, half]);
        let q = table([half, half, f64::NEG_INFINITY, 0.0]);
        assert_eq!(mean_kl(&[1.0, 0.0], &p, &q), 0.0);
    }
}
