//! α-rank of one population (Omidshafiei et al. 2019, Scientific Reports 9).

use super::fixation;
use super::matrix::DenseMatrix;
use super::payoffs::{self, Payoffs};
use super::process::{self, Process};
use super::small_mutation;

/// How a mutant's chance to take over follows from payoffs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// By the payoffs of every composition on the way: Fermi's pairwise comparison with β = α and N = m.
    Global,
    /// By what both get from each other alone, as published: ρ = (1 − e^(−u))/(1 − e^(−mu)), u = α (A_rs − A_sr).
    Local,
}

impl Selection {
    /// What exactly is computed, in a sentence, to be printed beside the numbers.
    pub fn convention(self) -> &'static str {
        match self {
            Self::Global => {
                "α-rank, global: the stationary distribution of the small-mutation chain whose ρ is that of \
                 pairwise comparison with β = α and N = m (OpenSpiel's use_local_selection_model=False)"
            }
            Self::Local => {
                "α-rank, local: the stationary distribution of the small-mutation chain with ρ = (1 − e^(−u))/(1 − \
                 e^(−mu)), u = α (A_rs − A_sr), r the mutant and s the resident (OpenSpiel's default)"
            }
        }
    }
}

/// ln of the chance that one mutant of type j takes over a population of type i, in row i and column j.
///
/// # Errors
/// If the matrix is not square, or α or the population is out of bounds.
pub fn ln_fixations(
    game: &DenseMatrix,
    population: usize,
    alpha: f64,
    selection: Selection,
) -> Result<DenseMatrix, String> {
    if selection == Selection::Global {
        return fixation::ln_fixations(game, population, &Process::fermi(alpha));
    }
    payoffs::check(game, &[])?;
    process::check_strength(alpha)?;
    if !(2..=process::POPULATION_MAX).contains(&population) {
        return Err(format!("a population of {population}: expected 2 to {}", process::POPULATION_MAX));
    }
    let mut found = DenseMatrix::filled(game.types(), game.types(), -(population as f64).ln());
    for (resident, mutant) in (0..game.rows()).flat_map(|i| (0..game.rows()).map(move |j| (i, j))) {
        if resident != mutant {
            let u = alpha * (game[(mutant, resident)] - game[(resident, mutant)]);
            found[(resident, mutant)] = ln_local(u, population as f64);
        }
    }
    Ok(found)
}

/// ln of (1 − e^(−u))/(1 − e^(−mu)), 1/m where u is 0.
fn ln_local(u: f64, m: f64) -> f64 {
    if u == 0.0 {
        return -m.ln();
    }
    let part = |x: f64| (-(-x).exp_m1()).ln();
    if u > 0.0 {
        return part(u) - part(m * u);
    }
    // The same, times e^((m−1)u) above and below: with v = −u, e^(−(m−1)v) (1 − e^(−v))/(1 − e^(−mv)).
    (m - 1.0) * u + part(-u) - part(-m * u)
}

/// The stationary distribution over the types: how much each counts.
///
/// # Errors
/// As in [`ln_fixations`].
pub fn rank(game: &DenseMatrix, population: usize, alpha: f64, selection: Selection) -> Result<Vec<f64>, String> {
    small_mutation::stationary(&ln_fixations(game, population, alpha, selection)?)
}

/// [`rank`] at each of `alphas`.
///
/// # Errors
/// As in [`ln_fixations`].
pub fn sweep(
    game: &DenseMatrix,
    population: usize,
    alphas: &[f64],
    selection: Selection,
) -> Result<Vec<Vec<f64>>, String> {
    alphas.iter().map(|&alpha| rank(game, population, alpha, selection)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tit for tat into always defect over 200 turns with m = 50 and α = 1: .0102 where only the two cross payoffs
    /// count, .135 where all do, .02 without selection.
    #[test]
    fn the_two_models_disagree_on_reciprocators() {
        let game = DenseMatrix::from([[1.0, 1.02], [0.995, 3.0]]);
        let chance = |selection| ln_fixations(&game, 50, 1.0, selection).unwrap()[(0, 1)].exp();
        assert!((chance(Selection::Local) / 0.010_165_314_961_369_83 - 1.0).abs() < 1e-12);
        assert!((chance(Selection::Global) - 0.135).abs() < 5e-4, "{}", chance(Selection::Global));
        assert!(Selection::Local.convention().contains("default"));
    }

    #[test]
    fn local_chances_keep_their_digits_both_ways() {
        // By mpmath: u = −14, m = 50.
        assert!((ln_local(-14.0, 50.0).exp() / 1.185_727_939_232_791_6e-298 - 1.0).abs() < 1e-9);
        assert!((ln_local(1e-12, 50.0).exp() - 0.02).abs() < 1e-12);
        assert_eq!(ln_local(0.0, 50.0).exp(), (-(50.0f64.ln())).exp());
        assert!(ln_local(1e6, 50.0).abs() < 1e-15);
        let far = ln_local(-1e6, 50.0);
        assert!((far + 49.0 * 1e6).abs() < 1e-6, "{far}");
    }

    /// Rock, paper, scissors: all alike, whatever α is.
    #[test]
    fn a_circle_ranks_all_alike() {
        let game = DenseMatrix::from([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]);
        for selection in [Selection::Global, Selection::Local] {
            for found in sweep(&game, 50, &[0.0, 0.1, 10.0, 1000.0], selection).unwrap() {
                assert!(found.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9), "{found:?}");
            }
        }
        assert!(rank(&game, 1, 1.0, Selection::Local).unwrap_err().contains("population of 1"));
        assert!(rank(&game, 50, -1.0, Selection::Local).unwrap_err().contains("strength -1"));
    }
}
