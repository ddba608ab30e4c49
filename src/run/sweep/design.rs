//! Which levels go together: the cells of a design.

use super::factor::Factor;
use crate::run::Factors;
use crate::text::advice;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// More runs than this are a typing error.
pub const RUNS_MAX: u64 = 10_000;

/// How levels are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DesignKind {
    /// Every level of a factor with every level of the others.
    #[default]
    Full,
    /// The first levels of all factors, the second levels, and so on.
    SideBySide,
    /// Samples that are spread evenly over each factor's range: a Latin hypercube (McKay, Beckman & Conover 1979).
    Latin,
}

impl DesignKind {
    const NAMES: [(Self, &'static str); 3] =
        [(Self::Full, "full"), (Self::SideBySide, "paired"), (Self::Latin, "latin")];
}

impl fmt::Display for DesignKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(kind, _)| kind == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

impl FromStr for DesignKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind);
        let names = Self::NAMES.map(|(_, name)| name);
        found.ok_or_else(|| format!("no design is called `{text}`; {}", advice(text, &names).unwrap_or_default()))
    }
}

/// Factors, and how their levels are combined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// The factors in the order given; without any, the design has one cell, in which nothing is varied.
    pub factors: Vec<Factor>,
    /// How levels are combined.
    pub kind: DesignKind,
    /// Number of cells of a Latin design.
    pub samples: Option<u32>,
}

impl Design {
    /// The design of one cell, in which nothing is varied.
    pub fn plain() -> Self {
        Self { factors: Vec::new(), kind: DesignKind::Full, samples: None }
    }

    /// The cells, for a sweep in which each has `seeds` runs. `seed` is that of the draws of a Latin design.
    ///
    /// # Errors
    /// If the factors do not fit together, or the design, or there are too many runs.
    pub fn cells(&self, seeds: u64, seed: u64) -> Result<Vec<Factors>, String> {
        self.check()?;
        let columns = match (self.kind, self.samples) {
            (DesignKind::Latin, Some(samples)) => {
                bounded(Some(u64::from(samples)), seeds)?;
                let numbered = self.factors.iter().zip(0..);
                let spread = |(factor, number): (&Factor, u32)| factor.spread(samples as usize, number, seed);
                numbered.map(spread).collect::<Result<Vec<_>, String>>()?
            }
            _ => self.factors.iter().map(Factor::levels).collect::<Result<Vec<_>, String>>()?,
        };
        let rows = match self.kind {
            DesignKind::Full => {
                let count = columns.iter().try_fold(1_u64, |count, levels| count.checked_mul(levels.len() as u64));
                bounded(count, seeds)?;
                all_combinations(&columns)
            }
            DesignKind::SideBySide | DesignKind::Latin => self.side_by_side(&columns, seeds)?,
        };
        let paths = || self.factors.iter().map(|factor| factor.path.clone());
        let cells: Vec<Factors> = rows.into_iter().map(|values| Factors(paths().zip(values).collect())).collect();
        check_that_they_differ(&cells)?;
        Ok(cells)
    }

    fn check(&self) -> Result<(), String> {
        for (index, factor) in self.factors.iter().enumerate() {
            if self.factors[..index].iter().any(|other| other.field() == factor.field()) {
                return Err(format!("`{}` is varied twice; write all its values into one --vary", factor.field()));
            }
        }
        if self.factors.is_empty() && (self.kind != DesignKind::Full || self.samples.is_some()) {
            return Err(format!(
                "a design of the kind {} varies fields; name them with --vary PATH=VALUES, or leave --design and --samples \
                 out",
                self.kind
            ));
        }
        match (self.kind, self.samples) {
            (DesignKind::Latin, None) => Err("--design latin needs --samples, the number of cells".into()),
            (DesignKind::Latin, Some(0)) => Err("--samples must be at least 1".into()),
            (DesignKind::Full | DesignKind::SideBySide, Some(_)) => Err(
                "--samples is the number of cells of --design latin; the cells of other designs are given by their values"
                    .into(),
            ),
            _ => Ok(()),
        }
    }

    /// The first values of all columns, the second ones, and so on.
    fn side_by_side(&self, columns: &[Vec<String>], seeds: u64) -> Result<Vec<Vec<String>>, String> {
        let count = columns.first().map_or(1, Vec::len);
        if columns.iter().any(|column| column.len() != count) {
            let lengths =
                self.factors.iter().zip(columns).map(|(factor, column)| format!("{}: {}", factor.path, column.len()));
            let lengths = lengths.collect::<Vec<_>>().join(", ");
            return Err(format!("--design paired needs the same number of values for each field ({lengths})"));
        }
        bounded(Some(count as u64), seeds)?;
        Ok((0..count).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect())
    }
}

