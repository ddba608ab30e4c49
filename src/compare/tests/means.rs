//! Means, intervals and differences by seed, and how they are shown.

use super::*;

#[test]
fn a_run_is_the_mean_over_members_and_the_last_ticks_without_empty_cells() {
    let dir = tempfile::tempdir().unwrap();
    let run = make(dir.path(), &DEFAULT);
    let number = |last, table, population, column| {
        let comparison = compared(&run, Some(last));
        assert_eq!(comparison.groups[0].ticks, (2 - last as u64, 1));
        let estimate = row(&comparison, 0, table, population, column).estimate;
        assert!(estimate.half_width.is_nan(), "one seed has no interval");
        (estimate.n, estimate.mean)
    };
    assert_eq!(number(1, EVOLUTION, "x", "cooperation_rate"), (1, 0.25));
    assert_eq!(number(2, EVOLUTION, "x", "cooperation_rate"), (1, 0.375));
    assert_eq!(number(2, EVOLUTION, "y", "cooperation_rate"), (1, 1.0));
    assert_eq!(number(2, EVOLUTION, "x", "kl"), (1, 2.0));
    assert_eq!(number(1, EVOLUTION, "y", "kl").0, 0);
    assert_eq!(number(2, OUTCOMES, "", "cooperation_rate"), (1, 0.375));
    // Strategies: of the rows that have one.
    assert_eq!(number(1, STRATEGIES, "x", "grim"), (1, 0.5));
    assert_eq!(number(2, STRATEGIES, "x", "random"), (1, 2.0 / 3.0));
    assert_eq!(number(2, STRATEGIES, "y", "random"), (1, 0.0));
}

#[test]
fn groups_have_intervals_and_differences_by_seed() {
    let dir = tempfile::tempdir().unwrap();
    two_scenarios(dir.path());
    let comparison = compared(dir.path(), None);
    assert_eq!(comparison.groups[0].seeds, [1, 2, 3]);
    assert_eq!((comparison.groups[1].scenario.as_str(), comparison.groups[1].seeds.as_slice()), ("b", &[2, 3, 4][..]));
    let a = row(&comparison, 0, EVOLUTION, "x", "cooperation_rate");
    // 0.1, 0.2, 0.6: mean 0.3, s² = (0.04 + 0.01 + 0.09) / 2 = 0.07; t(2) = 4.30265…
    assert!(near(a.estimate.mean, 0.3) && near(a.estimate.half_width, t_quantile(0.95, 2) * (0.07f64 / 3.0).sqrt()));
    assert_eq!(a.difference, None);
    let b = row(&comparison, 1, EVOLUTION, "x", "cooperation_rate");
    // Seeds 2 and 3: 0.2 and 0.1, mean 0.15, s² = 0.005; t(1) = 12.706…
    let difference = b.difference.unwrap();
    assert_eq!(difference.n, 2);
    assert!(near(difference.mean, 0.15) && near(difference.half_width, t_quantile(0.95, 1) * 0.0025f64.sqrt()));
}

