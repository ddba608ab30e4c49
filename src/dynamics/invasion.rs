//! The graph of who invades whom.

use super::matrix::DenseMatrix;

/// One type invades another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The type that is common.
    pub resident: usize,
    /// The type that is rare at first.
    pub invader: usize,
    /// By how much: see the function that made the graph.
    pub strength: f64,
}

/// Every pair whose invader takes over with more than the neutral chance 1/N. The strength is ln Nρ.
///
/// Row i, column j of `ln_fixations` holds ln of the chance that one j takes over a population of i. Chances within
/// one part in 1e9 of 1/N are taken for neutral.
pub fn by_fixation(ln_fixations: &DenseMatrix, population: usize) -> Vec<Edge> {
    let neutral = (population as f64).ln();
    edges(ln_fixations.rows(), |resident, invader| {
        let strength = ln_fixations[(resident, invader)] + neutral;
        (strength > 1e-9).then_some(strength)
    })
}

/// Every pair whose invader gets more from residents than these from each other, by more than `tolerance`; or as much,
/// and more from itself than residents get from it. The strength is the difference.
pub fn by_payoff(game: &DenseMatrix, tolerance: f64) -> Vec<Edge> {
    edges(game.rows(), |resident, invader| {
        let gain = game[(invader, resident)] - game[(resident, resident)];
        let gain = if gain.abs() <= tolerance { game[(invader, invader)] - game[(resident, invader)] } else { gain };
        (gain > tolerance).then_some(gain)
    })
}

/// Every type with an edge to each of its best answers that is not itself; none for a type that is one of its own. The
/// strength is what the answer gets more than the resident.
pub fn best_responses(game: &DenseMatrix, tolerance: f64) -> Vec<Edge> {
    edges(game.rows(), |resident, invader| {
        let best = (0..game.rows()).map(|i| game[(i, resident)]).fold(f64::NEG_INFINITY, f64::max);
        let gain = game[(invader, resident)] - game[(resident, resident)];
        (gain > tolerance && best - game[(invader, resident)] <= tolerance).then_some(gain)
    })
}

fn edges(types: usize, strength: impl Fn(usize, usize) -> Option<f64>) -> Vec<Edge> {
    let pairs = (0..types).flat_map(|resident| (0..types).map(move |invader| (resident, invader)));
    let edge = |(resident, invader)| Some(Edge { resident, invader, strength: strength(resident, invader)? });
    pairs.filter(|(resident, invader)| resident != invader).filter_map(edge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::fixation::ln_fixations;
    use crate::dynamics::process::Process;

    fn pairs(edges: &[Edge]) -> Vec<(usize, usize)> {
        edges.iter().map(|edge| (edge.resident, edge.invader)).collect()
    }

    #[test]
    fn edges_lead_from_residents_to_invaders() {
        let game = DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]]);
        let found = by_fixation(&ln_fixations(&game, 50, &Process::fermi(0.1)).unwrap(), 50);
        // Defectors invade cooperators, tit for tat defectors; cooperators and tit for tat are neutral to each other.
        assert_eq!(pairs(&found), [(0, 1), (1, 2)]);
        assert!(found.iter().all(|edge| edge.strength > 0.5));
        assert_eq!(pairs(&by_payoff(&game, 0.0)), [(0, 1)]);
        assert_eq!(pairs(&by_payoff(&game, 0.01)), [(0, 1), (1, 2)]);
        assert_eq!(pairs(&best_responses(&game, 0.0)), [(0, 1)]);
        assert_eq!(best_responses(&game, 0.0)[0].strength, 2.0);
    }
}
