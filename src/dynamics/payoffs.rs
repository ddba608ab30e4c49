//! What agents of each type are paid: by a matrix of games between two, or by a table of symmetric games between more.

use super::compositions::{self, Compositions};
use super::matrix::DenseMatrix;

/// Most players of a table.
pub const PLAYERS_MAX: usize = 32;
/// Most payoffs of a table.
pub const TABLE_MAX: usize = 1 << 20;

/// The payoffs of a symmetric game between agents of several types.
pub trait Payoffs {
    /// Number of types.
    fn types(&self) -> usize;

    /// Players of one game.
    fn players(&self) -> usize;

    /// Mean payoffs of one agent of type `pair[0]` and of one of type `pair[1]` in a population of `population`, of
    /// which `count` are of the first type and all others of the second. Nobody meets itself: groups are drawn from
    /// the others without replacement. The number of an agent that does not exist (`count` 0, or everything) means
    /// nothing.
    fn pair(&self, pair: [usize; 2], count: usize, population: usize) -> [f64; 2];

    /// Writes the mean payoff of each type to `means`, where `counts` says how many agents there are of each; nobody
    /// meets itself. A type without agents gets 0.
    fn finite(&self, counts: &[u32], means: &mut [f64]);

    /// Writes the mean payoff of each type to `means`, in an infinite population with these `shares`.
    fn expected(&self, shares: &[f64], means: &mut [f64]);

    /// Writes how much the mean payoff of type i grows with the share of type j to entry (i, j), shares taken as free
    /// of each other.
    fn slopes(&self, shares: &[f64], slopes: &mut DenseMatrix);

    /// The matrix of a game between two, `None` for more players.
    fn matrix(&self) -> Option<&DenseMatrix>;

    /// What each of two types gets with 0, 1, …, n − 1 players of the first type among its n − 1 others.
    fn contest(&self, first: usize, second: usize) -> [Vec<f64>; 2];

    /// The largest distance of a payoff from 0.
    fn greatest(&self) -> f64;

    /// The lowest payoff.
    fn least(&self) -> f64;
}

impl Payoffs for DenseMatrix {
    fn types(&self) -> usize {
        self.rows()
    }

    fn players(&self) -> usize {
        2
    }

    fn pair(&self, [a, b]: [usize; 2], count: usize, population: usize) -> [f64; 2] {
        let (k, m, others) = (count as f64, (population - count) as f64, (population - 1) as f64);
        [((k - 1.0) * self[(a, a)] + m * self[(a, b)]) / others, (k * self[(b, a)] + (m - 1.0) * self[(b, b)]) / others]
    }

    fn finite(&self, counts: &[u32], means: &mut [f64]) {
        let others = counts.iter().sum::<u32>() as f64 - 1.0;
        for (i, mean) in means.iter_mut().enumerate() {
            let met = |j: usize| f64::from(counts[j]) - f64::from(u8::from(i == j));
            let sum: f64 = self.row(i).iter().enumerate().map(|(j, payoff)| met(j) * payoff).sum();
            *mean = if counts[i] == 0 { 0.0 } else { sum / others };
        }
    }

    fn expected(&self, shares: &[f64], means: &mut [f64]) {
        for (i, mean) in means.iter_mut().enumerate() {
            *mean = self.row(i).iter().zip(shares).map(|(payoff, share)| payoff * share).sum();
        }
    }

    fn slopes(&self, _: &[f64], slopes: &mut DenseMatrix) {
        slopes.entries_mut().copy_from_slice(self.entries());
    }

    fn matrix(&self) -> Option<&DenseMatrix> {
        Some(self)
    }

    fn contest(&self, first: usize, second: usize) -> [Vec<f64>; 2] {
        [first, second].map(|own| vec![self[(own, second)], self[(own, first)]])
    }

    fn greatest(&self) -> f64 {
        DenseMatrix::greatest(self)
    }

