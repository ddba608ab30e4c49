//! Runs of a design: groups by scenario and factors.

use super::*;

/// Two factors with two values each, two seeds; the factor `noise` adds 0.2.
fn design(root: &Path) {
    for (number, (noise, weight)) in [("0", "0.5"), ("0", "1"), ("0.1", "0.5"), ("0.1", "1")].into_iter().enumerate() {
        for seed in [1, 2] {
            let factors = format!(r#"{{"noise": "{noise}", "populations.x.rewards.1.weight": "{weight}"}}"#);
            let value = 0.2 + 0.01 * seed as f64 + if noise == "0" { 0.0 } else { 0.2 + 0.001 * seed as f64 };
            let folder = format!("all/study/cell{number}/s{seed}");
            let made = Made {
                folder: &folder,
                factors: &factors,
                seed,
                settings: &format!("noise: {noise}, weight: {weight}"),
                evolution: &format!("0,x_0,x,llm,{value},exact,grim,\n"),
                outcomes: "0,1,0.5\n",
                ..DEFAULT
            };
            make(root, &made);
        }
    }
}

#[test]
fn factors_are_columns_and_tell_groups_apart() {
    let dir = tempfile::tempdir().unwrap();
    design(dir.path());
    let mut comparison = compared(&dir.path().join("all"), None);
    assert_eq!(comparison.groups.len(), 4);
    assert_eq!(comparison.groups[2].label(), "a,noise=0.1,populations.x.rewards.1.weight=0.5");
    comparison.select(&["cooperation_rate".into()]).unwrap();
    let csv = output::frame(&comparison).csv();
    assert!(csv.starts_with("scenario,noise,populations.x.rewards.1.weight,table,population,column,"), "{csv}");
    assert!(csv.contains("\na,0.1,1,strategy_evolution,x,cooperation_rate,0,0,2,0.4165,"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&output::json(&comparison)).unwrap();
    assert_eq!(json["rows"][0]["noise"], "0");
    assert_eq!(json["groups"][3]["factors"]["populations.x.rewards.1.weight"], "1");
    let text = text(&comparison);
    assert!(text.starts_with("4 groups, each with seeds 1, 2; tick 0"), "{text}");
    for words in ["population  noise", "weight", "weight: populations.x.rewards.1.weight", "baseline: a,noise=0,"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("scenario"), "it is the same everywhere: {text}");
}

#[test]
fn one_factor_as_the_baseline_compares_like_with_like() {
    let dir = tempfile::tempdir().unwrap();
    design(dir.path());
    let options = Options { baseline: Some("noise=0".into()), ..Options::default() };
    let comparison = compare(&[dir.path().to_path_buf()], &options).unwrap_err();
    assert!(matches!(comparison, CompareError::NoRun { .. }), "the runs are four levels below");
    let comparison = compare(&[dir.path().join("all")], &options).unwrap();
    let bases: Vec<_> = comparison.groups.iter().map(|group| group.base).collect();
    assert_eq!(bases, [None, None, Some(0), Some(1)]);
    let text = text(&comparison);
    assert!(text.contains("baseline: noise=0, each group with the one that is otherwise like it"), "{text}");
    // 0.201 and 0.202: marked.
    assert!(text.contains("+0.20 [0.20, 0.21]*"), "{text}");
}

#[test]
fn markdown_and_latex_hold_the_same_tables() {
    let dir = tempfile::tempdir().unwrap();
    design(dir.path());
    let mut comparison = compared(&dir.path().join("all"), None);
    comparison.select(&["cooperation_rate".into()]).unwrap();
    let page = output::page(&comparison);
    let (markdown, latex) = (page.markdown(), page.latex());
    assert!(
        markdown
            .contains("| population | noise | weight | n | cooperation\\_rate |\n| --- | --- | --- | ---: | ---: |")
    );
    assert!(markdown.contains("| x | 0 | 0.5 | 2 | 0.22 \\[0.15, 0.28\\] |"), "{markdown}");
    assert_eq!(latex.matches("\\begin{tabular}").count(), page.sheets.len());
    assert!(latex.contains("x & 0 & 0.5 & 2 & 0.22 {[}0.15, 0.28{]} \\\\"), "{latex}");
    assert!(latex.contains("& $-$ baseline & "), "{latex}");
    // Every line of a table has as many cells as its heading; everything else is a comment.
    for line in latex.lines().filter(|line| !line.is_empty() && !line.starts_with(['%', '\\'])) {
        assert!(line.ends_with("\\\\") && matches!(line.matches(" & ").count(), 3 | 4), "{line}");
    }
}

#[test]
fn a_curve_has_a_column_per_group() {
    let dir = tempfile::tempdir().unwrap();
    design(dir.path());
    let curve = curve(&[dir.path().join("all")], "cooperation_rate", None).unwrap();
    let csv = output::curve_frame(&curve).csv();
    assert!(csv.contains("\na,0.1,1,strategy_evolution,x,cooperation_rate,0,2,0.4165,"), "{csv}");
    let text = output::curve_page(&curve).text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("noise=0.1") && text.contains("weight=0.5") && text.contains("\nx\n"), "{text}");
}

#[test]
fn factors_keep_their_order_and_may_be_null() {
    let dir = tempfile::tempdir().unwrap();
    let made = Made { factors: r#"{"z": "1", "a": 2, "m": true}"#, ..DEFAULT };
    let run = make(dir.path(), &made);
    assert_eq!(factors(&run).unwrap().label(), "z=1,a=2,m=true");
    make(dir.path(), &Made { factors: "null", ..DEFAULT });
    assert_eq!(factors(&run).unwrap(), Factors::default());
    assert_eq!(factors(dir.path()).unwrap(), Factors::default());
}