#[test]
fn text_csv_and_json_say_the_same() {
    let dir = tempfile::tempdir().unwrap();
    two_scenarios(dir.path());
    let mut comparison = compared(dir.path(), None);
    comparison.select(&["cooperation_rate".into(), "kl".into()]).unwrap();
    // p of t = 0.15 / 0.05 = 3 on one degree of freedom: 1 − 2 atan(3) / π.
    let expected = "\
scenario,table,population,column,tick_first,tick_last,n,mean,low,high,compared_with,n_both,difference,difference_low,difference_high,p_value,source
a,strategy_evolution,x,cooperation_rate,0,0,3,0.3,0,0.957241,,,,,,,
a,strategy_evolution,x,kl,0,0,0,,,,,,,,,,
a,social_outcomes,,cooperation_rate,0,0,3,0.5,0.5,0.5,,,,,,,
b,strategy_evolution,x,cooperation_rate,0,0,3,0.7,0,1,a,2,0.15,-0.48531,0.78531,0.204833,
b,strategy_evolution,x,kl,0,0,0,,,,a,0,,,,,
b,social_outcomes,,cooperation_rate,0,0,3,0.5,0.5,0.5,a,2,0,0,0,,
";
    assert_eq!(output::frame(&comparison).csv(), expected);
    let json: serde_json::Value = serde_json::from_str(&output::json(&comparison)).unwrap();
    assert_eq!((&json["rows"][3]["difference"], &json["rows"][4]["mean"]), (&0.15.into(), &serde_json::Value::Null));
    assert_eq!((&json["groups"][1]["compared_with"], &json["groups"][1]["seeds"][2]), (&"a".into(), &4.into()));
    let expected = "\
a: seeds 1, 2, 3; tick 0 (the last of 1 recorded)
b: seeds 2, 3, 4; tick 0 (the last of 1 recorded)
baseline: a, that of the first folder; --baseline names another

population  scenario    n     cooperation_rate  kl
--------------------------------------------------
x           a           3    0.30 [0.00, 0.96]   -
            b           3    0.70 [0.00, 1.00]   -
            − baseline  2  +0.15 [-0.49, 0.79]   -

all agents together
";
    let text = text(&comparison);
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("mean difference by seed") && !text.contains("*:"), "{text}");
}

#[test]
fn what_differs_beyond_chance_is_marked() {
    let dir = tempfile::tempdir().unwrap();
    for seed in 1..=4 {
        for (scenario, more) in [("a", 0.0), ("b", 0.3)] {
            let value = 0.1 * seed as f64 + more + 0.01 * more * seed as f64;
            let evolution = format!("0,x_0,x,llm,{value},,,1\n");
            let folder = format!("{scenario}{seed}");
            let made = Made { folder: &folder, scenario, seed, evolution: &evolution, outcomes: "0,1,0\n", ..DEFAULT };
            make(dir.path(), &made);
        }
    }
    let mut comparison = compared(dir.path(), None);
    comparison.select_readable(|_| false);
    let text = text(&comparison);
    assert!(text.contains("+0.31 [0.30, 0.31]*") && text.contains("*: the interval of the difference"), "{text}");
    // Equal numbers differ by no more than rounding, and are not marked.
    assert_eq!(text.matches('*').count(), 2, "{text}");
    let p = row(&comparison, 1, EVOLUTION, "x", "cooperation_rate").difference.unwrap().p_value();
    assert!(p > 0.0 && p < 1e-6, "{p}");
}

#[test]
fn one_seed_alone_has_no_interval() {
    let dir = tempfile::tempdir().unwrap();
    let mut comparison = compared(&make(dir.path(), &DEFAULT), None);
    comparison.select_readable(|_| true);
    let text = text(&comparison);
    assert!(text.contains("0.25\n") && text.contains("one seed each") && !text.contains('['), "{text}");
}

#[test]
fn a_population_on_one_side_has_no_line_of_dashes() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), &DEFAULT);
    let evolution = "0,x_0,x,llm,0.5,,,\n1,x_0,x,llm,0.5,,,\n1,z_0,z,llm,0.5,,,\n";
    make(dir.path(), &Made { folder: "b", scenario: "b", evolution, ..DEFAULT });
    let mut comparison = compared(dir.path(), None);
    comparison.select(&["cooperation_rate".into()]).unwrap();
    let text = text(&comparison);
    assert!(text.contains("no difference for z, y: not on both sides"), "{text}");
    assert_eq!(text.matches("− baseline").count(), 2 + 1, "x, all together, the remark: {text}");
    assert!(!text.lines().any(|line| line.trim_end().ends_with("  -")), "{text}");
}

#[test]
fn people_see_what_plugins_measure() {
    let dir = tempfile::tempdir().unwrap();
    let folder = make(dir.path(), &DEFAULT);
    for (column, is_seen) in [("kl", true), ("none", false)] {
        let mut comparison = compared(&folder, None);
        comparison.select_readable(|built_in| built_in != column);
        assert_eq!(comparison.rows.iter().any(|row| row.key.column == "kl"), is_seen);
    }
}

