//! Rest points of the replicator equation, and whether they attract.

use super::matrix::DenseMatrix;
use super::payoffs::{self, Payoffs};
use super::replicator::check_shares;
use nalgebra::{DMatrix, linalg::Schur};

/// Most types of a game whose supports are all gone through.
pub const TYPES_MAX: usize = 12;
/// Most searches by Newton's method: supports times starts.
pub const SEARCHES_MAX: usize = 1 << 20;
/// Shares below this are taken for 0.
const POSITIVE: f64 = 1e-10;
/// Pivots below this, in equations scaled to 1, are taken for 0.
const PIVOT: f64 = 1e-11;
/// Eigenvalues nearer to 0 than this part of the greatest payoff are taken for 0.
const FLAT: f64 = 1e-9;
/// Steps of Newton's method.
const STEPS: usize = 60;

/// What the linearised dynamics does around a rest point, within the simplex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Every eigenvalue has a negative real part: it attracts.
    Attractor,
    /// Some have positive real parts, none a negative one: it repels.
    Repeller,
    /// Some have positive and some negative real parts.
    Saddle,
    /// None has a positive real part, and some have none: the linearised dynamics does not decide.
    Undecided,
}

/// Shares at which nothing changes.
#[derive(Clone, Debug, PartialEq)]
pub struct RestPoint {
    /// The types that are there.
    pub support: Vec<usize>,
    /// The share of each type.
    pub shares: Vec<f64>,
    /// Real and imaginary parts of the eigenvalues of the dynamics within the simplex, one fewer than types: those
    /// towards types that are not there (their payoff less the mean) first.
    pub eigenvalues: Vec<[f64; 2]>,
    /// What follows from the eigenvalues.
    pub stability: Stability,
}

/// A support on which rest points are not single: lines or larger sets of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuum {
    /// The types that are there.
    pub support: Vec<usize>,
    /// One of its rest points.
    pub example: Vec<f64>,
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RestPoints {
    /// The single rest points, those with fewer types first.
    pub points: Vec<RestPoint>,
    /// The supports with more than single ones.
    pub continua: Vec<Continuum>,
}

/// All rest points of a game between two, support by support: the types that are there get the same payoff.
///
/// # Errors
/// If the matrix is not square, or has more than [`TYPES_MAX`] types.
pub fn all(game: &DenseMatrix) -> Result<RestPoints, String> {
    payoffs::check(game, &[])?;
    let mut found = RestPoints::default();
    for support in supports(game.rows())? {
        match equal_payoffs(game, &support, &support) {
            Solution::One(shares) if positive(&shares) => {
                found.points.push(judge(game, spread(&support, &shares, game.rows()))?);
            }
            Solution::Many => found.continua.extend(continuum(game, support)),
            Solution::One(_) | Solution::Nothing => {}
        }
    }
    Ok(found)
}

/// Rest points of a game between any number of players, found on each support by Newton's method from each of
/// `starts` (shares of all types, of which those of the support are taken). What is found is at rest; that nothing is
/// missing is not proved.
///
/// # Errors
/// If there are too many types or starts, or a start is not shares of the types.
pub fn search(game: &impl Payoffs, starts: &[Vec<f64>]) -> Result<RestPoints, String> {
    payoffs::check(game, &[])?;
    let types = game.types();
    let supports = supports(types)?;
    if supports.len().saturating_mul(starts.len()) > SEARCHES_MAX {
        return Err(format!(
            "{} starts on {} supports: expected at most {SEARCHES_MAX} searches",
            starts.len(),
            supports.len()
        ));
    }
    starts.iter().try_for_each(|start| check_shares(start, types))?;
    let mut found = RestPoints::default();
    for support in supports {
        let mut known: Vec<Vec<f64>> = Vec::new();
        for start in starts {
            match newton(game, &support, start) {
                Solution::One(shares) if !known.iter().any(|other| near(other, &shares)) => known.push(shares),
                Solution::Many => {
                    let example = spread(&support, &restricted(&support, start), types);
                    found.continua.push(Continuum { support: support.clone(), example });
                    known.clear();
                    break;
                }
                Solution::One(_) | Solution::Nothing => {}
            }
            if support.len() == 1 {
                break;
            }
        }
        known.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        for shares in known {
            found.points.push(judge(game, shares)?);
        }
    }
    Ok(found)
}

