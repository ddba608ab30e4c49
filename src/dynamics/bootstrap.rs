//! Payoff matrices of types that were trained with several seeds, drawn again with replacement.
//!
//! The seed is what was drawn at random, so whole seeds are drawn again, each with everything it gets and gives:
//! entries are then as dependent as they are (Efron & Tibshirani 1993, chapters 8 and 13).

use super::matrix::DenseMatrix;

/// Most seeds of one type.
pub const SEEDS_MAX: usize = 1 << 16;
/// Most values that replicates may hold at once.
pub const VALUES_MAX: usize = 1 << 27;

/// Which pairs of seeds of one type count as the type against itself. A type of one seed always meets that seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagonal {
    /// Every pair, a seed against itself included.
    All,
    /// Pairs of two different seeds. If one seed alone was drawn, it meets itself.
    DifferentSeeds,
    /// Pairs of two different seeds. A replicate that drew one seed only has no value.
    OtherSeeds,
}

/// The payoffs of every seed of every type against every seed of every type.
#[derive(Clone, Debug, PartialEq)]
pub struct Seeds {
    counts: Vec<usize>,
    /// Of the ordered pair (a, b) at a · types + b: what each seed of a (row) gets from each seed of b (column).
    blocks: Vec<DenseMatrix>,
}

/// A percentile interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end; NaN if no replicate has a value.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Replicates without a value, which the interval leaves out.
    pub undefined: usize,
}

impl Seeds {
    /// Types with as many seeds each as `counts` says. `payoff` gives what seed i of type a gets from seed j of type b
    /// as `payoff(a, i, b, j)`.
    ///
    /// # Errors
    /// If a type has no seed or too many, or a payoff is not finite.
    pub fn new(counts: Vec<usize>, payoff: impl Fn(usize, usize, usize, usize) -> f64) -> Result<Self, String> {
        if let Some(of) = counts.iter().position(|count| !(1..=SEEDS_MAX).contains(count)) {
            return Err(format!("type {of} has {} seeds: expected 1 to {SEEDS_MAX}", counts[of]));
        }
        let all: usize = counts.iter().sum();
        if counts.is_empty() || all.saturating_mul(all) > VALUES_MAX {
            return Err(format!("{all} seeds of {} types: expected 1 to {VALUES_MAX} pairs", counts.len()));
        }
        let mut blocks = Vec::with_capacity(counts.len() * counts.len());
        for (a, &rows) in counts.iter().enumerate() {
            for (b, &columns) in counts.iter().enumerate() {
                let pairs = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
                let block = DenseMatrix::new(rows, columns, pairs.map(|(i, j)| payoff(a, i, b, j)).collect());
                blocks.push(block.map_err(|problem| format!("payoffs of type {a} against {b}: {problem}"))?);
            }
        }
        Ok(Self { counts, blocks })
    }

    /// Number of types.
    pub fn types(&self) -> usize {
        self.counts.len()
    }

    /// Number of seeds of each type.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Whether a bootstrap has anything to draw: some type has more than one seed.
    pub fn vary(&self) -> bool {
        self.counts.iter().any(|count| *count > 1)
    }

    /// The matrix over all seeds, each once: the estimate itself.
    pub fn mean(&self, diagonal: Diagonal) -> DenseMatrix {
        let once: Vec<Vec<f64>> = self.counts.iter().map(|&count| vec![1.0; count]).collect();
        let mut means = DenseMatrix::filled(self.types(), self.types(), 0.0);
        self.fill(&once, diagonal, &mut means);
        means
    }

    /// One replicate: draws as many seeds of each type as it has, with replacement, type after type. `draw(n)` draws
    /// evenly from 0..n; it is called for types of one seed too. Entries without a value are NaN.
    pub fn resample(&self, diagonal: Diagonal, draw: &mut impl FnMut(usize) -> usize) -> DenseMatrix {
        let drawn = |count: usize, draw: &mut dyn FnMut(usize) -> usize| {
            let mut times = vec![0.0; count];
            (0..count).for_each(|_| times[draw(count)] += 1.0);
            times
        };
        let times: Vec<Vec<f64>> = self.counts.iter().map(|&count| drawn(count, draw)).collect();
        let mut means = DenseMatrix::filled(self.types(), self.types(), 0.0);
        self.fill(&times, diagonal, &mut means);
        means
    }

    /// The mean of each block, where each seed counts as often as `times` says.
    fn fill(&self, times: &[Vec<f64>], diagonal: Diagonal, means: &mut DenseMatrix) {
        for a in 0..self.types() {
            for b in 0..self.types() {
                let block = &self.blocks[a * self.types() + b];
                let (mut sum, mut weights) = (0.0, 0.0);
                for (i, own) in times[a].iter().enumerate().filter(|(_, own)| **own > 0.0) {
                    for (j, (payoff, other)) in block.row(i).iter().zip(&times[b]).enumerate() {
                        let own_pair = a == b && i == j && self.counts[a] > 1;
                        let weight = match diagonal {
                            // Otherwise replicates would hold more of a seed against itself than the estimate does.
                            Diagonal::DifferentSeeds if own_pair && *own < self.counts[a] as f64 => 0.0,
                            Diagonal::OtherSeeds if own_pair => 0.0,
                            _ => own * other,
                        };
                        sum += weight * payoff;
                        weights += weight;
                    }
                }
                means[(a, b)] = sum / weights;
            }
        }
    }

