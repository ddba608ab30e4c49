//! Replicator and replicator–mutator dynamics of an infinite population, and their trajectories.

use super::full_chain::check_mutation;
use super::matrix::DenseMatrix;
use super::payoffs::{self, Payoffs};

/// Most steps of a trajectory.
pub const STEPS_MAX: usize = 1_000_000;
/// Relative error allowed per step, and the share at which it becomes absolute.
const TOLERANCE: f64 = 1e-10;
const SMALL: f64 = 1e-4;

/// What the replicator–mutator equation is, in a sentence, to be printed beside the numbers.
pub const MUTATOR_CONVENTION: &str =
    "replicator–mutator equation: dx_i/dt = Σ_j x_j f_j Q_ji − x_i f̄, f the mean payoff in an infinite population";

/// How shares change.
pub struct Flow<'a, G> {
    game: &'a G,
    mutation: Option<&'a DenseMatrix>,
}

impl<'a, G: Payoffs> Flow<'a, G> {
    /// The replicator equation ẋᵢ = xᵢ (fᵢ − f̄) (Taylor & Jonker 1978).
    ///
    /// # Errors
    /// If the game is not one between types.
    pub fn new(game: &'a G) -> Result<Self, String> {
        payoffs::check(game, &[])?;
        Ok(Self { game, mutation: None })
    }

    /// The replicator–mutator equation ẋᵢ = Σⱼ xⱼ fⱼ Qⱼᵢ − xᵢ f̄, where row j of `mutation` holds the chances Qⱼᵢ that
    /// a child of j is of type i (Hadeler 1981).
    ///
    /// # Errors
    /// If mutation is out of bounds, or a payoff is below 0, which would be a negative number of children.
    pub fn with_mutation(game: &'a G, mutation: &'a DenseMatrix) -> Result<Self, String> {
        payoffs::check(game, &[])?;
        check_mutation(mutation, game.types())?;
        let lowest = game.least();
        if lowest < 0.0 {
            return Err(format!(
                "the replicator–mutator equation with a payoff of {lowest}: expected none below 0; add a constant to \
                 all payoffs, and see that it slows mutation down"
            ));
        }
        Ok(Self { game, mutation: Some(mutation) })
    }

    /// What exactly is computed, in a sentence, to be printed beside the numbers.
    pub fn convention(&self) -> &'static str {
        match self.mutation {
            None => {
                "replicator equation: the share x_i of a type grows at rate x_i (f_i − f̄), f the mean payoff in an infinite population"
            }
            Some(_) => MUTATOR_CONVENTION,
        }
    }

    /// Number of types.
    pub fn types(&self) -> usize {
        self.game.types()
    }

    /// The game.
    pub fn game(&self) -> &G {
        self.game
    }

    /// Writes dx/dt at the shares `x` to `change`.
    pub fn change(&self, x: &[f64], change: &mut [f64]) {
        self.game.expected(x, change);
        let mean: f64 = x.iter().zip(&*change).map(|(share, payoff)| share * payoff).sum();
        match self.mutation {
            None => change.iter_mut().zip(x).for_each(|(payoff, share)| *payoff = share * (*payoff - mean)),
            Some(mutation) => {
                let born: Vec<f64> = x.iter().zip(&*change).map(|(share, payoff)| share * payoff).collect();
                for (i, rate) in change.iter_mut().enumerate() {
                    let arrive: f64 = born.iter().enumerate().map(|(j, born)| born * mutation[(j, i)]).sum();
                    *rate = arrive - x[i] * mean;
                }
            }
        }
    }

    /// The shares at each of `times`, which do not fall, from the shares `start` at time 0 on.
    ///
    /// # Errors
    /// If `start` is not shares of the types, times fall, or a trajectory takes more than [`STEPS_MAX`] steps.
    pub fn trajectory(&self, start: &[f64], times: &[f64]) -> Result<Vec<Vec<f64>>, String> {
        let mut walk = Walk::new(self, start)?;
        let mut found = Vec::with_capacity(times.len());
        for &time in times {
            if !(time >= walk.time && time.is_finite()) {
                return Err(format!("time {time} after {}: expected times that do not fall, from 0 on", walk.time));
            }
            walk.advance(time)?;
            found.push(walk.shares().to_vec());
        }
        Ok(found)
    }
}

/// Refuses what is not shares of `types` types.
///
/// # Errors
/// If there are not as many, one is negative, or they do not sum to 1.
pub fn check_shares(shares: &[f64], types: usize) -> Result<(), String> {
    let sum: f64 = shares.iter().sum();
    if shares.len() == types && shares.iter().all(|share| *share >= 0.0) && (sum - 1.0).abs() < 1e-9 {
        return Ok(());
    }
    Err(format!("shares {shares:?}: expected {types} of 0 or more that sum to 1"))
}

/// Dormand & Prince 1980: row i of the weights gives stage i + 1; the last row is the step of fifth order.
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Fifth order less fourth.
const ERROR: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];