/// The rest point at `shares`, with its eigenvalues.
///
/// # Errors
/// If the eigenvalues cannot be found.
pub fn judge(game: &impl Payoffs, shares: Vec<f64>) -> Result<RestPoint, String> {
    let types = game.types();
    let (mut means, mut slopes) = (vec![0.0; types], DenseMatrix::filled(types, types, 0.0));
    game.expected(&shares, &mut means);
    game.slopes(&shares, &mut slopes);
    let mean: f64 = shares.iter().zip(&means).map(|(share, payoff)| share * payoff).sum();
    let (support, absent): (Vec<usize>, Vec<usize>) = (0..types).partition(|&i| shares[i] > 0.0);
    let mut eigenvalues: Vec<[f64; 2]> = absent.iter().map(|&i| [means[i] - mean, 0.0]).collect();
    // Within the support, along e_i − e_last: J_ij − J_i,last, in which equal payoffs cancel.
    let size = support.len() - 1;
    if size > 0 {
        let last = support[size];
        let along = |i: usize, j: usize| slopes[(i, j)] - slopes[(i, last)];
        let inner = DMatrix::from_fn(size, size, |row, column| {
            let (i, j) = (support[row], support[column]);
            let drift: f64 = support.iter().map(|&k| shares[k] * along(k, j)).sum();
            let own = if i == j { means[i] - mean } else { 0.0 };
            own + shares[i] * (along(i, j) - drift - (means[j] - means[last]))
        });
        let schur = Schur::try_new(inner, f64::EPSILON, 10_000)
            .ok_or_else(|| format!("the eigenvalues at {shares:?} cannot be found"))?;
        eigenvalues.extend(schur.complex_eigenvalues().iter().map(|value| [value.re, value.im]));
    }
    let flat = FLAT * game.greatest();
    let is = |sign: f64| eigenvalues.iter().any(|value| sign * value[0] > flat);
    let stability = match (is(1.0), is(-1.0)) {
        (true, true) => Stability::Saddle,
        (true, false) => Stability::Repeller,
        (false, _) if eigenvalues.iter().all(|value| value[0] < -flat) => Stability::Attractor,
        (false, _) => Stability::Undecided,
    };
    Ok(RestPoint { support, shares, eigenvalues, stability })
}

/// Every set of types, those with fewer first.
fn supports(types: usize) -> Result<Vec<Vec<usize>>, String> {
    if !(1..=TYPES_MAX).contains(&types) {
        return Err(format!("rest points of {types} types: expected 1 to {TYPES_MAX}"));
    }
    let mut sets: Vec<Vec<usize>> =
        (1..1usize << types).map(|set| (0..types).filter(|i| set >> i & 1 == 1).collect()).collect();
    sets.sort_by_key(Vec::len);
    Ok(sets)
}

fn positive(shares: &[f64]) -> bool {
    shares.iter().all(|share| *share > POSITIVE)
}

fn near(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-7)
}

/// The shares of all types, given those of the support.
fn spread(support: &[usize], shares: &[f64], types: usize) -> Vec<f64> {
    let mut all = vec![0.0; types];
    support.iter().zip(shares).for_each(|(&i, share)| all[i] = *share);
    all
}

/// The shares of the support, made to sum to 1; even ones if they are all 0.
fn restricted(support: &[usize], shares: &[f64]) -> Vec<f64> {
    let sum: f64 = support.iter().map(|&i| shares[i]).sum();
    let even = 1.0 / support.len() as f64;
    support.iter().map(|&i| if sum > 0.0 { shares[i] / sum } else { even }).collect()
}

/// What linear equations have as solutions.
#[derive(Debug, PartialEq)]
enum Solution {
    Nothing,
    One(Vec<f64>),
    Many,
}

