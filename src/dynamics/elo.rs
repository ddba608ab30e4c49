//! Elo ratings from who wins against whom.

use super::markov;
use super::matrix::DenseMatrix;

/// What exactly is computed, in a sentence, to be printed beside the numbers.
pub const CONVENTION: &str = "Elo: maximum likelihood of the model of Bradley and Terry, where i wins against j with \
                              probability 1/(1 + 10^((R_j − R_i)/400)); a draw is half a win; the mean rating is 0";

/// Most types that are rated.
pub const TYPES_MAX: usize = 1024;
/// Most rounds of the algorithm.
const ROUNDS_MAX: usize = 20_000;
/// Relative change of strength per round below which it has settled.
const SETTLED: f64 = 1e-13;

/// The rating of each type, with mean 0, where `wins` holds in row i and column j how often, or in which share of as
/// many games, i won against j, a draw as half a win. The diagonal is not read.
///
/// The MM algorithm of Hunter 2004 (Annals of Statistics 32), with exact steps: each round raises the likelihood.
///
/// # Errors
/// If an entry is negative, or the ratings are not identified: if some types have won nothing against all others, so
/// that the likelihood grows without bound (Ford 1957), or if the algorithm does not settle.
pub fn ratings(wins: &DenseMatrix) -> Result<Vec<f64>, String> {
    wins.check_square()?;
    let types = wins.rows();
    if types > TYPES_MAX {
        return Err(format!("ratings of {types} types: expected at most {TYPES_MAX}"));
    }
    if let Some(place) = wins.entries().iter().position(|won| !(*won >= 0.0 && won.is_finite())) {
        let (i, j) = (place / types, place % types);
        return Err(format!("{} wins of {i} against {j}: expected 0 or more", wins.entries()[place]));
    }
    let groups = markov::groups(types, |i, j| i != j && wins[(i, j)] > 0.0);
    if let [first, second, ..] = groups.as_slice() {
        return Err(format!(
            "ratings are not identified: between types {first:?} and {second:?} only one side ever won, or they never \
             met, not even through others; expected wins both ways"
        ));
    }
    let others = |i: usize| (0..types).filter(move |&j| j != i);
    let won: Vec<f64> = (0..types).map(|i| others(i).map(|j| wins[(i, j)]).sum()).collect();
    let mut strengths = vec![1.0; types];
    for _ in 0..ROUNDS_MAX {
        let mut moved: f64 = 0.0;
        for i in 0..types {
            let met = |j: usize| (wins[(i, j)] + wins[(j, i)]) / (strengths[i] + strengths[j]);
            let sum: f64 = others(i).map(met).sum();
            if sum > 0.0 {
                let next = won[i] / sum;
                moved = moved.max((next / strengths[i] - 1.0).abs());
                strengths[i] = next;
            }
        }
        let mean = strengths.iter().map(|strength| strength.ln()).sum::<f64>() / types as f64;
        strengths.iter_mut().for_each(|strength| *strength /= mean.exp());
        if moved < SETTLED {
            return Ok(strengths.into_iter().map(|strength| 400.0 * strength.log10()).collect());
        }
    }
    Err(format!("ratings do not settle in {ROUNDS_MAX} rounds: some types hardly ever win against others"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_types_differ_by_the_odds() {
        // 3 of 4 games: 400 log₁₀ 3.
        let found = ratings(&DenseMatrix::from([[0.0, 3.0], [1.0, 0.0]])).unwrap();
        assert!((found[0] - found[1] - 400.0 * 3.0f64.log10()).abs() < 1e-9);
        assert!((found[0] + found[1]).abs() < 1e-9);
    }

    #[test]
    fn shares_that_follow_the_model_give_its_ratings_back() {
        let true_ratings = [250.0, 100.0, -50.0, -300.0];
        let mut wins = DenseMatrix::filled(4, 4, 0.0);
        for (i, j) in (0..4).flat_map(|i| (0..4).map(move |j| (i, j))) {
            wins[(i, j)] = 1.0 / (1.0 + 10f64.powf((true_ratings[j] - true_ratings[i]) / 400.0));
        }
        for (found, expected) in ratings(&wins).unwrap().iter().zip(true_ratings) {
            assert!((found - expected).abs() < 1e-7, "{found} {expected}");
        }
    }

    #[test]
    fn ratings_without_wins_both_ways_are_refused() {
        let one_sided = DenseMatrix::from([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]);
        assert!(ratings(&one_sided).unwrap_err().contains("[2]"));
        assert!(ratings(&DenseMatrix::filled(2, 2, 0.0)).unwrap_err().contains("not identified"));
        assert!(ratings(&DenseMatrix::from([[0.0, -1.0], [1.0, 0.0]])).unwrap_err().contains("0 or more"));
        assert_eq!(ratings(&DenseMatrix::filled(1, 1, 0.0)).unwrap(), [0.0]);
    }
}
