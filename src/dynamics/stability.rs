//! Which types hold out against which, by payoffs alone.
//!
//! All notions here are against the other pure types of the game, one at a time: a population has no mixtures of types
//! in one agent. `tolerance` is the difference up to which two payoffs count as equal; 0 for exact ones.

use super::matrix::DenseMatrix;
use super::payoffs::Payoffs;

/// How type i stands against type j where both are rare in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contest {
    /// The first takes over from any mixture.
    FirstDominates,
    /// The second takes over from any mixture.
    SecondDominates,
    /// Each holds out against the other when common.
    Bistable,
    /// Each grows when rare.
    Coexistence,
    /// All four payoffs leave both alike.
    Neutral,
}

/// Whether `a` is more than `b`, by more than `tolerance`.
fn more(a: f64, b: f64, tolerance: f64) -> bool {
    a - b > tolerance
}

/// Whether type i is its own only best answer: A_ii > A_ji for each other j.
pub fn is_strict_nash(game: &impl Payoffs, i: usize, tolerance: f64) -> bool {
    others(game, i).all(|j| {
        let [own, mutant] = beside_own(game, i, j);
        more(own, mutant, tolerance)
    })
}

/// Whether type i is a best answer to itself: A_ii ≥ A_ji for each other j.
pub fn is_nash(game: &impl Payoffs, i: usize, tolerance: f64) -> bool {
    others(game, i).all(|j| {
        let [own, mutant] = beside_own(game, i, j);
        !more(mutant, own, tolerance)
    })
}

/// What one of type i and one of type j get where all others are of type i.
fn beside_own(game: &impl Payoffs, i: usize, j: usize) -> [f64; 2] {
    let [own, mutant] = game.contest(i, j);
    let all = game.players() - 1;
    [own[all], mutant[all]]
}

/// Whether type i is evolutionarily stable against each other type: A_ii > A_ji, or both are equal and A_ij > A_jj
/// (Maynard Smith & Price 1973); with more players, the fewest mutants decide who make a difference (Broom, Cannings &
/// Vickers 1997).
pub fn is_ess(game: &impl Payoffs, i: usize, tolerance: f64) -> bool {
    others(game, i).all(|j| ahead(game, i, j, tolerance) == Some(true))
}

/// Whether type i is neutrally (weakly) stable against each other type: as an ESS, with A_ij ≥ A_jj (Maynard Smith
/// 1982).
pub fn is_nss(game: &impl Payoffs, i: usize, tolerance: f64) -> bool {
    others(game, i).all(|j| ahead(game, i, j, tolerance) != Some(false))
}

/// Whether type i is an ESS in a population of N, against type j: selection is against one j among N − 1 of i, and, if
/// `fixation` (the chance that one j takes over) is below 1/N, against its taking over (Nowak, Sasaki, Taylor &
/// Fudenberg 2004).
pub fn is_finite_ess(game: &impl Payoffs, i: usize, j: usize, population: usize, fixation: f64) -> bool {
    let [invader, resident] = game.pair([j, i], 1, population);
    invader < resident && fixation < 1.0 / population as f64
}

/// Whether a rare j does worse than residents of type i: by what residents pay, and if that is equal, by what mutants
/// pay; `None` if both are equal.
fn ahead(game: &impl Payoffs, i: usize, j: usize, tolerance: f64) -> Option<bool> {
    let [own, mutant] = game.contest(i, j);
    // From no mutant among the others to mutants alone.
    own.into_iter().zip(mutant).rev().find_map(|(own, mutant)| {
        if more(own, mutant, tolerance) { Some(true) } else { more(mutant, own, tolerance).then_some(false) }
    })
}

fn others(game: &impl Payoffs, i: usize) -> impl Iterator<Item = usize> {
    (0..game.types()).filter(move |&j| j != i)
}

/// How types i and j stand against each other. What is equal where one of both is common is decided where it is rare.
pub fn contest(game: &impl Payoffs, i: usize, j: usize, tolerance: f64) -> Contest {
    match (ahead(game, i, j, tolerance), ahead(game, j, i, tolerance)) {
        (Some(true), Some(true)) => Contest::Bistable,
        (Some(false), Some(false)) => Contest::Coexistence,
        (Some(true), _) | (_, Some(false)) => Contest::FirstDominates,
        (Some(false), _) | (_, Some(true)) => Contest::SecondDominates,
        (None, None) => Contest::Neutral,
    }
}

/// How much more type i gets than j against an even mixture of both, summed over what can be met: Σₖ aₖ − Σₖ bₖ, where
/// aₖ is what i gets beside k others of type i. Above 0, i is risk dominant: it has the larger basin, and for weak
/// selection or large populations under the Moran process the larger chance to take over (Harsanyi & Selten 1988; for n
/// players, Gokhale & Traulsen 2010, equation 6).
pub fn risk_advantage(game: &impl Payoffs, i: usize, j: usize) -> f64 {
    let [a, b] = game.contest(i, j);
    a.iter().zip(&b).map(|(a, b)| a - b).sum()
}

/// How much more type i gets than j where a third of the population is i: Σₖ (n − k)(aₖ − bₖ), with two players
/// A_ii + 2 A_ij − A_ji − 2 A_jj. Above 0, weak selection in a large population makes one i take over residents j with
/// more than the neutral chance 1/N (Nowak et al. 2004; for n players, Gokhale & Traulsen 2010, equation 7).
pub fn one_third_advantage(game: &impl Payoffs, i: usize, j: usize) -> f64 {
    let [a, b] = game.contest(i, j);
    let players = game.players();
    a.iter().zip(&b).enumerate().map(|(k, (a, b))| (players - k) as f64 * (a - b)).sum()
}