/// A trajectory under way, by the Runge–Kutta method of Dormand and Prince with steps that adapt to the error.
pub struct Walk<'f, 'a, G> {
    flow: &'f Flow<'a, G>,
    time: f64,
    x: Vec<f64>,
    step: f64,
    steps: usize,
    /// dx/dt of the stages; the first is that of `x`.
    slopes: [Vec<f64>; 7],
    trial: Vec<f64>,
}

impl<'f, 'a, G: Payoffs> Walk<'f, 'a, G> {
    /// A walk that starts with the shares `start` at time 0.
    ///
    /// # Errors
    /// If these are not shares of the types.
    pub fn new(flow: &'f Flow<'a, G>, start: &[f64]) -> Result<Self, String> {
        check_shares(start, flow.types())?;
        let zeros = || vec![0.0; start.len()];
        let mut slopes: [Vec<f64>; 7] = std::array::from_fn(|_| zeros());
        flow.change(start, &mut slopes[0]);
        let step = 0.01 / flow.game.greatest().max(1e-3);
        Ok(Self { flow, time: 0.0, x: start.to_vec(), step, steps: 0, slopes, trial: zeros() })
    }

    /// The shares now.
    pub fn shares(&self) -> &[f64] {
        &self.x
    }

    /// The time now.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// dx/dt now.
    pub fn change(&self) -> &[f64] {
        &self.slopes[0]
    }

    /// Walks on to `time`.
    ///
    /// # Errors
    /// If the walk takes more than [`STEPS_MAX`] steps in all.
    pub fn advance(&mut self, time: f64) -> Result<(), String> {
        while self.time < time {
            self.step_towards(time)?;
        }
        Ok(())
    }

    /// One step that is accepted, and does not pass `time`.
    ///
    /// # Errors
    /// If the walk takes more than [`STEPS_MAX`] steps in all.
    pub fn step_towards(&mut self, time: f64) -> Result<(), String> {
        loop {
            self.steps += 1;
            if self.steps > STEPS_MAX {
                return Err(format!("a trajectory takes more than {STEPS_MAX} steps before time {}", self.time));
            }
            let rest = time - self.time;
            let step = self.step.min(rest);
            let error = self.try_step(step);
            let grow = (0.9 * error.powf(-0.2)).clamp(0.2, 5.0);
            if error <= 1.0 {
                self.time = if step == rest { time } else { self.time + step };
                // A step cut short by `time` says nothing against a longer one.
                self.step = if step < self.step { self.step.max(step * grow) } else { step * grow };
                self.accept();
                return Ok(());
            }
            self.step = step * grow;
        }
    }

    /// Computes a step into `trial`; its error, where 1 is as much as is allowed.
    fn try_step(&mut self, step: f64) -> f64 {
        for (stage, weights) in STAGES.iter().enumerate() {
            for (i, to) in self.trial.iter_mut().enumerate() {
                let sum: f64 = weights.iter().zip(&self.slopes).map(|(weight, slope)| weight * slope[i]).sum();
                *to = self.x[i] + step * sum;
            }
            self.flow.change(&self.trial, &mut self.slopes[stage + 1]);
        }
        let mut worst: f64 = 0.0;
        for (i, new) in self.trial.iter().enumerate() {
            let error: f64 = ERROR.iter().zip(&self.slopes).map(|(weight, slope)| weight * slope[i]).sum();
            let allowed = TOLERANCE * (SMALL + self.x[i].max(*new));
            worst = worst.max((step * error).abs() / allowed);
            // A step out of the simplex is no step.
            if *new < -allowed {
                worst = worst.max(32.0);
            }
        }
        if worst.is_nan() { f64::INFINITY } else { worst.max(1e-10) }
    }

