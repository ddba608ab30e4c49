//! How the numbers that agents inherit are distributed over the ticks: `types.csv`.

use super::View;
use crate::report::ReportError;
use crate::report::data::{Number, Numbers};
use crate::report::run::Run;
use crate::report::table::{Place, Row, Table};
use crate::report::ticks::{Axis, Ticks};
use serde_json::{Value, json};

pub(super) const VIEW: View<Run> = View { name: "traits", title: "Traits", script: include_str!("traits.js"), data };

const FILE: &str = "types.csv";
/// The most traits that are drawn.
const TRAITS_MAX: usize = 20;
/// Bins of a trait's values.
const BINS: usize = 20;
/// The most numbers of all histograms: each is about 6 bytes of the page.
const NUMBERS_MAX: usize = 150_000;

/// Whether a column holds a trait that is a probability.
fn is_probability(column: &str) -> bool {
    column.starts_with("p_c_")
}

/// A trait and the histograms of its values, point by point.
struct Trait {
    column: String,
    place: Place,
    /// The least and the greatest value.
    range: [f64; 2],
    /// Sums of shares by bin and point.
    bins: Vec<Vec<f64>>,
    /// Sums of values times shares, and of shares, by point.
    sums: Vec<(f64, f64)>,
}

impl Trait {
    /// The bin that holds `value`; the last one holds its upper end too.
    fn bin(&self, value: f64) -> usize {
        let [low, high] = self.range;
        (((value - low) / (high - low) * BINS as f64) as usize).min(BINS - 1)
    }

    /// Makes room for a range of values, and for points.
    fn prepare(&mut self, points: usize) {
        let [low, high] = &mut self.range;
        if is_probability(&self.column) || (*low >= 0.0 && *high <= 1.0) {
            (*low, *high) = (0.0, 1.0);
        } else if *low == *high {
            (*low, *high) = (*low - 0.5, *high + 0.5);
        }
        self.bins = vec![vec![0.0; points]; BINS];
        self.sums = vec![(0.0, 0.0); points];
    }

    fn add(&mut self, point: usize, value: f64, share: f64) {
        let bin = self.bin(value);
        self.bins[bin][point] += share;
        self.sums[point].0 += value * share;
        self.sums[point].1 += share;
    }

    /// What the script gets; each point is a mean over its generations, the recorded `ticks` of the table.
    fn json(&self, ticks: &Ticks) -> Value {
        let share = |(point, sum): (usize, &f64)| sum / ticks.ticks_at(point) as f64;
        let bins = self.bins.iter().map(|bin| Numbers(bin.iter().enumerate().map(share).collect()));
        json!({
            "name": self.column,
            "range": self.range.map(Number),
            "bins": bins.collect::<Vec<_>>(),
            "mean": Numbers(self.sums.iter().map(|(sum, weight)| sum / weight).collect()),
        })
    }
}

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let path = run.folder.join(FILE);
    let Some(table) = Table::open_if_there(&path, "tick")? else { return Ok(None) };
    let frequency = table.place("frequency");
    let is_trait = |column: &&String| is_probability(column) || column.starts_with("weight_");
    let columns: Vec<String> = table.columns().iter().filter(is_trait).cloned().collect();
    let new = |column: &String| Trait {
        column: column.clone(),
        place: table.place(column),
        range: [f64::INFINITY, f64::NEG_INFINITY],
        bins: Vec::new(),
        sums: Vec::new(),
    };
    let mut traits: Vec<Trait> = columns.iter().map(new).collect();
    let value = |one: &Trait, row: &Row| Some(row.number(one.place)).filter(|value| value.is_finite());
    let ticks = Ticks::read(&path, |_, row| {
        for one in &mut traits {
            if let Some(value) = value(one, row) {
                one.range = [one.range[0].min(value), one.range[1].max(value)];
            }
        }
    })?;
    // What no type has is no trait of this run.
    traits.retain(|one| one.range[0] <= one.range[1]);
    let all = traits.len();
    traits.truncate(TRAITS_MAX);
    if traits.is_empty() {
        return Ok(None);
    }
    let ticks = ticks.fit(traits.len() * BINS, NUMBERS_MAX);
    let points = ticks.points();
    traits.iter_mut().for_each(|one| one.prepare(points));
    let mut axis = Axis::default();
    ticks.each(&path, |number, row| {
        let point = number / ticks.per_point;
        axis.note(point, row.tick());
        let share = row.number(frequency);
        for one in traits.iter_mut().filter(|_| share.is_finite()) {
            if let Some(value) = value(one, row) {
                one.add(point, value, share);
            }
        }
    })?;
    Ok(Some(json!({
        "file": FILE,
        "axis": axis,
        "traits": traits.iter().map(|one| one.json(&ticks)).collect::<Vec<_>>(),
        "left_out": all - traits.len(),
    })))
}