/// The types that get most from residents of type j, in order.
pub fn best_responses(game: &DenseMatrix, j: usize, tolerance: f64) -> Vec<usize> {
    let best = (0..game.rows()).map(|i| game[(i, j)]).fold(f64::NEG_INFINITY, f64::max);
    (0..game.rows()).filter(|&i| !more(best, game[(i, j)], tolerance)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::fixation::fixation;
    use crate::dynamics::payoffs::Table;
    use crate::dynamics::process::{Fitness, Process, Update};

    /// Always cooperate, always defect, tit for tat without a last round.
    fn repeated() -> DenseMatrix {
        DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.0], [3.0, 1.0, 3.0]])
    }

    #[test]
    fn tit_for_tat_is_neutrally_stable_and_no_more() {
        let game = repeated();
        let each = |is: fn(&DenseMatrix, usize, f64) -> bool| [0, 1, 2].map(|i| is(&game, i, 0.0));
        assert_eq!(each(is_strict_nash), [false, false, false]);
        assert_eq!(each(is_nash), [false, true, true]);
        // Always defect meets tit for tat alike, which gets more from itself.
        assert_eq!(each(is_ess), [false, false, false]);
        assert_eq!(each(is_nss), [false, false, true]);
        let one_shot = DenseMatrix::from([[3.0, 0.0], [5.0, 1.0]]);
        assert!(is_strict_nash(&one_shot, 1, 0.0) && is_ess(&one_shot, 1, 0.0));
        // A tolerance makes near payoffs equal.
        assert!(!is_strict_nash(&one_shot, 1, 1.0));
    }

    #[test]
    fn contests_have_five_ends() {
        let of = |rows: [[f64; 2]; 2]| contest(&DenseMatrix::from(rows), 0, 1, 0.0);
        assert_eq!(of([[3.0, 0.0], [5.0, 1.0]]), Contest::SecondDominates);
        assert_eq!(of([[5.0, 1.0], [3.0, 0.0]]), Contest::FirstDominates);
        assert_eq!(of([[2.0, 0.0], [0.0, 1.0]]), Contest::Bistable);
        assert_eq!(of([[-1.0, 2.0], [0.0, 1.0]]), Contest::Coexistence);
        assert_eq!(of([[1.0, 1.0], [1.0, 1.0]]), Contest::Neutral);
        assert_eq!(contest(&repeated(), 0, 2, 0.0), Contest::Neutral);
        assert_eq!(contest(&repeated(), 2, 1, 0.0), Contest::FirstDominates);
    }

    /// Weak selection in a large population, by the exact chain: the sign of Nρ − 1 is that of the one-third law, and
    /// the sign of ρ_i − ρ_j that of risk dominance.
    #[test]
    fn the_laws_for_weak_selection_hold_in_the_chain() {
        let exact = |game: &DenseMatrix, pair| {
            let process = Process::mixed(Update::BirthDeath(Fitness::Exponential { strength: 1e-7 }));
            fixation(game, pair, 2000, &process).unwrap()
        };
        for rows in
            [[[3.0, 1.0], [2.5, 1.5]], [[3.0, 1.2], [2.5, 1.5]], [[4.0, 0.5], [2.0, 1.2]], [[2.0, 1.0], [1.0, 3.0]]]
        {
            let game = DenseMatrix::from(rows);
            let one_third = one_third_advantage(&game, 0, 1);
            assert!(one_third.abs() > 0.05);
            assert_eq!(one_third > 0.0, exact(&game, [0, 1]) > 1.0 / 2000.0, "{rows:?}");
            let risk = risk_advantage(&game, 0, 1);
            let [there, back] = [exact(&game, [0, 1]), exact(&game, [1, 0])];
            assert_eq!(risk > 1e-9, there / back > 1.0 + 1e-9, "{rows:?} {risk} {there} {back}");
        }
    }

    #[test]
    fn the_laws_for_more_players_hold_in_the_chain() {
        for reward in [1.0, 2.0, 3.0, 4.0, 6.0] {
            let game = Table::new(2, 4, |own, others| {
                let givers = others[0] + u32::from(own == 0);
                reward * f64::from(u8::from(givers >= 3)) - f64::from(u8::from(own == 0))
            })
            .unwrap();
            let process = Process::fermi(1e-6);
            let [there, back] = [[0, 1], [1, 0]].map(|pair| fixation(&game, pair, 2000, &process).unwrap());
            let (risk, third) = (risk_advantage(&game, 0, 1), one_third_advantage(&game, 0, 1));
            if risk.abs() > 0.05 {
                assert_eq!(risk > 0.0, there > back, "{reward}: {risk}");
            }
            if third.abs() > 0.05 {
                assert_eq!(third > 0.0, there > 1.0 / 2000.0, "{reward}: {third}");
            }
        }
    }

    #[test]
    fn an_ess_of_finite_populations_holds_out_against_one_and_against_all() {
        let game = DenseMatrix::from([[3.0, 0.0], [5.0, 1.0]]);
        let chance = |pair| fixation(&game, pair, 20, &Process::fermi(0.1)).unwrap();
        assert!(is_finite_ess(&game, 1, 0, 20, chance([0, 1])));
        assert!(!is_finite_ess(&game, 0, 1, 20, chance([1, 0])));
    }

    #[test]
    fn best_responses_are_listed() {
        assert_eq!(best_responses(&repeated(), 0, 0.0), [1]);
        assert_eq!(best_responses(&repeated(), 1, 0.0), [1, 2]);
        assert_eq!(best_responses(&repeated(), 2, 0.0), [0, 2]);
    }
}