#[test]
fn counted_probabilities_are_called_counted() {
    let dir = tempfile::tempdir().unwrap();
    let evolution = "0,x_0,x,llm,1,counted,grim,\n0,y_0,y,grim,1,exact,grim,\n";
    let mut comparison = compared(&make(dir.path(), &Made { evolution, outcomes: "0,1,1\n", ..DEFAULT }), None);
    assert_eq!(row(&comparison, 0, STRATEGIES, "x", "grim").source, "counted");
    assert_eq!(row(&comparison, 0, STRATEGIES, "y", "grim").source, "exact");
    assert_eq!(row(&comparison, 0, EVOLUTION, "x", "cooperation_rate").source, "");
    comparison.select_readable(|_| true);
    let text = text(&comparison);
    assert!(text.contains("\nx: p_c_* and the nearest strategy are counted"), "{text}");
    assert!(output::frame(&comparison).csv().contains(",counted\n"));
}

#[test]
fn a_tick_with_rows_stands_for_those_since_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let rows = |tick: u64| format!("{tick},x_0,x,llm,0.5,,random,\n");
    let evolution: String = [999, 1999, 2999].map(rows).concat();
    let outcomes = "999,1,0\n1999,1,0\n2999,1,0\n";
    let run = make(dir.path(), &Made { evolution: &evolution, outcomes, ..DEFAULT });
    for (last, ticks, shown) in [(1, (2000, 2999), "2000 to 2999, recorded once"), (3, (0, 2999), "0 to 2999")] {
        let comparison = compared(&run, Some(last));
        assert_eq!((comparison.groups[0].ticks, comparison.groups[0].recorded), (ticks, last));
        assert!(text(&comparison).contains(shown), "{}", text(&comparison));
    }
}

#[test]
fn the_last_tenth_is_averaged_over_unless_said_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let evolution: String = (0..30).map(|tick| format!("{tick},x_0,x,llm,{},,,\n", f64::from(tick) / 100.0)).collect();
    let outcomes: String = (0..30).map(|tick| format!("{tick},1,0\n")).collect();
    let run = make(dir.path(), &Made { evolution: &evolution, outcomes: &outcomes, ..DEFAULT });
    let comparison = compared(&run, None);
    assert!(near(row(&comparison, 0, EVOLUTION, "x", "cooperation_rate").estimate.mean, 0.28));
    assert!(text(&comparison).contains("ticks 27 to 29 (the last tenth of 30 recorded)"), "{}", text(&comparison));
    assert!(text(&compared(&run, Some(2))).contains("ticks 28 to 29 (the last 2 of 30 recorded)"));
}

#[test]
fn a_curve_has_every_recorded_tick_and_is_thinned_for_people() {
    let dir = tempfile::tempdir().unwrap();
    for seed in [1, 2] {
        let value = |tick: u32| f64::from(tick) / 100.0 + 0.1 * seed as f64;
        let evolution: String = (0..60).map(|tick| format!("{tick},x_0,x,llm,{},,,\n", value(tick))).collect();
        let outcomes: String = (0..60).map(|tick| format!("{tick},1,0.5\n")).collect();
        let folder = format!("s{seed}");
        make(dir.path(), &Made { folder: &folder, seed, evolution: &evolution, outcomes: &outcomes, ..DEFAULT });
    }
    let curve = curve(&[dir.path().to_path_buf()], "cooperation_rate", None).unwrap();
    assert_eq!(curve.points.len(), 2 * 60);
    let point = &curve.points[10];
    assert_eq!((point.tick, point.population.as_str(), point.estimate.n), (10, "x", 2));
    assert!(near(point.estimate.mean, 0.25));
    let csv = output::curve_frame(&curve).csv();
    assert!(csv.starts_with("scenario,table,population,column,tick,n,mean,low,high\n"), "{csv}");
    assert!(csv.contains("\na,strategy_evolution,x,cooperation_rate,10,2,0.25,0,0.88531\n"), "{csv}");
    let text = output::curve_page(&curve).text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for words in ["\n   0", "\n  59", "16 of the recorded ticks", "all agents", "a: seeds 1, 2"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("\n   1 "), "{text}");
}
