//! Ranges of axes and their ticks.

use crate::compare::CompareError;
use crate::compare::layout::fixed;
use crate::text::shortened;

/// The most categories of an axis.
const CATEGORIES_MAX: usize = 40;
/// The longest label of a category, in characters.
const LABEL_MAX: usize = 22;
/// The longest label of a value that was varied, in characters.
const VALUE_MAX: usize = 10;
/// Values are ticks of their own axis if they are at most this many, and nowhere nearer than a share of the axis.
const VALUES_MAX: usize = 9;
const NEAREST: f64 = 0.06;
/// Values above 0 lie on a logarithmic axis if the largest is this many times the smallest, and they are spread more
/// evenly there.
const LOGARITHMIC: f64 = 50.0;
/// The distance of lines side by side, as shares of the axis and of a category, and the room of all of them, as a share
/// of the smallest gap between points.
const APART: f64 = 0.008;
const APART_OF_CATEGORY: f64 = 0.15;
const ROOM: f64 = 0.7;

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// What lies on it.
    pub title: String,
    /// Its ends.
    pub range: [f64; 2],
    /// Ticks and their labels.
    pub ticks: Vec<(f64, String)>,
    /// Whether there is anything between two ticks: points on axes of categories are not joined.
    pub is_continuous: bool,
    /// How far apart lines are drawn that have points at one place.
    pub apart: f64,
}

/// An axis for what was varied, and where its values lie on it.
pub(super) struct Places {
    pub axis: Axis,
    places: Vec<(String, f64)>,
}

impl Places {
    /// The axis of `values`, each once: by size if all are numbers, else as categories in the order given. At one place
    /// are as many as `lines` points.
    pub(super) fn new(title: &str, values: &[String], lines: usize) -> Result<Self, CompareError> {
        let numbers: Option<Vec<f64>> = values.iter().map(|value| number(value)).collect();
        let lines = lines.max(1) as f64;
        if let Some(numbers) = numbers.filter(|numbers| extent(numbers).is_some()) {
            return Ok(Self::of_numbers(title, values, numbers, lines));
        }
        Self::of_categories(title, values, lines)
    }

    /// The axis of `values`, each once, as categories in the order given; at one place are as many as `lines` points.
    pub(super) fn of_categories(title: &str, values: &[String], lines: f64) -> Result<Self, CompareError> {
        if values.len() > CATEGORIES_MAX {
            return Err(CompareError::NoFigure {
                problem: format!("its x axis has {} places, at most are {CATEGORIES_MAX}", values.len()),
                advice: "Keep some with --populations A,B, or choose another axis with --along FACTOR".into(),
            });
        }
        let label = |(place, value): (usize, &String)| (place as f64, shortened(value, LABEL_MAX));
        let axis = Axis {
            title: title.into(),
            range: [-0.5, values.len() as f64 - 0.5],
            ticks: values.iter().enumerate().map(label).collect(),
            is_continuous: false,
            apart: f64::min(APART_OF_CATEGORY, ROOM / lines),
        };
        Ok(Self { axis, places: values.iter().cloned().zip((0..).map(f64::from)).collect() })
    }

    fn of_numbers(title: &str, values: &[String], mut numbers: Vec<f64>, lines: f64) -> Self {
        let is_logarithmic = is_logarithmic(&numbers);
        if is_logarithmic {
            numbers.iter_mut().for_each(|number| *number = number.log10());
        }
        let mut placed: Vec<(f64, String)> = numbers.iter().copied().zip(values.iter().cloned()).collect();
        placed.sort_by(|a, b| a.0.total_cmp(&b.0));
        placed.dedup_by(|later, first| later.0 == first.0);
        let sorted: Vec<f64> = placed.iter().map(|(place, _)| *place).collect();
        let range = padded(sorted[0], sorted[sorted.len() - 1], 0.05);
        let gap = smallest_gap(&sorted);
        let is_clear = placed.len() <= VALUES_MAX && gap >= NEAREST * (range[1] - range[0]);
        let ticks = if placed.len() == 1 || is_clear {
            placed.iter().map(|(place, value)| (*place, shortened(value, VALUE_MAX))).collect()
        } else if is_logarithmic {
            powers(range)
        } else {
            ticks(range, 6)
        };
        let apart = f64::min(APART * (range[1] - range[0]), ROOM * gap / lines);
        // Points at the ends are moved aside, too.
        let aside = apart * (lines - 1.0) / 2.0;
        let axis = Axis {
            title: if is_logarithmic { format!("{title} (logarithmic)") } else { title.into() },
            range: [range[0] - aside, range[1] + aside],
            ticks,
            is_continuous: true,
            apart,
        };
        Self { axis, places: values.iter().cloned().zip(numbers).collect() }
    }

    /// Where `value` lies.
    pub(super) fn place(&self, value: &str) -> Option<f64> {
        self.places.iter().find(|(known, _)| known == value).map(|(_, place)| *place)
    }
}

