//! Stationary distributions and absorption of finite Markov chains, by elimination of one state after the other.
//!
//! Grassmann, Taksar & Heyman 1985 (Operations Research 33): what a state passes on is divided by the sum of its
//! chances to leave, never by 1 − its chance to stay. Nothing is subtracted, so each component has a small relative
//! error, however small it is (O'Cinneide 1993).

use super::logs;
use super::matrix::DenseMatrix;

/// Least chance, other than 0, of a chain that is eliminated without logarithms: products of two keep their digits.
const PLAIN_MIN: f64 = 1e-150;

/// Most states of a dense chain.
pub const STATES_MAX: usize = 4096;

/// The stationary distribution of a chain; row i holds the chances to go from i. What stands in the diagonal is not
/// read: each row is taken to sum to 1.
///
/// # Errors
/// If the matrix is not square, too large or has a negative entry, or if more than one group of states is never left.
pub fn stationary(chain: &DenseMatrix) -> Result<Vec<f64>, String> {
    check(chain)?;
    if chain.entries().iter().any(|chance| *chance > 0.0 && *chance < PLAIN_MIN) {
        let mut logs = chain.clone();
        logs.entries_mut().iter_mut().for_each(|chance| *chance = chance.ln());
        return Ok(ln_stationary(&logs)?.into_iter().map(f64::exp).collect());
    }
    plain_stationary(chain)
}

fn plain_stationary(chain: &DenseMatrix) -> Result<Vec<f64>, String> {
    let states = only_closed(chain.rows(), |i, j| chain[(i, j)] > 0.0)?;
    let mut work = chain.reordered(&states);
    for last in (1..states.len()).rev() {
        let leaves: f64 = work.row(last)[..last].iter().sum();
        if leaves <= 0.0 {
            return Err(too_small());
        }
        for i in 0..last {
            let (row, from) = work.two_rows(i, last);
            row[last] /= leaves;
            let share = row[last];
            for (to, chance) in row[..last].iter_mut().zip(from) {
                *to += share * chance;
            }
        }
    }
    let mut weights = vec![1.0];
    for last in 1..states.len() {
        weights.push((0..last).map(|i| weights[i] * work[(i, last)]).sum());
    }
    let sum: f64 = weights.iter().sum();
    if !sum.is_finite() {
        return Err(too_small());
    }
    let mut found = vec![0.0; chain.rows()];
    for (state, weight) in states.into_iter().zip(weights) {
        found[state] = weight / sum;
    }
    Ok(found)
}

/// ln of the stationary distribution of a chain that is given by ln of its rates (−∞: never), up to a common factor;
/// the diagonal is not read. It is [`stationary`] for chances far below 1e-308.
///
/// # Errors
/// If the matrix is not square or too large, or if more than one group of states is never left.
pub fn ln_stationary(ln_rates: &DenseMatrix) -> Result<Vec<f64>, String> {
    check_size(ln_rates)?;
    let states = only_closed(ln_rates.rows(), |i, j| ln_rates[(i, j)] > f64::NEG_INFINITY)?;
    let mut work = ln_rates.reordered(&states);
    for last in (1..states.len()).rev() {
        let leaves = logs::sum(&work.row(last)[..last]);
        for i in 0..last {
            let (row, from) = work.two_rows(i, last);
            row[last] -= leaves;
            let share = row[last];
            for (to, rate) in row[..last].iter_mut().zip(from) {
                *to = logs::add(*to, share + rate);
            }
        }
    }
    let mut weights = vec![0.0];
    for last in 1..states.len() {
        let arrive: Vec<f64> = (0..last).map(|i| weights[i] + work[(i, last)]).collect();
        weights.push(logs::sum(&arrive));
    }
    let sum = logs::sum(&weights);
    let mut found = vec![f64::NEG_INFINITY; ln_rates.rows()];
    for (state, weight) in states.into_iter().zip(weights) {
        found[state] = weight - sum;
    }
    Ok(found)
}

/// Where a chain ends that has states it never leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Absorption {
    /// The states that are never left.
    pub ends: Vec<usize>,
    /// Row i, column e: the chance to end in `ends[e]` from state i.
    pub chances: DenseMatrix,
    /// The expected number of steps from each state until the end.
    pub steps: Vec<f64>,
}