/// Solves equations whose last column is the right-hand side, by elimination with full pivoting. Rows are scaled to
/// about 1 already.
fn solve(mut rows: DenseMatrix) -> Solution {
    let (equations, unknowns) = (rows.rows(), rows.columns() - 1);
    let mut order: Vec<usize> = (0..unknowns).collect();
    let mut rank = 0;
    while rank < equations.min(unknowns) {
        let places = (rank..equations).flat_map(|i| (rank..unknowns).map(move |j| (i, j)));
        let size = |&(i, j): &(usize, usize)| rows[(i, order[j])].abs();
        let Some((i, j)) = places.max_by(|a, b| size(a).total_cmp(&size(b))) else { break };
        if size(&(i, j)) < PIVOT {
            break;
        }
        order.swap(rank, j);
        if i != rank {
            for column in 0..=unknowns {
                let above = rows[(rank, column)];
                rows[(rank, column)] = rows[(i, column)];
                rows[(i, column)] = above;
            }
        }
        let pivot = rows[(rank, order[rank])];
        for other in (0..equations).filter(|&other| other != rank) {
            let factor = rows[(other, order[rank])] / pivot;
            let (to, from) = rows.two_rows(other, rank);
            to.iter_mut().zip(from).for_each(|(to, from)| *to -= factor * from);
            to[order[rank]] = 0.0;
        }
        rank += 1;
    }
    if (rank..equations).any(|i| rows[(i, unknowns)].abs() > 1e-9) {
        return Solution::Nothing;
    }
    if rank < unknowns {
        return Solution::Many;
    }
    let mut found = vec![0.0; unknowns];
    for (row, &unknown) in order.iter().enumerate() {
        found[unknown] = rows[(row, unknowns)] / rows[(row, unknown)];
    }
    Solution::One(found)
}

/// Shares of `present` at which all types of `support` get the same payoff.
fn equal_payoffs(game: &DenseMatrix, support: &[usize], present: &[usize]) -> Solution {
    let (first, size) = (support[0], present.len());
    let mut rows = DenseMatrix::filled(support.len(), size + 1, 0.0);
    for (row, &i) in support.iter().enumerate().skip(1) {
        for (column, &j) in present.iter().enumerate() {
            rows[(row, column)] = game[(i, j)] - game[(first, j)];
        }
    }
    let scale = rows.greatest();
    // Differences in the last digits of the payoffs are none.
    let scale = if scale > 1e-13 * game.greatest() { scale } else { f64::INFINITY };
    rows.entries_mut().iter_mut().for_each(|entry| *entry /= scale);
    rows.row_mut(0).fill(1.0);
    solve(rows)
}

/// The rest points with exactly the types of `support`, if there are any, where their equations have many solutions.
///
/// Solutions with shares of 0 or more are a polytope. Its corners are the solutions that are alone on their own
/// support, and it has a point with every type if and only if every type is at some corner.
fn continuum(game: &DenseMatrix, support: Vec<usize>) -> Option<Continuum> {
    let mut sum = vec![0.0; game.rows()];
    let mut corners = 0.0;
    for set in 1..(1usize << support.len()) - 1 {
        let present: Vec<usize> = (0..support.len()).filter(|i| set >> i & 1 == 1).map(|i| support[i]).collect();
        if let Solution::One(shares) = equal_payoffs(game, &support, &present)
            && positive(&shares)
        {
            present.iter().zip(shares).for_each(|(&i, share)| sum[i] += share);
            corners += 1.0;
        }
    }
    let covers = support.iter().all(|&i| sum[i] > 0.0);
    covers.then(|| Continuum { support, example: sum.into_iter().map(|share| share / corners).collect() })
}