#[cfg(test)]
mod tests {
    use crate::report::tests::{folder, page, section};
    use serde_json::{Value, json};
    use std::fmt::Write;

    const AGENTS: &str = "0,a_0,a,grim,1,,,,,,,1,\n";
    const HEAD: &str = "tick,type,count,frequency,fitness,p_c_start,p_c_cc,weight_altruist\n";

    /// The view of a run with this `types.csv`.
    fn view(types: &str) -> Value {
        let dir = folder(AGENTS);
        std::fs::write(dir.path().join("types.csv"), types).unwrap();
        section(&page(dir.path()).1, "traits").clone()
    }

    #[test]
    fn shares_and_means_by_hand() {
        let rows = "4,a,3,0.75,1,1,0.5,-2\n4,b,1,0.25,1,0.5,,2\n9,a,4,1,,1,0.5,-2\n";
        let found = view(&format!("{HEAD}{rows}"));
        assert_eq!(found["axis"], json!({ "from": [4, 9], "to": [4, 9] }));
        let [start, cc, weight] = [0, 1, 2].map(|number| &found["traits"][number]);
        assert_eq!(
            (&start["name"], &start["range"], &start["mean"]),
            (&"p_c_start".into(), &json!([0, 1]), &json!([0.875, 1]))
        );
        // The last bin holds 1 itself; a probability of 0.5 begins the second half.
        assert_eq!(
            (&start["bins"][19], &start["bins"][10], &start["bins"][0]),
            (&json!([0.75, 1]), &json!([0.25, 0]), &json!(0))
        );
        // A type without the trait is in no bin, and not in the mean.
        assert_eq!((&cc["bins"][10], &cc["mean"]), (&json!([0.75, 1]), &json!(0.5)));
        assert_eq!((&weight["range"], &weight["mean"]), (&json!([-2, 2]), &json!([-1, -2])));
        assert_eq!((&weight["bins"][0], &weight["bins"][19]), (&json!([0.75, 1]), &json!([0.25, 0])));
    }

    #[test]
    fn one_row_makes_a_strip_and_no_number_makes_none() {
        let found = view(&format!("{HEAD}0,a,3,1,1,,,3\n"));
        assert_eq!(found["traits"].as_array().unwrap().len(), 1, "of three columns one has numbers");
        assert_eq!((&found["traits"][0]["range"], &found["traits"][0]["bins"][10]), (&json!([2.5, 3.5]), &json!([1])));
        let dir = folder(AGENTS);
        std::fs::write(dir.path().join("types.csv"), format!("{HEAD}0,a,3,1,1,,,\n")).unwrap();
        assert!(page(dir.path()).1["sections"].as_array().unwrap().iter().all(|section| section["name"] != "traits"));
    }

    #[test]
    fn thousands_of_ticks_and_many_traits_make_no_long_page() {
        let mut types = "tick,type,count,frequency,fitness".to_owned();
        (0..23).for_each(|number| _ = write!(types, ",weight_{number}"));
        types.push('\n');
        for tick in 0..4000 {
            for (name, value) in [("a", f64::from(tick % 997) / 500.0), ("b", -1.0)] {
                let _ = writeln!(types, "{tick},{name},1,0.5,1{}", format!(",{value}").repeat(23));
            }
        }
        let dir = folder(AGENTS);
        std::fs::write(dir.path().join("types.csv"), types).unwrap();
        let (html, data) = page(dir.path());
        let found = section(&data, "traits");
        assert!(html.len() < 2_500_000, "{} bytes", html.len());
        assert_eq!((found["traits"].as_array().unwrap().len(), &found["left_out"]), (20, &3.into()));
        let first = &found["traits"][0];
        assert_eq!(first["bins"][0], json!(0.5), "half of all agents have the least weight in every bin of time");
        let points = found["axis"]["to"].as_array().unwrap().len();
        assert!((300..=500).contains(&points) && found["axis"]["to"][points - 1] == 3999, "{points}");
        for point in 0..points {
            let at = |bin: &Value| if bin.is_array() { bin[point].as_f64().unwrap() } else { bin.as_f64().unwrap() };
            let sum: f64 = first["bins"].as_array().unwrap().iter().map(at).sum();
            assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        }
    }
}