    fn least(&self) -> f64 {
        self.entries().iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// The payoffs of a symmetric game between n players of s types: what a player of each type gets beside n − 1 others,
/// given how many of these are of each type.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    players: usize,
    /// Compositions of the n − 1 others.
    others: Compositions,
    /// In how many orders each composition of the others can come.
    orders: Vec<f64>,
    /// Compositions of n − 2 others, with their orders, and the place that each has with one more of each type.
    fewer: Vec<(Vec<u32>, f64, Vec<usize>)>,
    /// Row: own type; column: composition of the others.
    payoffs: DenseMatrix,
}

impl Table {
    /// The table of a game between `players` of `types` types. `payoff` gives what a player of a type gets beside
    /// others, of which it is told how many are of each type.
    ///
    /// # Errors
    /// If the numbers of players or payoffs are out of bounds, or a payoff is not finite.
    pub fn new(types: usize, players: usize, payoff: impl Fn(usize, &[u32]) -> f64) -> Result<Self, String> {
        if !(2..=PLAYERS_MAX).contains(&players) {
            return Err(format!("a table of games between {players} players: expected 2 to {PLAYERS_MAX}"));
        }
        let columns = compositions::count(players - 1, types);
        if columns.checked_mul(types).is_none_or(|payoffs| payoffs == 0 || payoffs > TABLE_MAX) {
            return Err(format!("{types} types in games between {players}: expected at most {TABLE_MAX} payoffs"));
        }
        let others = Compositions::new(players - 1, types)?;
        let entries = (0..types).flat_map(|own| others.iter().map(move |counts| (own, counts)));
        let payoffs = DenseMatrix::new(types, columns, entries.map(|(own, counts)| payoff(own, counts)).collect())?;
        let orders = others.iter().map(orders).collect();
        let with = |counts: &[u32], more: usize| others.place(|part| counts[part] as usize + usize::from(part == more));
        let fewer = Compositions::new(players - 2, types)?;
        let fewer = fewer
            .iter()
            .map(|counts| (counts.to_vec(), self::orders(counts), (0..types).map(|more| with(counts, more)).collect()));
        Ok(Self { players, fewer: fewer.collect(), orders, payoffs, others })
    }

    /// The compositions of others, in the order of the columns of [`Table::entries`].
    pub fn others(&self) -> &Compositions {
        &self.others
    }

    /// Row: own type; column: composition of the others.
    pub fn entries(&self) -> &DenseMatrix {
        &self.payoffs
    }

    /// What a player of type `own` gets beside others, of which `others` says how many are of each type.
    pub fn payoff(&self, own: usize, others: &[u32]) -> f64 {
        self.payoffs[(own, self.others.place(|part| others[part] as usize))]
    }
}

/// In how many orders a composition can come: the multinomial coefficient.
fn orders(counts: &[u32]) -> f64 {
    let mut total = 0;
    let mut product = 1.0;
    for &count in counts {
        total += count;
        product *= choose(f64::from(total), count);
    }
    product
}

/// Ways to choose `taken` of `of`; 0 if there are not enough.
fn choose(of: f64, taken: u32) -> f64 {
    (0..taken).map(|k| ((of - f64::from(k)) / f64::from(k + 1)).max(0.0)).product()
}

/// The chance of each composition of independent draws, without its orders.
fn chance(counts: &[u32], shares: &[f64]) -> f64 {
    counts.iter().zip(shares).map(|(count, share)| share.powi(*count as i32)).product()
}

impl Payoffs for Table {
    fn types(&self) -> usize {
        self.payoffs.rows()
    }

    fn players(&self) -> usize {
        self.players
    }