    /// Percentile intervals of everything that `statistic` appends to its list, in its order, over `replicates`
    /// replicates. `draw` is as in [`Self::resample`]. A replicate with an entry without a value has NaN everywhere.
    ///
    /// # Errors
    /// If there are no replicates or too many values, `level` is not between 0 and 1, or the statistic refuses a
    /// matrix or gives a list of another length.
    pub fn intervals(
        &self,
        replicates: usize,
        level: f64,
        diagonal: Diagonal,
        mut draw: impl FnMut(usize) -> usize,
        mut statistic: impl FnMut(&DenseMatrix, &mut Vec<f64>) -> Result<(), String>,
    ) -> Result<Vec<Interval>, String> {
        if replicates == 0 || !(level > 0.0 && level < 1.0) {
            return Err(format!("intervals at level {level} from {replicates} replicates: expected 0 to 1, and some"));
        }
        let mut estimate = Vec::new();
        statistic(&self.mean(diagonal), &mut estimate)?;
        if estimate.len().saturating_mul(replicates) > VALUES_MAX {
            return Err(format!(
                "{replicates} replicates of {} values: expected at most {VALUES_MAX} values in all",
                estimate.len()
            ));
        }
        let mut columns = vec![Vec::with_capacity(replicates); estimate.len()];
        let mut values = Vec::with_capacity(estimate.len());
        for _ in 0..replicates {
            let matrix = self.resample(diagonal, &mut draw);
            values.clear();
            if matrix.entries().iter().any(|entry| entry.is_nan()) {
                values.resize(estimate.len(), f64::NAN);
            } else {
                statistic(&matrix, &mut values)?;
            }
            if values.len() != estimate.len() {
                return Err(format!("a statistic of {} values, and of {} before", values.len(), estimate.len()));
            }
            columns.iter_mut().zip(&values).for_each(|(column, value)| column.push(*value));
        }
        Ok(columns.iter_mut().map(|column| interval(column, level)).collect())
    }
}