/// Where the chain ends from each state, and after how many steps. Row i holds the chances to go from i; a state whose
/// row holds nothing outside the diagonal is an end.
///
/// # Errors
/// If the matrix is not square, too large or has a negative entry, or if some state does not lead to any end.
pub fn absorption(chain: &DenseMatrix) -> Result<Absorption, String> {
    check(chain)?;
    let all = 0..chain.rows();
    let leaves = |i: usize| all.clone().any(|j| j != i && chain[(i, j)] > 0.0);
    let ends: Vec<usize> = all.clone().filter(|&i| !leaves(i)).collect();
    let inner: Vec<usize> = all.clone().filter(|&i| leaves(i)).collect();
    // Columns: the inner states, the ends, and how long a visit lasts.
    let (n, width) = (inner.len(), inner.len() + ends.len() + 1);
    let mut work = DenseMatrix::filled(n.max(1), width, 0.0);
    for (row, &i) in inner.iter().enumerate() {
        for (column, &j) in inner.iter().chain(&ends).enumerate() {
            work[(row, column)] = chain[(i, j)];
        }
        work[(row, width - 1)] = 1.0;
    }
    for at in 0..n {
        // How often each visit is followed by one elsewhere that is not yet eliminated.
        let leaves: f64 = work.row(at)[at + 1..width - 1].iter().sum();
        if leaves <= 0.0 {
            return Err(format!("state {} does not lead to any state that is never left", inner[at]));
        }
        for cell in &mut work.row_mut(at)[at + 1..] {
            *cell /= leaves;
        }
        for i in at + 1..n {
            let (row, from) = work.two_rows(i, at);
            let share = row[at];
            for (to, chance) in row[at + 1..].iter_mut().zip(&from[at + 1..]) {
                *to += share * chance;
            }
        }
    }
    let mut chances = DenseMatrix::filled(chain.rows(), ends.len().max(1), 0.0);
    let mut steps = vec![0.0; chain.rows()];
    for (column, &end) in ends.iter().enumerate() {
        chances[(end, column)] = 1.0;
    }
    for at in (0..n).rev() {
        let row = work.row(at);
        let later = |of: &dyn Fn(usize) -> f64| -> f64 { (at + 1..n).map(|to| row[to] * of(inner[to])).sum() };
        for column in 0..ends.len() {
            chances[(inner[at], column)] = row[n + column] + later(&|to| chances[(to, column)]);
        }
        steps[inner[at]] = row[width - 1] + later(&|to| steps[to]);
    }
    Ok(Absorption { ends, chances, steps })
}

fn too_small() -> String {
    "a chance of the chain is below 1e-308".into()
}

fn check_size(chain: &DenseMatrix) -> Result<(), String> {
    chain.check_square()?;
    if chain.rows() > STATES_MAX {
        return Err(format!("a chain of {} states: expected at most {STATES_MAX}", chain.rows()));
    }
    Ok(())
}

fn check(chain: &DenseMatrix) -> Result<(), String> {
    check_size(chain)?;
    let wrong = |(place, chance): (usize, &f64)| (!(*chance >= 0.0 && chance.is_finite())).then_some(place);
    match chain.entries().iter().enumerate().find_map(wrong) {
        Some(place) => Err(format!(
            "the chance to go from state {} to state {} is {}: expected 0 or more",
            place / chain.rows(),
            place % chain.rows(),
            chain.entries()[place]
        )),
        None => Ok(()),
    }
}

/// The states of the only group that is never left, in order.
fn only_closed(states: usize, goes: impl Fn(usize, usize) -> bool) -> Result<Vec<usize>, String> {
    let groups = groups(states, &goes);
    let is_closed = |group: &&Vec<usize>| {
        let mut outside = vec![true; states];
        group.iter().for_each(|&state| outside[state] = false);
        !group.iter().any(|&i| (0..states).any(|j| outside[j] && goes(i, j)))
    };
    let mut closed: Vec<&Vec<usize>> = groups.iter().filter(is_closed).collect();
    closed.sort();
    match closed.as_slice() {
        [one, other, ..] => Err(format!(
            "the chain has several groups of states that it never leaves, {one:?} and {other:?} among them: where it \
             spends its time depends on where it starts"
        )),
        only => Ok(only.iter().flat_map(|group| group.iter().copied()).collect()),
    }
}