    fn pair(&self, [a, b]: [usize; 2], count: usize, population: usize) -> [f64; 2] {
        let drawn = self.players as u32 - 1;
        let all = choose(population as f64 - 1.0, drawn);
        // Among the others are these many of the first and of the second type.
        let mean = |own: usize, first: f64, second: f64| {
            let fits = |of_first: &u32| f64::from(*of_first) <= first && f64::from(drawn - of_first) <= second;
            let term = |of_first: u32| {
                let place = self.others.place(|part| {
                    of_first as usize * usize::from(part == a) + (drawn - of_first) as usize * usize::from(part == b)
                });
                choose(first, of_first) * choose(second, drawn - of_first) / all * self.payoffs[(own, place)]
            };
            (0..=drawn).filter(fits).map(term).sum()
        };
        let (k, m) = (count as f64, (population - count) as f64);
        [mean(a, k - 1.0, m), mean(b, k, m - 1.0)]
    }

    fn finite(&self, counts: &[u32], means: &mut [f64]) {
        let population: u32 = counts.iter().sum();
        let all = choose(f64::from(population) - 1.0, self.players as u32 - 1);
        for (own, mean) in means.iter_mut().enumerate() {
            let left = |part: usize| f64::from(counts[part]) - f64::from(u8::from(part == own));
            let ways = |drawn: &[u32]| -> f64 {
                drawn.iter().enumerate().map(|(part, &taken)| choose(left(part), taken)).product()
            };
            let sum: f64 = self.others.iter().zip(self.payoffs.row(own)).map(|(drawn, pay)| ways(drawn) * pay).sum();
            *mean = if counts[own] == 0 { 0.0 } else { sum / all };
        }
    }

    fn expected(&self, shares: &[f64], means: &mut [f64]) {
        means.fill(0.0);
        for (place, (counts, orders)) in self.others.iter().zip(&self.orders).enumerate() {
            let chance = orders * chance(counts, shares);
            for (own, mean) in means.iter_mut().enumerate() {
                *mean += chance * self.payoffs[(own, place)];
            }
        }
    }

    fn slopes(&self, shares: &[f64], slopes: &mut DenseMatrix) {
        slopes.entries_mut().fill(0.0);
        for (counts, orders, with) in &self.fewer {
            let weight = (self.players - 1) as f64 * orders * chance(counts, shares);
            for own in 0..self.types() {
                for (more, place) in with.iter().enumerate() {
                    slopes[(own, more)] += weight * self.payoffs[(own, *place)];
                }
            }
        }
    }

    fn matrix(&self) -> Option<&DenseMatrix> {
        None
    }

    fn contest(&self, first: usize, second: usize) -> [Vec<f64>; 2] {
        let drawn = self.players - 1;
        let place = |of_first: usize| {
            self.others
                .place(|part| of_first * usize::from(part == first) + (drawn - of_first) * usize::from(part == second))
        };
        [first, second].map(|own| (0..=drawn).map(|of_first| self.payoffs[(own, place(of_first))]).collect())
    }

    fn greatest(&self) -> f64 {
        DenseMatrix::greatest(&self.payoffs)
    }