impl Axis {
    /// The axis of ticks of a run.
    pub(super) fn of_ticks(first: u64, last: u64) -> Self {
        let range = padded(first as f64, last as f64, 0.01);
        let places =
            if first == last { vec![first as f64] } else { ticks(range, 6).into_iter().map(|it| it.0).collect() };
        let whole = places.into_iter().filter(|tick: &f64| tick.fract() == 0.0 && *tick >= 0.0);
        let ticks = whole.map(|tick| (tick, (tick as u64).to_string())).collect();
        Self { title: "tick".into(), range, ticks, is_continuous: true, apart: 0.0 }
    }

    /// The axis of a measure between `bounds` for points and ends of intervals: all of it for a share.
    ///
    /// # Errors
    /// If the numbers are too large to be drawn.
    pub(super) fn of_measure(title: &str, numbers: &[f64], bounds: [f64; 2]) -> Result<Self, CompareError> {
        let is_share = bounds == [0.0, 1.0];
        let Some([low, high]) = extent(numbers) else {
            return Err(CompareError::NoFigure {
                problem: format!("the numbers of {title} or their intervals are too large to be drawn"),
                advice: "--format csv has them".into(),
            });
        };
        let range = if is_share { padded(0.0, 1.0, 0.02) } else { padded(low, high, 0.05) };
        Ok(Self { title: title.into(), range, ticks: ticks(range, 5), is_continuous: true, apart: 0.0 })
    }
}

fn number(value: &str) -> Option<f64> {
    value.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// The smallest and the largest number, if there are any, and neither they nor what lies between is too large.
fn extent(numbers: &[f64]) -> Option<[f64; 2]> {
    let low = numbers.iter().copied().reduce(f64::min)?;
    let high = numbers.iter().copied().reduce(f64::max)?;
    let is_drawn = |number: f64| number.is_finite() && number.abs() < f64::MAX / 8.0;
    (is_drawn(low) && is_drawn(high)).then_some([low, high])
}

/// The range with some room at both ends, a share of it.
fn padded(low: f64, high: f64, share: f64) -> [f64; 2] {
    let room = if high > low { share * (high - low) } else { f64::max(0.1 * high.abs(), 0.5) };
    // Numbers so close that the room is lost in rounding get as much as one number alone.
    let room = if low - room < low && high + room > high { room } else { f64::max(0.1 * high.abs(), 0.5) };
    [low - room, high + room]
}

fn smallest_gap(sorted: &[f64]) -> f64 {
    sorted.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min)
}

/// Whether numbers are spread more evenly by their logarithms.
fn is_logarithmic(numbers: &[f64]) -> bool {
    /// The smallest gap as a share of the whole.
    fn evenness(mut numbers: Vec<f64>) -> f64 {
        numbers.sort_by(f64::total_cmp);
        smallest_gap(&numbers) / (numbers[numbers.len() - 1] - numbers[0])
    }
    let Some([low, high]) = extent(numbers) else { return false };
    let is_wide = low > 0.0 && high / low >= LOGARITHMIC && numbers.len() > 2;
    is_wide && evenness(numbers.iter().map(|number| number.log10()).collect()) > evenness(numbers.to_vec())
}

/// Powers of ten on a logarithmic axis, at most eight.
fn powers([low, high]: [f64; 2]) -> Vec<(f64, String)> {
    let all: Vec<i32> = (low.ceil() as i32..=high.floor() as i32).collect();
    let step = all.len().div_ceil(8).max(1);
    let label =
        |power: i32| if (-4..=5).contains(&power) { format!("{}", 10f64.powi(power)) } else { format!("1e{power}") };
    all.into_iter().step_by(step).map(|power| (f64::from(power), label(power))).collect()
}

/// About `wanted` multiples of 1, 2 or 5 times a power of ten.
fn ticks([low, high]: [f64; 2], wanted: usize) -> Vec<(f64, String)> {
    let rough = (high - low) / wanted as f64;
    let power = 10f64.powf(rough.log10().floor());
    let factors = [(1.0, 1.5), (2.0, 3.5), (5.0, 7.5)];
    let factor = factors.into_iter().find(|(_, end)| rough < end * power).map_or(10.0, |(factor, _)| factor);
    let step = factor * power;
    let decimals = (-step.log10() + 1e-9).ceil().clamp(0.0, 20.0) as usize;
    let is_plain = low.abs().max(high.abs()) < 1e6 && step >= 1e-5;
    let label = |tick: f64| if is_plain { fixed(tick, decimals) } else { format!("{:e}", rounded(tick)) };
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    let places = (0..=2 * wanted).map(|place| first + place as f64).take_while(|place| *place <= last);
    places.map(|place| (place * step, label(place * step))).collect()
}

/// A number to six digits.
fn rounded(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