    /// Takes the trial as the shares, and what rounding moved off the simplex back to it.
    fn accept(&mut self) {
        self.trial.iter_mut().for_each(|share| *share = share.max(0.0));
        let sum: f64 = self.trial.iter().sum();
        for (share, new) in self.x.iter_mut().zip(&self.trial) {
            *share = new / sum;
        }
        self.flow.change(&self.x, &mut self.slopes[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::payoffs::Table;

    /// With two types and equal slopes of both payoffs, x follows the logistic equation.
    #[test]
    fn a_dominant_type_grows_logistically() {
        let game = DenseMatrix::from([[3.0, 1.0], [2.0, 0.0]]);
        let flow = Flow::new(&game).unwrap();
        let times = [0.0, 0.5, 1.0, 5.0, 20.0, 20.0, 40.0];
        let found = flow.trajectory(&[0.01, 0.99], &times).unwrap();
        for (time, shares) in times.iter().zip(found) {
            let exact = 0.01 / (0.01 + 0.99 * (-time).exp());
            assert!((shares[0] - exact).abs() < 1e-9, "{time}: {shares:?}");
            assert!((1.0 - exact - shares[1]).abs() < 1e-9 * (1.0 + shares[1]), "{time}");
        }
    }

    /// Rock, paper, scissors of sum zero keeps x₁ x₂ x₃ (Hofbauer & Sigmund 1998, section 7.7), for a long time.
    #[test]
    fn a_game_of_sum_zero_goes_round() {
        let game = DenseMatrix::from([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]);
        let flow = Flow::new(&game).unwrap();
        let start = [0.1, 0.2, 0.7];
        let product = |x: &[f64]| x.iter().product::<f64>();
        for shares in flow.trajectory(&start, &[1.0, 10.0, 100.0, 500.0]).unwrap() {
            assert!((product(&shares) / product(&start) - 1.0).abs() < 1e-6, "{shares:?}");
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn absent_types_stay_absent_and_shares_stay_shares() {
        let game = DenseMatrix::from([[0.0, 100.0, -40.0], [90.0, 0.0, 70.0], [-80.0, 60.0, 0.0]]);
        let flow = Flow::new(&game).unwrap();
        for shares in flow.trajectory(&[0.4, 0.0, 0.6], &[0.1, 1.0, 100.0]).unwrap() {
            assert_eq!(shares[1], 0.0);
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
        }
    }

    /// A table of two players is the matrix; a public good in groups of five has f₁ − f₂ = r/n − 1, so that ln x₁/x₂
    /// falls evenly.
    #[test]
    fn groups_are_expected_ones() {
        let (n, r) = (5usize, 3.0);
        let game = Table::new(2, n, |own, others| {
            let givers = others[0] + u32::from(own == 0);
            r / n as f64 * f64::from(givers) - f64::from(u8::from(own == 0))
        })
        .unwrap();
        let shares = Flow::new(&game).unwrap().trajectory(&[0.5, 0.5], &[4.0]).unwrap().remove(0);
        let exact = 4.0 * (r / n as f64 - 1.0);
        assert!(((shares[0] / shares[1]).ln() - exact).abs() < 1e-8, "{shares:?}");
    }

    /// With payoffs all 1 mutation alone is left: shares follow ẋ = Qᵀx − x.
    #[test]
    fn mutation_alone_evens_out() {
        let game = DenseMatrix::filled(2, 2, 1.0);
        let mutation = DenseMatrix::from([[0.9, 0.1], [0.3, 0.7]]);
        let flow = Flow::with_mutation(&game, &mutation).unwrap();
        for (time, shares) in [0.5f64, 3.0].iter().zip(flow.trajectory(&[1.0, 0.0], &[0.5, 3.0]).unwrap()) {
            let exact = 0.75 + 0.25 * (-0.4 * time).exp();
            assert!((shares[0] - exact).abs() < 1e-9, "{shares:?}");
        }
        assert!(flow.convention().contains("Q_ji"));
    }

    /// Payoffs 2 and 1 whatever is met, in Eigen's quasispecies: the odds z = x₁/x₂ follow ż = −f₁q z² + (f₁(1 − p) −
    /// f₂(1 − q)) z + f₂ r with the chances p, r of mutants, a Riccati equation whose rest is the leading eigenvector.
    #[test]
    fn fitness_weighs_what_mutation_takes() {
        let game = DenseMatrix::from([[2.0, 2.0], [1.0, 1.0]]);
        let (to_second, to_first) = (0.1, 0.3);
        let mutation = DenseMatrix::from([[1.0 - to_second, to_second], [to_first, 1.0 - to_first]]);
        let flow = Flow::with_mutation(&game, &mutation).unwrap();
        // ż = −a z² + b z + c.
        let (a, b, c) = (2.0 * to_second, 2.0 * (1.0 - to_second) - (1.0 - to_first), to_first);
        let root = f64::sqrt(b * b + 4.0 * a * c);
        let (high, low) = ((b + root) / (2.0 * a), (b - root) / (2.0 * a));
        let odds = |time: f64| {
            let begun: f64 = 1.0;
            let decay = (begun - high) / (begun - low) * (-root * time).exp();
            (high - low * decay) / (1.0 - decay)
        };
        for (time, shares) in [0.5, 2.0, 30.0].iter().zip(flow.trajectory(&[0.5, 0.5], &[0.5, 2.0, 30.0]).unwrap()) {
            let exact = odds(*time) / (1.0 + odds(*time));
            assert!((shares[0] - exact).abs() < 1e-8, "{time}: {shares:?}, {exact}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let game = DenseMatrix::from([[0.0, -1.0], [1.0, 0.0]]);
        let even = DenseMatrix::filled(2, 2, 0.5);
        assert!(Flow::with_mutation(&game, &even).map(|_| ()).unwrap_err().contains("payoff of -1"));
        let flow = Flow::new(&game).unwrap();
        assert!(flow.trajectory(&[0.5, 0.6], &[1.0]).unwrap_err().contains("sum to 1"));
        assert!(flow.trajectory(&[0.5, 0.5], &[1.0, 0.5]).unwrap_err().contains("do not fall"));
        let huge = DenseMatrix::from([[0.0, -1e6, 1e6], [1e6, 0.0, -1e6], [-1e6, 1e6, 0.0]]);
        let long = Flow::new(&huge).unwrap().trajectory(&[0.2, 0.3, 0.5], &[1e9]);
        assert!(long.unwrap_err().contains("steps"));
    }
}
