//! Figures of comparisons and curves made by hand.

use super::*;
use crate::compare::comparison::{Comparison, Row};
use crate::compare::curve::{Curve, Point};
use crate::compare::folder::Factors;
use crate::compare::group::Group;
use crate::compare::interval::Estimate;
use crate::compare::numbers::{EVALUATION, EVOLUTION, Key, OUTCOMES, STRATEGIES};

fn group(scenario: &str, factors: &[(&str, &str)]) -> Group {
    let factors = Factors(factors.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect());
    let (ticks, base) = ((0, 0), None);
    Group { scenario: scenario.into(), factors, seeds: vec![1, 2], ticks, recorded: 1, recorded_in_all: 1, base }
}

fn row(group: usize, table: &'static str, population: &str, column: &str, values: &[f64]) -> Row {
    let key = Key { table, population: population.into(), question: String::new(), column: column.into() };
    Row { group, key, source: String::new(), estimate: Estimate::of(values), difference: None }
}

fn comparison(groups: Vec<Group>, rows: Vec<Row>) -> Comparison {
    let (remarks, notes) = (Vec::new(), Vec::new());
    Comparison { groups, baseline: None, last: None, suite: None, rows, remarks, notes }
}

/// Every group with the same populations, whose cooperation is 0.1 times the group's number.
fn of_populations(groups: Vec<Group>, populations: &[&str]) -> Comparison {
    let rows = (0..groups.len()).flat_map(|index| {
        let value = 0.1 * index as f64;
        let row = move |name: &&str| row(index, EVOLUTION, name, "cooperation_rate", &[value, value]);
        populations.iter().map(row)
    });
    let rows = rows.collect();
    comparison(groups, rows)
}

fn drawn(comparison: &Comparison, along: Option<&str>) -> Figure {
    figure(comparison, &Choice { along: along.map(String::from), differences: false }).unwrap()
}

fn refused(comparison: &Comparison, along: Option<&str>) -> String {
    figure(comparison, &Choice { along: along.map(String::from), differences: false }).unwrap_err().to_string()
}

fn names(panel: &Panel) -> Vec<&str> {
    panel.lines.iter().map(|line| line.name.as_str()).collect()
}

fn places(line: &Line) -> Vec<f64> {
    line.points.iter().map(|dot| dot.x).collect()
}

fn labels(axis: &axis::Axis) -> Vec<&str> {
    axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
}

const WEIGHT: &str = "populations.x.rewards.payoff.weight";

fn design() -> Vec<Group> {
    let cells = ["0.2", "0", "0.1"].into_iter().flat_map(|noise| ["1", "2"].map(|weight| (noise, weight)));
    cells.map(|(noise, weight)| group("a", &[("noise", noise), (WEIGHT, weight)])).collect()
}

#[test]
fn the_factor_with_most_values_lies_on_the_axis_and_the_others_tell_lines_apart() {
    let comparison = of_populations(design(), &["x", "y"]);
    let figure = drawn(&comparison, None);
    let [panel] = figure.panels.as_slice() else { panic!("{figure:?}") };
    assert_eq!((panel.x.title.as_str(), panel.y.title.as_str()), ("noise", "cooperation_rate"));
    assert_eq!(names(panel), ["x weight=1", "x weight=2", "y weight=1", "y weight=2"]);
    assert_eq!(labels(&panel.x), ["0", "0.1", "0.2"], "by size");
    assert!(panel.x.is_continuous);
    let means: Vec<f64> = panel.lines[0].points.iter().map(|dot| dot.mean).collect();
    assert_eq!((places(&panel.lines[0]), means), (vec![0.0, 0.1, 0.2], vec![0.2, 0.4, 0.0]));
    let other = drawn(&comparison, Some("weight"));
    assert_eq!(other.panels[0].x.title, "weight");
    assert_eq!(names(&other.panels[0])[..3], ["x noise=0.2", "x noise=0", "x noise=0.1"]);
    let far = drawn(&comparison, Some("population"));
    assert_eq!((labels(&far.panels[0].x), far.panels[0].lines.len()), (vec!["x", "y"], 6));
    assert!(!far.panels[0].x.is_continuous);
}

