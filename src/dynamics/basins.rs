//! Which share of all starts flows to which attractor.

use super::compositions::Compositions;
use super::payoffs::Payoffs;
use super::replicator::{Flow, Walk};

/// A trajectory this near to an attractor, in every share, has arrived.
pub const NEAR: f64 = 1e-3;
/// Shares change by less than this per unit of time, relative to the greatest payoff: the flow rests.
const REST: f64 = 1e-9;

/// Where trajectories end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// At the attractor of this number.
    Attractor(usize),
    /// At rest elsewhere, with these types present: on a set of rest points, or at one that only some starts lead to.
    Rest(Vec<usize>),
    /// Nowhere until time is over: it goes round, or is slow.
    Moving,
}

/// The ends, each with the share of starts that lead there, in order; shares sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Basins {
    /// Ends and shares.
    pub ends: Vec<(End, f64)>,
    /// Number of starts.
    pub starts: usize,
}

/// Follows the flow from each of `starts` until it is near one of `attractors`, rests, or `time` is over.
///
/// # Errors
/// If there are no starts, a start or an attractor is not shares of the types, or a trajectory takes too many steps.
pub fn basins<G: Payoffs>(
    flow: &Flow<G>,
    attractors: &[Vec<f64>],
    starts: &[Vec<f64>],
    time: f64,
) -> Result<Basins, String> {
    if starts.is_empty() || !(time > 0.0 && time.is_finite()) {
        return Err(format!("basins from {} starts until time {time}: expected at least one, and time", starts.len()));
    }
    attractors.iter().try_for_each(|attractor| super::replicator::check_shares(attractor, flow.types()))?;
    let mut ends = starts.iter().map(|start| end(flow, attractors, start, time)).collect::<Result<Vec<_>, _>>()?;
    ends.sort();
    let groups = ends.chunk_by(|a, b| a == b);
    let ends = groups.map(|group| (group[0].clone(), group.len() as f64 / starts.len() as f64)).collect();
    Ok(Basins { ends, starts: starts.len() })
}

fn end<G: Payoffs>(flow: &Flow<G>, attractors: &[Vec<f64>], start: &[f64], time: f64) -> Result<End, String> {
    let mut walk = Walk::new(flow, start)?;
    let slow = REST * flow.game().greatest();
    loop {
        let x = walk.shares();
        let near = |attractor: &Vec<f64>| attractor.iter().zip(x).all(|(a, b)| (a - b).abs() < NEAR);
        if let Some(found) = attractors.iter().position(near) {
            return Ok(End::Attractor(found));
        }
        if walk.change().iter().all(|change| change.abs() <= slow) {
            return Ok(End::Rest((0..x.len()).filter(|&i| x[i] >= NEAR).collect()));
        }
        if walk.time() >= time {
            return Ok(End::Moving);
        }
        walk.step_towards(time)?;
    }
}

/// An even lattice of points inside the simplex, none on its border: (cᵢ + 1/s)/(m + 1) for every composition c of m.
///
/// # Errors
/// If there are no types, or more points than are kept.
pub fn lattice(types: usize, m: usize) -> Result<Vec<Vec<f64>>, String> {
    let all = Compositions::new(m, types)?;
    let share = |count: &u32| (f64::from(*count) + 1.0 / types as f64) / (m as f64 + 1.0);
    Ok(all.iter().map(|counts| counts.iter().map(share).collect()).collect())
}

/// `count` points drawn evenly from the simplex; `uniform` draws from [0, 1).
pub fn drawn(types: usize, count: usize, mut uniform: impl FnMut() -> f64) -> Vec<Vec<f64>> {
    // Exponential numbers over their sum.
    let mut point = || {
        let spaces: Vec<f64> = (0..types).map(|_| -(1.0 - uniform()).ln()).collect();
        let sum: f64 = spaces.iter().sum();
        spaces.into_iter().map(|space| if sum > 0.0 { space / sum } else { 1.0 / types as f64 }).collect()
    };
    (0..count).map(|_| point()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::matrix::DenseMatrix;
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn coordination_divides_its_edge_where_both_pay_the_same() {
        // Above x = 1/3 the first type grows.
        let game = DenseMatrix::from([[2.0, 0.0], [0.0, 1.0]]);
        let flow = Flow::new(&game).unwrap();
        let ends = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let found = basins(&flow, &ends, &lattice(2, 299).unwrap(), 1000.0).unwrap();
        assert_eq!(found.starts, 300);
        assert_eq!(
            found.ends.iter().map(|(end, _)| end.clone()).collect::<Vec<_>>(),
            [End::Attractor(0), End::Attractor(1)]
        );
        assert!((found.ends[0].1 - 2.0 / 3.0).abs() < 0.004, "{found:?}");
        // 2,000 draws: standard error 0.0105; beyond 4.5 of them once in 150,000 seeds.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let starts = drawn(2, 2_000, || rng.random());
        let found = basins(&flow, &ends, &starts, 1000.0).unwrap();
        assert!((found.ends[0].1 - 2.0 / 3.0).abs() < 4.5 * 0.0105, "{found:?}");
    }

    #[test]
    fn what_does_not_settle_is_said() {
        let round = DenseMatrix::from([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]);
        let starts = [vec![0.2, 0.3, 0.5], vec![0.0, 0.5, 0.5]];
        let found = basins(&Flow::new(&round).unwrap(), &[], &starts, 50.0).unwrap();
        assert_eq!(found.ends, [(End::Rest(vec![2]), 0.5), (End::Moving, 0.5)]);
        let alike = DenseMatrix::filled(2, 2, 1.0);
        let found = basins(&Flow::new(&alike).unwrap(), &[], &[vec![0.5, 0.5]], 1.0).unwrap();
        assert_eq!(found.ends, [(End::Rest(vec![0, 1]), 1.0)]);
        assert!(basins(&Flow::new(&alike).unwrap(), &[], &[], 1.0).unwrap_err().contains("0 starts"));
    }

    #[test]
    fn starts_are_points_inside() {
        for point in lattice(3, 4).unwrap() {
            assert!((point.iter().sum::<f64>() - 1.0).abs() < 1e-15 && point.iter().all(|share| *share > 0.0));
        }
        assert_eq!(lattice(3, 4).unwrap().len(), 15);
    }
}
