//! Populations in which mutants are so rare that each is lost or has taken over before the next comes.
//!
//! The population is then always of one type, and moves from type to type: P_ij = ρ(j into i)/(s − 1), the rest stays
//! (Fudenberg & Imhof 2006; Imhof, Fudenberg & Nowak 2005).

use super::fixation;
use super::markov;
use super::matrix::DenseMatrix;
use super::payoffs::Payoffs;
use super::process::Process;

/// What exactly is computed, in a sentence, to be printed beside the numbers.
pub const CONVENTION: &str = "small mutations: a mutant of each of the s − 1 other types is as likely as of any other, \
                              P_ij = ρ(j into i)/(s − 1); the stationary distribution is the share of time spent in \
                              each type";

/// The chain over the types that `game` and `process` give, as a matrix: row i, from type i.
///
/// # Errors
/// If the process refuses game, population or payoffs.
pub fn chain(game: &impl Payoffs, population: usize, process: &Process) -> Result<DenseMatrix, String> {
    Ok(from_ln_fixations(&fixation::ln_fixations(game, population, process)?))
}

/// The chain over the types, from ln of the chance that one of type j takes over type i in row i and column j.
pub fn from_ln_fixations(ln_fixations: &DenseMatrix) -> DenseMatrix {
    let types = ln_fixations.rows();
    let mut chain = DenseMatrix::filled(types, types, 0.0);
    for i in 0..types {
        let mut leaves = 0.0;
        for j in (0..types).filter(|&j| j != i) {
            chain[(i, j)] = ln_fixations[(i, j)].exp() / (types - 1) as f64;
            leaves += chain[(i, j)];
        }
        chain[(i, i)] = 1.0 - leaves;
    }
    chain
}

/// The share of time that the population spends in each type, from ln of the chances of fixation as in
/// [`from_ln_fixations`]. Chances of 1e-300 and far less are told apart.
///
/// # Errors
/// If there is more than one group of types that the population never leaves.
pub fn stationary(ln_fixations: &DenseMatrix) -> Result<Vec<f64>, String> {
    Ok(markov::ln_stationary(ln_fixations)?.into_iter().map(f64::exp).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(population: usize, strength: f64) -> Vec<f64> {
        let game = DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]]);
        let ln = fixation::ln_fixations(&game, population, &Process::fermi(strength)).unwrap();
        stationary(&ln).unwrap()
    }

    /// Of the tree theorem (Freidlin & Wentzell 1984) for three states with 60 digits, by mpmath.
    #[test]
    fn the_stationary_distribution_is_that_of_the_trees() {
        let known = [
            (50, 0.01, [0.254_817_199_462_821_58, 0.356_918_435_668_215_74, 0.388_264_364_868_962_7]),
            (50, 0.1, [0.068_144_619_428_861_82, 0.257_951_809_189_344_46, 0.673_903_571_381_793_7]),
            (50, 1.0, [0.019_200_529_418_871_356, 0.124_153_188_084_329_8, 0.856_646_282_496_798_8]),
            (50, 10.0, [0.018_088_724_095_265_094, 0.059_386_348_056_848_75, 0.922_524_927_847_886_2]),
            (200, 10.0, [0.004_814_312_229_145_106, 0.027_508_931_419_568_93, 0.967_676_756_351_286]),
        ];
        for (population, strength, expected) in known {
            for (found, expected) in shares(population, strength).into_iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 1e-9, "{population} {strength}: {found}");
            }
        }
    }

    #[test]
    fn the_chain_and_its_logarithms_agree() {
        let game = DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]]);
        let chain = chain(&game, 50, &Process::fermi(0.1)).unwrap();
        let plain = markov::stationary(&chain).unwrap();
        for (found, expected) in shares(50, 0.1).into_iter().zip(plain) {
            assert!((found / expected - 1.0).abs() < 1e-12);
        }
        assert!((chain.row(1).iter().sum::<f64>() - 1.0).abs() < 1e-15);
        // A mutant is of each of the two other types as likely as of the other.
        for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))).filter(|(i, j)| i != j) {
            let takes_over = fixation::fixation(&game, [j, i], 50, &Process::fermi(0.1)).unwrap();
            assert!((chain[(i, j)] / (takes_over / 2.0) - 1.0).abs() < 1e-12, "{i} {j}");
        }
    }
}