#[test]
fn words_scenarios_and_groups_without_the_factor_are_categories() {
    let groups = ["Fair", "Own"].map(|term| group("a", &[("term", term)])).to_vec();
    let words = drawn(&of_populations(groups, &["x"]), None);
    assert_eq!((labels(&words.panels[0].x), names(&words.panels[0])), (vec!["Fair", "Own"], vec!["x"]));
    let scenarios = drawn(&of_populations(vec![group("b", &[]), group("a", &[])], &["x"]), None);
    assert_eq!((scenarios.panels[0].x.title.as_str(), labels(&scenarios.panels[0].x)), ("scenario", vec!["b", "a"]));
    let some = vec![group("a", &[("noise", "0")]), group("a", &[("noise", "1")]), group("b", &[])];
    let mixed = drawn(&of_populations(some, &["x"]), None);
    assert_eq!(labels(&mixed.panels[0].x), ["0", "1", "-"]);
    assert_eq!(names(&mixed.panels[0]), ["a", "b"]);
    let one = drawn(&of_populations(vec![group("a", &[])], &["x", "y"]), None);
    assert_eq!((labels(&one.panels[0].x), names(&one.panels[0])), (vec!["x", "y"], vec![""]));
    assert!(!one.svg().contains("y2=\"NaN\""));
}

#[test]
fn factors_that_are_varied_together_make_one_line() {
    let groups = [("0", "1"), ("0.1", "2"), ("0.2", "3")]
        .map(|(noise, weight)| group("a", &[("noise", noise), (WEIGHT, weight)]));
    let figure = drawn(&of_populations(groups.to_vec(), &["x"]), None);
    assert_eq!((names(&figure.panels[0]), figure.panels[0].lines[0].points.len()), (vec!["x"], 3));
}

#[test]
fn axes_of_numbers_are_logarithmic_where_that_spreads_them() {
    let axis = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| value.to_string()).collect();
        axis::Places::new("beta", &values, 2).unwrap().axis
    };
    let log = axis(&["0.01", "0.1", "1", "10"]);
    assert_eq!((log.title.as_str(), log.ticks[0].0), ("beta (logarithmic)", -2.0));
    assert_eq!(labels(&log), ["0.01", "0.1", "1", "10"]);
    let even: Vec<String> = (1..=101).map(|value| value.to_string()).collect();
    let even = axis(&even.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((even.title.as_str(), labels(&even)), ("beta", vec!["0", "20", "40", "60", "80", "100"]));
    let one = axis(&["3"]);
    assert_eq!(labels(&one), ["3"]);
    assert!(one.range[0] < 2.5 && one.range[1] > 3.5 && one.apart < 0.01, "{one:?}");
    assert!(!axis(&["1e308", "-1e308"]).is_continuous, "what lies between cannot be drawn");
    assert!(!axis(&["NaN", "1"]).is_continuous);
    let near = axis(&["10000000000000000", "10000000000000002"]);
    assert!(near.range[0] < near.range[1] && near.ticks.len() <= 15);
}

