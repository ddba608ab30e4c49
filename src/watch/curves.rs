//! The columns of a table over its ticks, by population, in a bounded number of points.

/// The most points of a curve: more than a terminal has columns.
const POINTS_MAX: usize = 512;
/// The most populations that have curves.
pub const POPULATIONS_MAX: usize = 26;

/// The means of every number of a table over its ticks and populations. A point stands for one recorded tick, and for
/// twice as many whenever there would be too many points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    columns: Vec<String>,
    populations: Vec<Curve>,
    /// The last tick of each point.
    ticks: Vec<u64>,
    /// Recorded ticks of a point.
    per_point: usize,
    /// Recorded ticks so far.
    recorded: usize,
    last: Option<u64>,
    /// Whether rows were left out because there are too many populations.
    is_cut: bool,
}

/// The curves of a population.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// Sum and number of values, by column and point.
    sums: Vec<Vec<(f64, f64)>>,
}

impl Curves {
    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The populations, in the order of their first rows.
    pub fn populations(&self) -> &[Curve] {
        &self.populations
    }

    /// Whether there are more populations than have curves.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The last tick that has a row.
    pub fn last_tick(&self) -> Option<u64> {
        self.last
    }

    /// The points of a column of population number `population`, as (tick, mean); NaN where there is no value.
    pub fn points(&self, population: usize, column: usize) -> Vec<(f64, f64)> {
        let sums = &self.populations[population].sums[column];
        let mean = |point: usize| sums.get(point).map_or(f64::NAN, |(sum, count)| sum / count);
        self.ticks.iter().enumerate().map(|(point, &tick)| (tick as f64, mean(point))).collect()
    }

    /// Whether a column has a value anywhere.
    pub fn has_values(&self, column: usize) -> bool {
        self.populations.iter().any(|curve| curve.sums[column].iter().any(|(_, count)| *count > 0.0))
    }

    /// Adds a row: `values` by column, NaN where there is none. All rows have the same `columns`.
    pub(super) fn add<'a>(
        &mut self,
        tick: u64,
        population: &str,
        columns: impl Iterator<Item = &'a str>,
        values: &[f64],
    ) {
        if self.columns.is_empty() {
            self.columns = columns.map(String::from).collect();
            self.per_point = 1;
        }
        if self.last != Some(tick) {
            self.next(tick);
        }
        let point = self.ticks.len() - 1;
        let Some(number) = self.of(population) else { return };
        for (sums, value) in self.populations[number].sums.iter_mut().zip(values) {
            if sums.len() <= point {
                sums.resize(point + 1, (0.0, 0.0));
            }
            if value.is_finite() {
                let (sum, count) = &mut sums[point];
                (*sum, *count) = (*sum + value, *count + 1.0);
            }
        }
    }

    /// Makes room for another recorded tick.
    fn next(&mut self, tick: u64) {
        self.last = Some(tick);
        if self.recorded / self.per_point == POINTS_MAX {
            self.halve();
        }
        let point = self.recorded / self.per_point;
        self.recorded += 1;
        match self.ticks.get_mut(point) {
            Some(last) => *last = tick,
            None => self.ticks.push(tick),
        }
    }

    /// Joins every two neighbouring points.
    fn halve(&mut self) {
        self.per_point *= 2;
        self.ticks = self.ticks.chunks(2).map(|pair| pair[pair.len() - 1]).collect();
        for sums in self.populations.iter_mut().flat_map(|curve| &mut curve.sums) {
            let joined = sums.chunks(2).map(|pair| pair.iter().fold((0.0, 0.0), |(a, n), (b, m)| (a + b, n + m)));
            *sums = joined.collect();
        }
    }

    fn of(&mut self, name: &str) -> Option<usize> {
        let known = self.populations.iter().position(|curve| curve.name == name);
        if known.is_none() && self.populations.len() == POPULATIONS_MAX {
            self.is_cut = true;
            return None;
        }
        Some(known.unwrap_or_else(|| {
            self.populations.push(Curve { name: name.to_owned(), sums: vec![Vec::new(); self.columns.len()] });
            self.populations.len() - 1
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(curves: &mut Curves, tick: u64, population: &str, value: f64) {
        curves.add(tick, population, ["x"].into_iter(), &[value]);
    }

    #[test]
    fn members_are_averaged_and_gaps_stay() {
        let mut curves = Curves::default();
        for (tick, population, value) in
            [(0, "a", 1.0), (0, "a", 0.0), (0, "b", 0.25), (1, "a", f64::NAN), (2, "a", 1.0)]
        {
            add(&mut curves, tick, population, value);
        }
        let points = curves.points(0, 0);
        assert_eq!((points[0], points[2]), ((0.0, 0.5), (2.0, 1.0)));
        assert!(points[1].1.is_nan() && curves.points(1, 0)[2].1.is_nan());
        assert!(curves.has_values(0) && curves.last_tick() == Some(2));
    }

    #[test]
    fn a_long_run_keeps_few_points_and_many_populations_few_curves() {
        let mut curves = Curves::default();
        for tick in 0..100_000 {
            add(&mut curves, tick, "a", tick as f64);
        }
        let points = curves.points(0, 0);
        assert!((POINTS_MAX / 2..=POINTS_MAX).contains(&points.len()), "{}", points.len());
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        assert_eq!(points.last().unwrap().0, 99_999.0);
        for number in 0..100 {
            add(&mut curves, 100_000, &format!("p{number}"), 1.0);
        }
        assert!(curves.populations().len() == POPULATIONS_MAX && curves.is_cut());
    }
}