/// The percentile interval of `values`, which are sorted; those that are NaN are left out and counted. Between two
/// values it is interpolated (type 7 of Hyndman & Fan 1996).
pub fn interval(values: &mut Vec<f64>, level: f64) -> Interval {
    let all = values.len();
    values.retain(|value| !value.is_nan());
    values.sort_by(f64::total_cmp);
    let at = |chance: f64| {
        let place = chance * (values.len() as f64 - 1.0);
        let (below, above) = (place.floor(), place.ceil());
        let [low, high] = [below, above].map(|place| values[place as usize]);
        // Two infinite values, or two alike, need no interpolation.
        if low == high { low } else { low + (place - below) * (high - low) }
    };
    let undefined = all - values.len();
    if values.is_empty() {
        return Interval { low: f64::NAN, high: f64::NAN, undefined };
    }
    Interval { low: at((1.0 - level) / 2.0), high: at((1.0 + level) / 2.0), undefined }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// Three seeds of the first type, one of the second; a payoff names its seeds.
    fn seeds() -> Seeds {
        Seeds::new(vec![3, 1], |a, i, b, j| (1000 * a + 100 * i + 10 * b + j) as f64).unwrap()
    }

    #[test]
    fn a_replicate_is_the_mean_over_the_seeds_drawn() {
        let seeds = seeds();
        // Seeds 2, 0, 2 of the first type, 0 of the second.
        let mut draws = [2usize, 0, 2, 0].into_iter();
        let found = seeds.resample(Diagonal::All, &mut |_| draws.next().unwrap());
        let drawn = [2.0, 0.0, 2.0];
        let mean: f64 = drawn.iter().flat_map(|i| drawn.iter().map(move |j| 100.0 * i + j)).sum::<f64>() / 9.0;
        assert!((found[(0, 0)] - mean).abs() < 1e-12);
        assert!((found[(0, 1)] - (100.0 * 4.0 / 3.0 + 10.0)).abs() < 1e-12);
        assert_eq!(found[(1, 1)], 1010.0);
        assert_eq!(draws.next(), None);
    }

    #[test]
    fn the_caller_says_what_counts_as_a_type_against_itself() {
        let seeds = seeds();
        let with = |diagonal, drawn: [usize; 4]| {
            let mut draws = drawn.into_iter();
            seeds.resample(diagonal, &mut |_| draws.next().unwrap())[(0, 0)]
        };
        // Draws 2, 0, 2: seed 2 against seed 0, and the other way round.
        assert!((with(Diagonal::DifferentSeeds, [2, 0, 2, 0]) - (200.0 + 2.0) / 2.0).abs() < 1e-12);
        assert!((with(Diagonal::OtherSeeds, [2, 0, 2, 0]) - (200.0 + 2.0) / 2.0).abs() < 1e-12);
        assert_eq!(with(Diagonal::DifferentSeeds, [1, 1, 1, 0]), 101.0);
        assert!(with(Diagonal::OtherSeeds, [1, 1, 1, 0]).is_nan());
        assert!((seeds.mean(Diagonal::OtherSeeds)[(0, 0)] - 101.0).abs() < 1e-12);
        assert_eq!(seeds.mean(Diagonal::OtherSeeds)[(1, 1)], 1010.0);
    }

    #[test]
    fn replicates_hold_as_little_of_a_seed_against_itself_as_the_estimate() {
        // A seed gets 3 from itself and nothing from the nine others.
        let seeds = Seeds::new(vec![10], |_, i, _, j| if i == j { 3.0 } else { 0.0 }).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for _ in 0..200 {
            assert_eq!(seeds.resample(Diagonal::DifferentSeeds, &mut |n| rng.random_range(0..n))[(0, 0)], 0.0);
        }
    }

    #[test]
    fn intervals_leave_out_what_has_no_value_and_say_so() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let found = seeds().intervals(
            3000,
            0.95,
            Diagonal::OtherSeeds,
            |n| rng.random_range(0..n),
            |matrix, values| {
                values.extend([matrix[(0, 1)], matrix[(1, 1)]]);
                Ok(())
            },
        );
        let found = found.unwrap();
        // All three draws alike: 1/9 of 3,000, standard error 17; beyond 4.5 of them once in 150,000 seeds.
        assert!((found[0].undefined as f64 - 3000.0 / 9.0).abs() < 4.5 * 17.3, "{found:?}");
        // Without the three replicates of one seed alone, the lowest mean is of seeds 0, 0, 1.
        assert!(
            (found[0].low - (10.0 + 100.0 / 3.0)).abs() < 1e-9 && (found[0].high - (10.0 + 500.0 / 3.0)).abs() < 1e-9
        );
        assert_eq!((found[1].low, found[1].high), (1010.0, 1010.0));
    }

    /// The mean of 30 normal values: the interval of 2,000 replicates is 1.96 standard errors wide on each side, less a
    /// thirtieth or so.
    #[test]
    fn an_interval_is_as_wide_as_the_standard_error_says() {
        let values: Vec<f64> = (0..30).map(|i| (f64::from(i * 7 % 30) - 14.5) / 8.66).collect();
        let seeds = Seeds::new(vec![30, 1], |a, i, b, _| if a == 0 && b == 1 { values[i] } else { 0.0 }).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let draw = |n: usize| rng.random_range(0..n);
        let found = seeds.intervals(4000, 0.95, Diagonal::All, draw, |matrix, out| {
            out.push(matrix[(0, 1)]);
            Ok(())
        });
        let error = (values.iter().map(|value| value * value).sum::<f64>() / 30.0 / 30.0).sqrt();
        let [found] = found.unwrap()[..] else { panic!("one interval") };
        assert!((found.high / (1.96 * error) - 1.0).abs() < 0.1 && (found.low / (1.96 * error) + 1.0).abs() < 0.1);
    }

    #[test]
    fn percentiles_are_those_of_type_seven() {
        let mut values = vec![4.0, 1.0, f64::NAN, 3.0, 2.0, 5.0];
        assert_eq!(interval(&mut values, 0.5), Interval { low: 2.0, high: 4.0, undefined: 1 });
        let mut values = vec![0.0, 1.0];
        let found = interval(&mut values, 0.95);
        assert!((found.low - 0.025).abs() < 1e-15 && (found.high - 0.975).abs() < 1e-15);
        assert!(interval(&mut vec![f64::NAN], 0.95).low.is_nan());
    }

    #[test]
    fn too_much_and_too_little_are_refused() {
        assert!(Seeds::new(vec![2, 0], |_, _, _, _| 0.0).unwrap_err().contains("type 1 has 0 seeds"));
        assert!(Seeds::new(vec![1], |_, _, _, _| f64::NAN).unwrap_err().contains("type 0 against 0"));
        let one = seeds();
        let intervals = |replicates, level| {
            one.intervals(
                replicates,
                level,
                Diagonal::All,
                |_| 0,
                |_, out| {
                    out.push(0.0);
                    Ok(())
                },
            )
        };
        assert!(intervals(0, 0.95).unwrap_err().contains("0 replicates"));
        assert!(intervals(1, 1.0).unwrap_err().contains("level 1"));
        assert!(intervals(usize::MAX, 0.9).unwrap_err().contains("at most"));
        assert!(one.vary() && one.counts() == [3, 1]);
    }
}