#[test]
fn measures_have_round_ticks_and_shares_all_of_their_axis() {
    let axis = |numbers: &[f64], bounds| axis::Axis::of_measure("m", numbers, bounds);
    let share = axis(&[0.4, 0.5], [0.0, 1.0]).unwrap();
    assert_eq!((labels(&share), share.range), (vec!["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], [-0.02, 1.02]));
    let unbounded = [f64::NEG_INFINITY, f64::INFINITY];
    assert_eq!(labels(&axis(&[-3.0, 7.0], unbounded).unwrap()), ["-2", "0", "2", "4", "6"]);
    assert_eq!(labels(&axis(&[2e9, 4e9], unbounded).unwrap()), ["2e9", "2.5e9", "3e9", "3.5e9", "4e9"]);
    for numbers in [[0.0, 0.0], [5e-324, 1e-323], [-1e300, 1e300], [1e16, 1e16 + 2.0], [1e-9, 1.0]] {
        let axis = axis(&numbers, unbounded).unwrap();
        assert!(axis.range[0] < numbers[0] && axis.range[1] > numbers[1], "{numbers:?}: {axis:?}");
        assert!(axis.ticks.len() < 15 && axis.ticks.iter().all(|(tick, _)| tick.is_finite()), "{axis:?}");
    }
    for numbers in [&[f64::MAX, 0.0][..], &[f64::INFINITY], &[]] {
        let message = axis(numbers, unbounded).unwrap_err().to_string();
        assert!(message.contains("too large to be drawn") && message.contains("--format csv"), "{message}");
    }
}

#[test]
fn panels_are_columns_and_questions_and_lines_keep_their_styles() {
    let rows = vec![
        row(0, EVOLUTION, "x", "cooperation_rate", &[0.5, 0.7]),
        row(0, EVOLUTION, "y", "cooperation_rate", &[0.5]),
        row(0, STRATEGIES, "x", "grim", &[1.0, 1.0]),
        row(0, STRATEGIES, "x", "random", &[0.0, 0.0]),
        row(0, OUTCOMES, "", "cooperation_rate", &[0.5, 0.6]),
        row(0, OUTCOMES, "", "equality", &[]),
        row(0, OUTCOMES, "", "gini", &[0.1, 0.2]),
    ];
    let mut comparison = comparison(vec![group("a", &[])], rows);
    let figure = drawn(&comparison, Some("scenario"));
    let titles: Vec<&str> = figure.panels.iter().map(|panel| panel.y.title.as_str()).collect();
    assert_eq!(titles, ["cooperation_rate", STRATEGIES, "gini"], "no panel for a column without numbers");
    assert_eq!(names(&figure.panels[0]), ["x", "y", "all agents"]);
    assert_eq!(names(&figure.panels[1]), ["x grim", "x random"]);
    let style = |panel: usize, line: usize| figure.panels[panel].lines[line].style;
    assert_eq!((style(2, 0), style(0, 2)), (2, 2), "all agents look the same everywhere");
    assert!(figure.panels[0].lines[0].points[0].interval.is_some());
    assert_eq!(figure.panels[0].lines[1].points[0].interval, None, "one seed has no interval");
    for row in &mut comparison.rows {
        row.key.table = EVALUATION;
        row.key.question = format!("game/{}/new", row.key.column);
    }
    let asked = drawn(&comparison, Some("scenario"));
    assert_eq!(asked.panels[0].caption, "cooperation_rate, new labels");
}

#[test]
fn differences_take_the_place_of_means() {
    let mut comparison = of_populations(design(), &["x"]);
    for row in &mut comparison.rows[2..] {
        row.difference = Some(Estimate::of(&[-0.25, -0.15]));
    }
    let figure = figure(&comparison, &Choice { along: None, differences: true }).unwrap();
    let panel = &figure.panels[0];
    assert_eq!((panel.y.title.as_str(), panel.lines.len()), ("cooperation_rate − baseline", 2));
    assert!(panel.lines.iter().all(|line| line.points.len() == 2 && line.points[0].mean == -0.2));
    assert!(panel.y.range[0] < -0.2 && panel.y.range[1] > 0.0);
}

#[test]
fn what_nobody_could_read_is_refused_with_advice() {
    let many: Vec<String> = (0..15).map(|number| format!("p{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let message = refused(&of_populations(design(), &many), Some("noise"));
    assert!(message.contains("30 lines, and 14 can be told apart") && message.contains("--populations"), "{message}");
    let message = refused(&of_populations(design(), &["x"]), Some("nois"));
    assert!(message.contains("names `nois`, which was varied in no run; did you mean `noise`?"), "{message}");
    assert!(message.contains(&format!("goes along: noise, {WEIGHT}, scenario, population")), "{message}");
    let twice = vec![group("a", &[("x.weight", "1"), ("y.weight", "1")])];
    assert!(refused(&of_populations(twice, &["x"]), Some("weight")).contains("the end of 2 factors"));
    let words: Vec<Group> = (0..41).map(|number| group(&format!("s{number}"), &[])).collect();
    let message = refused(&of_populations(words, &["x"]), None);
    assert!(message.contains("41 places, at most are 40") && message.contains("--along"), "{message}");
    let none = comparison(vec![group("a", &[])], vec![row(0, EVOLUTION, "x", "kl", &[])]);
    assert!(refused(&none, None).contains("no population has a number"));
    let columns = (0..13).map(|number| row(0, EVOLUTION, "x", &format!("c{number}"), &[1.0])).collect();
    let message = refused(&comparison(vec![group("a", &[])], columns), None);
    assert!(message.contains("13 panels, at most are 12") && message.contains("--columns"), "{message}");
}

fn curve() -> Curve {
    let point = |group: usize, population: &str, tick: u64| Point {
        group,
        table: if population.is_empty() { OUTCOMES } else { EVOLUTION },
        population: population.into(),
        tick,
        estimate: Estimate::of(&[0.25, 0.75]),
        difference: (group == 1).then(|| Estimate::of(&[0.1, 0.1])),
    };
    let cells = [(0, "x"), (0, ""), (1, "x")];
    let points = cells.into_iter().flat_map(|(group, name)| (0..1000).map(move |tick| (group, name, tick)));
    Curve {
        column: "cooperation_rate".into(),
        groups: vec![group("a", &[]), group("b", &[])],
        baseline: None,
        points: points.map(|(group, name, tick)| point(group, name, tick)).collect(),
        notes: Vec::new(),
    }
}

#[test]
fn curves_have_a_line_per_population_and_group_and_a_band() {
    let figure = curve_figure(&curve()).unwrap();
    let [panel] = figure.panels.as_slice() else { panic!("{figure:?}") };
    assert_eq!(names(panel), ["x a", "x b", "all agents a"]);
    assert_eq!(labels(&panel.x), ["0", "200", "400", "600", "800", "1000"]);
    assert!(panel.lines.iter().all(|line| line.points.len() == 400), "more than a page can show");
    assert_eq!((panel.lines[0].points[399].x, panel.lines[0].points[399].interval), (999.0, Some([0.0, 1.0])));
    assert!(figure.description.contains("400 of the recorded ticks"), "{}", figure.description);
    let svg = figure.svg();
    assert_eq!(svg.matches("opacity=\"0.15\"").count(), 3, "a band each");
    let mut compared = curve();
    compared.baseline = Some("a".into());
    let figure = curve_figure(&compared).unwrap();
    assert_eq!(
        (names(&figure.panels[0]), figure.panels[0].y.title.as_str()),
        (vec!["b"], "cooperation_rate − baseline")
    );
    compared.points.clear();
    assert!(curve_figure(&compared).unwrap_err().to_string().contains("no population has a number"));
}

#[test]
fn text_from_outside_is_escaped_and_long_names_are_cut() {
    let groups =
        vec![group("a", &[("term", "</svg><script>&\u{1b}\u{ffff}")]), group("a", &[("term", &"w".repeat(99))])];
    let svg = drawn(&of_populations(groups, &["x\"<b>", &"long".repeat(30)]), None).svg();
    assert!(!svg.contains("<script>") && !svg.contains("<b>"), "{svg}");
    assert!(svg.chars().all(|c| c >= ' ' || c == '\n'), "XML has no place for control characters");
    assert!(!svg.contains('\u{ffff}') && svg.contains("&lt;/svg&gt;"), "{svg}");
    // What tells lines apart is not cut while there is room for it below.
    let cells = ["3", "5"].map(|rounds| group("a", &[("noise", "0"), ("rounds", &format!("Fixed({rounds})"))]));
    let two = drawn(&of_populations(cells.to_vec(), &["a_rather_long_name", "y"]), Some("noise")).svg();
    assert!(two.contains("\na_rather_long_name\n") && two.contains("\nFixed(5)\n"), "{two}");
    let body = svg.split_once("</desc>").unwrap().1;
    assert!(!body.contains(&"w".repeat(30)) && !body.contains(&"long".repeat(10)), "{body}");
}

#[test]
fn every_style_is_drawn_and_panels_have_their_height() {
    let many: Vec<String> = (0..14).map(|number| format!("p{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let figure =
        drawn(&of_populations(vec![group("a", &[("noise", "0")]), group("a", &[("noise", "1")])], &many), None);
    assert_eq!(figure.panels[0].lines.len(), 14);
    let svg = figure.svg();
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"720\" height=\"420\""),
        "{svg}"
    );
    assert_eq!(svg, figure.svg());
    for colour in ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"] {
        assert!(svg.contains(colour), "{colour}");
    }
    assert!(many.iter().all(|name| svg.contains(&format!("\n{name}\n"))), "the legend names them all");
}

/// The numbers of an attribute in all elements of `svg` that begin with `element`.
fn attributes(svg: &str, element: &str, name: &str) -> Vec<f64> {
    let begins = svg.split(element).skip(1);
    let value = |rest: &str| rest.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().parse();
    begins.map(|rest| value(rest).unwrap()).collect()
}

#[test]
fn markers_are_where_the_numbers_are() {
    let one = drawn(&of_populations(design(), &["x"]), None);
    let svg = one.svg();
    // Circles mark the first of two lines, at noise 0, 0.1 and 0.2; the last circle is that of the legend.
    let (x, y) = (attributes(&svg, "<circle", "cx"), attributes(&svg, "<circle", "cy"));
    assert_eq!(x.len(), 4, "{svg}");
    assert!(((x[1] - x[0]) - (x[2] - x[1])).abs() <= 1.0 && x[1] > x[0], "{x:?}");
    // Means of 0.2, 0.4 and 0: as far above the axis as they are large.
    assert!(((y[2] - y[0]) * 2.0 - (y[2] - y[1])).abs() <= 2.0 && y[1] < y[0], "{y:?}");
    // The second line's squares lie beside the first line's circles.
    let squares = attributes(&svg, "<rect", "x");
    assert!(x[..3].iter().all(|x| !squares.contains(x)), "{squares:?}");
    assert!(!svg.contains("points=\"\""), "{svg}");
}