/// Refuses more runs than [`RUNS_MAX`].
fn bounded(cells: Option<u64>, seeds: u64) -> Result<(), String> {
    match cells.and_then(|cells| cells.checked_mul(seeds)) {
        Some(runs) if runs <= RUNS_MAX => Ok(()),
        Some(runs) => Err(format!("the design has {runs} runs; expected at most {RUNS_MAX}")),
        None => Err(format!("the design has more runs than can be counted; expected at most {RUNS_MAX}")),
    }
}

/// Every value of each column with every value of the others, the last column moving fastest.
fn all_combinations(columns: &[Vec<String>]) -> Vec<Vec<String>> {
    columns.iter().fold(vec![Vec::new()], |rows, column| {
        let longer = |row: &Vec<String>| {
            column.iter().map(|value| [row.as_slice(), std::slice::from_ref(value)].concat()).collect()
        };
        rows.iter().flat_map(|row| -> Vec<Vec<String>> { longer(row) }).collect()
    })
}

/// Refuses cells that are the same, and cells whose folders some file systems take for the same.
fn check_that_they_differ(cells: &[Factors]) -> Result<(), String> {
    let alike = |value: &String| {
        let plain = value.trim_matches('"').to_lowercase();
        // Numbers written in two ways are one number; -0 is 0.
        plain.parse::<f64>().map_or(plain, |number| format!("{:?}", number + 0.0))
    };
    let mut seen: BTreeMap<Vec<String>, &Factors> = BTreeMap::new();
    for cell in cells {
        let key = cell.0.iter().map(|(_, value)| alike(value)).collect();
        if let Some(other) = seen.insert(key, cell) {
            return Err(match other == cell {
                true => format!("{cell} is in the design twice"),
                false => format!("{other} and {cell} are the same, or differ only in letter case"),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(kind: DesignKind, samples: Option<u32>, factors: &[&str]) -> Design {
        Design { factors: factors.iter().map(|text| text.parse().unwrap()).collect(), kind, samples }
    }

    fn shown(design: &Design) -> Vec<String> {
        design.cells(1, 7).unwrap().iter().map(Factors::to_string).collect()
    }

    #[test]
    fn levels_are_combined_as_the_design_says() {
        let factors = ["noise=0,0.05", "ticks=2..4"];
        assert_eq!(
            shown(&design(DesignKind::Full, None, &factors)),
            [
                "noise=0, ticks=2",
                "noise=0, ticks=3",
                "noise=0, ticks=4",
                "noise=0.05, ticks=2",
                "noise=0.05, ticks=3",
                "noise=0.05, ticks=4"
            ]
        );
        let pairs = shown(&design(DesignKind::SideBySide, None, &["noise=0,0.05", "ticks=2,9"]));
        assert_eq!(pairs, ["noise=0, ticks=2", "noise=0.05, ticks=9"]);
        let latin = design(DesignKind::Latin, Some(5), &["noise=0..1", "lr=1e-4..1e-2"]);
        assert_eq!(shown(&latin).len(), 5);
        assert_eq!(latin.cells(1, 7), latin.cells(1, 7));
        assert_ne!(latin.cells(1, 7), latin.cells(1, 8));
        assert_eq!(Design::plain().cells(3, 7), Ok(vec![Factors::default()]));
    }

    #[test]
    fn what_is_no_design_is_refused() {
        let full = |factors: &[&str]| design(DesignKind::Full, None, factors);
        let cases = [
            (full(&["noise=0", "noise=1"]), "varied twice"),
            (full(&["noise=0", "noise:=1"]), "varied twice"),
            (design(DesignKind::Latin, Some(5), &[]), "--vary PATH=VALUES"),
            (design(DesignKind::SideBySide, None, &[]), "--vary PATH=VALUES"),
            (design(DesignKind::Full, Some(5), &[]), "--vary PATH=VALUES"),
            (full(&["noise=0,0"]), "twice"),
            (full(&["noise=0.5,0.50"]), "the same"),
            (full(&["noise=0,-0.0"]), "the same"),
            (full(&["x=a,A"]), "letter case"),
            (full(&["a=1..200", "b=1..200"]), "40000 runs"),
            (full(&["a=1..9999", "b=1..9999", "c=1..9999", "d=1..9999", "e=1..9999"]), "than can be counted"),
            (design(DesignKind::SideBySide, None, &["a=1,2", "b=1"]), "a: 2, b: 1"),
            (design(DesignKind::Latin, None, &["a=0..1"]), "--samples"),
            (design(DesignKind::Latin, Some(0), &["a=0..1"]), "at least 1"),
            (design(DesignKind::Latin, Some(20_000), &["a=0..1"]), "20000 runs"),
            (design(DesignKind::Full, Some(3), &["a=0..1"]), "number of cells of --design latin"),
        ];
        for (design, word) in cases {
            let error = design.cells(1, 7).unwrap_err();
            assert!(error.contains(word), "{word}: {error}");
        }
        assert!(full(&["a=1..100"]).cells(101, 7).unwrap_err().contains("10100 runs"));
        assert!("ful".parse::<DesignKind>().unwrap_err().contains("did you mean `full`"));
    }
}