/// The groups of states that lead to each other, each in order, by Kosaraju's two searches.
pub fn groups(states: usize, goes: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut finished = Vec::with_capacity(states);
    let mut seen = vec![false; states];
    for start in 0..states {
        if !std::mem::replace(&mut seen[start], true) {
            let mut open = vec![(start, 0)];
            while let Some((at, tried)) = open.pop() {
                match (tried..states).find(|&to| !seen[to] && goes(at, to)) {
                    Some(to) => {
                        seen[to] = true;
                        open.extend([(at, to + 1), (to, 0)]);
                    }
                    None => finished.push(at),
                }
            }
        }
    }
    let mut found = Vec::new();
    let mut free = vec![true; states];
    for start in finished.into_iter().rev() {
        if std::mem::replace(&mut free[start], false) {
            let (mut group, mut next) = (vec![start], 0);
            while next < group.len() {
                let at = group[next];
                let back: Vec<usize> = (0..states).filter(|&from| free[from] && goes(from, at)).collect();
                back.iter().for_each(|&from| free[from] = false);
                group.extend(back);
                next += 1;
            }
            group.sort_unstable();
            found.push(group);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        let near = |(a, b): (&f64, &f64)| a == b || (a / b - 1.0).abs() < 1e-9;
        assert!(found.iter().zip(expected).all(near), "{found:?} where {expected:?} is expected");
    }

    /// Of the linear equations π P = π with 400 digits, by mpmath; in the last, by hand.
    #[test]
    fn tiny_chances_keep_their_digits() {
        let chain = DenseMatrix::from([
            [0.0, 1e-150, 0.3, 1e-80],
            [0.2, 0.0, 1e-170, 1e-9],
            [1e-120, 1e-60, 0.0, 0.5],
            [1e-30, 1e-3, 1e-20, 0.0],
        ]);
        let expected =
            [0.003_299_241_158_202_37, 0.004_948_861_737_303_555, 0.001_979_544_694_921_422, 0.989_772_352_409_572_7];
        close(&stationary(&chain).unwrap(), &expected);
        let chain = DenseMatrix::from([[0.0, 1e-290, 1e-300], [1e-5, 0.0, 1e-250], [1e-10, 1e-280, 0.0]]);
        close(&stationary(&chain).unwrap(), &[1.0, 1e-285, 1e-290]);
        close(&plain_stationary(&chain).unwrap(), &[1.0, 1e-285, 1e-290]);
        // The way to the last state is two chances long, whose product is below 1e-308.
        let chain = DenseMatrix::from([[0.0, 1e-160, 0.0], [0.5, 0.0, 1e-160], [1e-100, 0.5, 0.0]]);
        close(&stationary(&chain).unwrap()[..2], &[1.0, 2e-160]);
    }

    /// Of the same equations with 2,500 digits.
    #[test]
    fn logarithms_go_where_numbers_end() {
        let none = f64::NEG_INFINITY;
        let rates = DenseMatrix::from([[none, -2000.0, -1500.0], [-900.0, none, -2500.0], [-1300.0, -1000.0, none]]);
        let found = ln_stationary(&rates).unwrap();
        assert!(found[0].abs() < 1e-12);
        close(&found[1..], &[-600.0, -500.0]);
    }

    #[test]
    fn a_group_that_is_left_for_good_gets_nothing_and_two_that_are_not_are_refused() {
        let leaving = DenseMatrix::from([[0.5, 0.5, 0.0], [0.0, 0.75, 0.25], [0.0, 0.25, 0.75]]);
        close(&stationary(&leaving).unwrap(), &[0.0, 0.5, 0.5]);
        let apart = DenseMatrix::from([[1.0, 0.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]]);
        assert!(stationary(&apart).unwrap_err().contains("[0] and [2]"));
        assert!(stationary(&DenseMatrix::from([[-0.5, 1.5], [1.0, 0.0]])).unwrap_err().contains("state 0 to state 0"));
        assert!(stationary(&DenseMatrix::filled(5000, 1, 0.0)).unwrap_err().contains("5000"));
        let large = DenseMatrix::filled(STATES_MAX + 1, STATES_MAX + 1, 0.0);
        assert_eq!(stationary(&large).unwrap_err(), "a chain of 4097 states: expected at most 4096");
        assert_eq!(stationary(&DenseMatrix::from([[1.0]])).unwrap(), [1.0]);
    }

    /// The gambler's ruin: with p = 2/3, from i of 4, (1 − 2^−i)/(1 − 2^−4), and the duration of the game (Feller 1968,
    /// XIV.3).
    #[test]
    fn a_gambler_is_ruined_as_often_as_feller_says() {
        let mut chain = DenseMatrix::filled(5, 5, 0.0);
        (chain[(0, 0)], chain[(4, 4)]) = (1.0, 1.0);
        for i in 1..4 {
            // Half of the time nothing happens: twice the duration.
            (chain[(i, i + 1)], chain[(i, i)], chain[(i, i - 1)]) = (1.0 / 3.0, 0.5, 1.0 / 6.0);
        }
        let found = absorption(&chain).unwrap();
        assert_eq!(found.ends, [0, 4]);
        for i in 0..5 {
            let wins = (1.0 - 0.5f64.powi(i as i32)) / (1.0 - 0.5f64.powi(4));
            assert!((found.chances[(i, 1)] - wins).abs() < 1e-14 && (found.chances[(i, 0)] + wins - 1.0).abs() < 1e-14);
            let steps = 2.0 * (4.0 * wins - i as f64) / (2.0 / 3.0 - 1.0 / 3.0);
            assert!((found.steps[i] - steps).abs() < 1e-12, "{i}");
        }
        let round = DenseMatrix::from([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
        assert!(absorption(&round).unwrap_err().contains("does not lead"));
    }

    #[test]
    fn groups_are_the_states_that_lead_to_each_other() {
        let goes = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 5)];
        let mut found = groups(6, |i, j| goes.contains(&(i, j)));
        found.sort();
        assert_eq!(found, [vec![0, 1, 2], vec![3, 4], vec![5]]);
    }
}