    fn least(&self) -> f64 {
        Payoffs::least(&self.payoffs)
    }
}

/// Refuses payoffs among other numbers of types than one can compute with, and types that do not exist.
///
/// # Errors
/// If a matrix is not square, or one of `types` is not there.
pub fn check(game: &impl Payoffs, types: &[usize]) -> Result<(), String> {
    if let Some(matrix) = game.matrix() {
        matrix.check_square()?;
    }
    match types.iter().find(|&&of| of >= game.types()) {
        Some(of) => Err(format!("type {of}: there are {}, counted from 0", game.types())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix as a table of games between two.
    fn as_table(matrix: &DenseMatrix) -> Table {
        let met = |counts: &[u32]| counts.iter().position(|count| *count == 1).unwrap();
        Table::new(matrix.rows(), 2, |own, others| matrix[(own, met(others))]).unwrap()
    }

    #[test]
    fn a_table_of_two_players_is_the_matrix() {
        let matrix = DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]]);
        let table = as_table(&matrix);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-13);
        for (pair, count) in [([0, 1], 1), ([1, 2], 7), ([2, 0], 19)] {
            assert!(close(&matrix.pair(pair, count, 20), &table.pair(pair, count, 20)));
            assert_eq!(matrix.contest(pair[0], pair[1]), table.contest(pair[0], pair[1]));
        }
        let (mut a, mut b) = ([0.0; 3], [0.0; 3]);
        for counts in [[3, 4, 5], [0, 1, 5], [1, 0, 1]] {
            matrix.finite(&counts, &mut a);
            table.finite(&counts, &mut b);
            assert!(close(&a, &b), "{a:?} {b:?}");
        }
        matrix.expected(&[0.2, 0.3, 0.5], &mut a);
        table.expected(&[0.2, 0.3, 0.5], &mut b);
        assert!(close(&a, &b));
        let mut slopes = DenseMatrix::filled(3, 3, 0.0);
        table.slopes(&[0.2, 0.3, 0.5], &mut slopes);
        assert!(close(slopes.entries(), matrix.entries()));
    }

    /// A public good: everyone who gives pays 1, and each of n players gets r/n of what is given.
    fn public_good(players: usize, factor: f64) -> Table {
        let share = factor / players as f64;
        Table::new(2, players, |own, others| {
            let givers = others[0] + u32::from(own == 0);
            share * f64::from(givers) - f64::from(u8::from(own == 0))
        })
        .unwrap()
    }

    /// In a public good, means are linear in the expected number of givers among the others, so they follow by hand.
    #[test]
    fn groups_are_drawn_without_oneself() {
        let (n, r, population) = (5usize, 3.0, 12usize);
        let game = public_good(n, r);
        for givers in 1..population {
            let [give, keep] = game.pair([0, 1], givers, population);
            let beside = |others: usize| (n - 1) as f64 * others as f64 / (population - 1) as f64;
            let share = r / n as f64;
            assert!((give - (share * (beside(givers - 1) + 1.0) - 1.0)).abs() < 1e-12, "{givers}");
            assert!((keep - share * beside(givers)).abs() < 1e-12, "{givers}");
            let mut means = [0.0; 2];
            game.finite(&[givers as u32, (population - givers) as u32], &mut means);
            assert!((means[0] - give).abs() < 1e-12 && (means[1] - keep).abs() < 1e-12);
        }
        let mut means = [0.0; 2];
        game.expected(&[0.25, 0.75], &mut means);
        assert!((means[1] - 0.6 * 1.0).abs() < 1e-12 && (means[0] - (0.6 * 2.0 - 1.0)).abs() < 1e-12, "{means:?}");
    }

    #[test]
    fn slopes_are_the_differences_of_expected_payoffs() {
        let game = Table::new(3, 4, |own, others| {
            (own as f64 + 1.0) * f64::from(others[0]).powi(2) - f64::from(others[1] * others[2]) + own as f64
        })
        .unwrap();
        let (at, step) = ([0.2, 0.3, 0.5], 1e-6);
        let mut slopes = DenseMatrix::filled(3, 3, 0.0);
        game.slopes(&at, &mut slopes);
        for j in 0..3 {
            let shifted = |by: f64| {
                let (mut x, mut means) = (at, [0.0; 3]);
                x[j] += by;
                game.expected(&x, &mut means);
                means
            };
            let (above, below) = (shifted(step), shifted(-step));
            for i in 0..3 {
                let slope = (above[i] - below[i]) / (2.0 * step);
                assert!((slopes[(i, j)] - slope).abs() < 1e-7, "{i} {j}");
            }
        }
    }

    #[test]
    fn tables_out_of_bounds_are_refused() {
        assert!(Table::new(2, 1, |_, _| 0.0).unwrap_err().contains("2 to 32"));
        assert!(Table::new(0, 2, |_, _| 0.0).is_err());
        assert!(Table::new(30, 12, |_, _| 0.0).unwrap_err().contains("at most"));
        assert!(Table::new(2, 2, |_, _| f64::NAN).is_err());
        assert!(check(&DenseMatrix::filled(2, 2, 0.0), &[2]).unwrap_err().contains("type 2"));
    }
}