/// Newton's method for equal payoffs on `support`, from those shares of `start`.
fn newton(game: &impl Payoffs, support: &[usize], start: &[f64]) -> Solution {
    let (types, size) = (game.types(), support.len());
    let mut shares = restricted(support, start);
    let (mut means, mut slopes) = (vec![0.0; types], DenseMatrix::filled(types, types, 0.0));
    let scale = game.greatest().max(f64::MIN_POSITIVE);
    for _ in 0..STEPS {
        let all = spread(support, &shares, types);
        game.expected(&all, &mut means);
        game.slopes(&all, &mut slopes);
        let mut rows = DenseMatrix::filled(size, size + 1, 1.0);
        rows[(0, size)] = 1.0 - shares.iter().sum::<f64>();
        for (row, &i) in support.iter().enumerate().skip(1) {
            for (column, &j) in support.iter().enumerate() {
                rows[(row, column)] = (slopes[(i, j)] - slopes[(support[0], j)]) / scale;
            }
            rows[(row, size)] = (means[support[0]] - means[i]) / scale;
        }
        let off = (0..size).map(|row| rows[(row, size)].abs()).fold(0.0, f64::max);
        let at_rest = off < 1e-13;
        match solve(rows) {
            Solution::Many if at_rest && positive(&shares) => return Solution::Many,
            Solution::Many | Solution::Nothing => return Solution::Nothing,
            Solution::One(_) if at_rest => {
                return if positive(&shares) { Solution::One(all) } else { Solution::Nothing };
            }
            Solution::One(steps) => shares.iter_mut().zip(steps).for_each(|(share, step)| *share += step),
        }
        if !shares.iter().all(|share| share.abs() < 10.0) {
            return Solution::Nothing;
        }
    }
    Solution::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::basins::lattice;
    use crate::dynamics::payoffs::Table;

    fn at(found: &RestPoints, support: &[usize]) -> RestPoint {
        found.points.iter().find(|point| point.support == support).expect("there is one").clone()
    }

    #[test]
    fn hawks_and_doves_mix() {
        // Hofbauer & Sigmund 1998: the share of hawks is V/C = 1/2.
        let found = all(&DenseMatrix::from([[-1.0, 2.0], [0.0, 1.0]])).unwrap();
        assert_eq!(found.points.len(), 3);
        let mixed = at(&found, &[0, 1]);
        assert!((mixed.shares[0] - 0.5).abs() < 1e-14);
        // ẋ = x (1 − x)(1 − 2x): slope −1/2 in the middle, 1 at both ends.
        assert!((mixed.eigenvalues[0][0] + 0.5).abs() < 1e-14, "{mixed:?}");
        assert_eq!(mixed.stability, Stability::Attractor);
        assert!((at(&found, &[0]).eigenvalues[0][0] - 1.0).abs() < 1e-14);
        assert_eq!(at(&found, &[1]).stability, Stability::Repeller);
    }

    /// Rock, paper, scissors where a win is worth a and a loss costs b: in the middle the eigenvalues are
    /// (a − b)/6 · (−1 …) ± i (a + b)/(2√3) (Hofbauer & Sigmund 1998, section 7.7).
    #[test]
    fn rock_paper_scissors_spirals_or_circles() {
        for (win, loss) in [(1.0f64, 1.0f64), (2.0, 1.0), (1.0, 2.0)] {
            let game = DenseMatrix::from([[0.0, -loss, win], [win, 0.0, -loss], [-loss, win, 0.0]]);
            let found = all(&game).unwrap();
            let middle = at(&found, &[0, 1, 2]);
            let (re, im) = ((loss - win) / 6.0, (win + loss) / (2.0 * 3.0f64.sqrt()));
            for value in &middle.eigenvalues {
                assert!((value[0] - re).abs() < 1e-12 && (value[1].abs() - im).abs() < 1e-12, "{middle:?} {re} {im}");
            }
            let expected = [Stability::Undecided, Stability::Attractor, Stability::Repeller];
            assert_eq!(middle.stability, expected[usize::from(win > loss) + 2 * usize::from(win < loss)]);
            assert_eq!(at(&found, &[1]).stability, Stability::Saddle);
            assert_eq!(found.points.len(), 4);
        }
    }

    #[test]
    fn types_that_are_alike_have_a_line_of_rest_points() {
        let game = DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]]);
        let found = all(&game).unwrap();
        assert_eq!(found.continua.len(), 1, "{found:?}");
        assert_eq!(found.continua[0].support, [0, 2]);
        assert_eq!(found.continua[0].example, [0.5, 0.0, 0.5]);
        assert_eq!(at(&found, &[1]).stability, Stability::Attractor);
        assert_eq!(at(&found, &[2]).stability, Stability::Undecided);
        assert_eq!(at(&found, &[1, 2]).stability, Stability::Saddle);
        // A third type that is like two others in all it meets: the whole simplex rests.
        let whole = all(&DenseMatrix::filled(3, 3, 0.1)).unwrap();
        assert_eq!(whole.continua.len(), 4);
    }

    #[test]
    fn dependent_equations_without_a_point_inside_are_no_continuum() {
        // Types 0 and 1 are alike against each other, and type 2 gets less against both.
        let game = DenseMatrix::from([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0]]);
        let found = all(&game).unwrap();
        let supports: Vec<_> = found.continua.iter().map(|continuum| continuum.support.clone()).collect();
        assert_eq!(supports, [vec![0, 1]]);
    }

    #[test]
    fn newton_finds_what_the_supports_have() {
        let game = DenseMatrix::new(4, 4, (0..16).map(|i| f64::from((i * 13) % 17)).collect()).unwrap();
        let exact = all(&game).unwrap();
        let table = Table::new(4, 2, |own, others| game[(own, others.iter().position(|&n| n == 1).unwrap())]).unwrap();
        for found in [search(&game, &lattice(4, 3).unwrap()), search(&table, &lattice(4, 3).unwrap())] {
            let found = found.unwrap();
            assert_eq!(found.points.len(), exact.points.len());
            for (a, b) in found.points.iter().zip(&exact.points) {
                assert_eq!((&a.support, a.stability), (&b.support, b.stability));
                assert!(near(&a.shares, &b.shares));
            }
        }
    }

    /// Volunteers: one of n must pay c for all to get 1. Those who keep are (c)^(1/(n−1)) of all (Diekmann 1985).
    #[test]
    fn volunteers_are_as_many_as_diekmann_says() {
        let (n, cost) = (4usize, 0.3f64);
        let game = Table::new(2, n, |own, others| {
            f64::from(u8::from(others[0] > 0 || own == 0)) - if own == 0 { cost } else { 0.0 }
        });
        let found = search(&game.unwrap(), &lattice(2, 8).unwrap()).unwrap();
        let mixed = at(&found, &[0, 1]);
        assert!((mixed.shares[1] - cost.powf(1.0 / 3.0)).abs() < 1e-12, "{mixed:?}");
        assert_eq!(mixed.stability, Stability::Attractor);
        // Two rest points on one edge: a good made by two of four.
        let game = Table::new(2, n, |own, others| {
            f64::from(u8::from(others[0] + u32::from(own == 0) >= 2)) - if own == 0 { cost } else { 0.0 }
        });
        let found = search(&game.unwrap(), &lattice(2, 8).unwrap()).unwrap();
        let both: Vec<Stability> = found.points.iter().map(|point| point.stability).collect();
        assert_eq!(both, [Stability::Repeller, Stability::Attractor, Stability::Repeller, Stability::Attractor]);
        // 3 x (1 − x)² = c at both.
        for point in &found.points[2..] {
            let x = point.shares[0];
            assert!((3.0 * x * (1.0 - x).powi(2) - cost).abs() < 1e-12, "{point:?}");
        }
    }

    #[test]
    fn too_much_is_refused() {
        assert!(all(&DenseMatrix::filled(13, 13, 1.0)).unwrap_err().contains("1 to 12"));
        assert!(all(&DenseMatrix::filled(2, 3, 1.0)).unwrap_err().contains("square"));
        let starts = vec![vec![1.0 / 12.0; 12]; 300];
        assert!(search(&DenseMatrix::filled(12, 12, 1.0), &starts).unwrap_err().contains("searches"));
        assert!(search(&DenseMatrix::filled(2, 2, 1.0), &[vec![0.5; 3]]).unwrap_err().contains("sum to 1"));
    }
}
