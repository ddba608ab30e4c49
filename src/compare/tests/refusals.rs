//! What is left out, and what is refused.

use super::*;

fn options(last: Option<usize>) -> Options {
    Options { last, ..Options::default() }
}

#[test]
fn a_folder_named_twice_is_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let run = make(dir.path(), &DEFAULT);
    let comparison = compare(&[dir.path().to_path_buf(), run], &options(None)).unwrap();
    assert_eq!(comparison.groups[0].seeds, [1]);
    assert!(comparison.notes.is_empty());
}

#[test]
fn what_cannot_be_used_is_left_out_and_named() {
    // (what is there besides the default run, words of the note)
    let cases: [(Made, &[&str]); 6] = [
        (Made { folder: "twice", ..DEFAULT }, &["seed 1 of `a`", "a-s1 is used", "twice is left out"]),
        (Made { folder: "s2", seed: 2, status: "interrupted", ..DEFAULT }, &["s2 is not done yet (interrupted)"]),
        (Made { folder: "s2", seed: 2, evolution: "", ..DEFAULT }, &["strategy_evolution.csv has no rows"]),
        (Made { folder: "s2", seed: 2, evolution: "0,x_0,x,llm,maybe,,,\n", ..DEFAULT }, &["line 2", "`maybe`"]),
        (Made { folder: "s2", seed: 2, evolution: "0,x_0,x,llm,inf,,,\n", ..DEFAULT }, &["line 2", "`inf`"]),
        (Made { folder: "s2", seed: 2, outcomes: "zero,1,0\n", ..DEFAULT }, &["`zero` is no tick"]),
    ];
    for (made, words) in cases {
        let dir = tempfile::tempdir().unwrap();
        make(dir.path(), &DEFAULT);
        make(dir.path(), &made);
        let comparison = compare(&[dir.path().to_path_buf()], &options(None)).unwrap();
        assert_eq!(comparison.groups.len(), 1);
        assert_eq!(comparison.groups[0].seeds, [1]);
        assert_eq!(comparison.notes.len(), 1, "{:?}", comparison.notes);
        assert!(words.iter().all(|word| comparison.notes[0].contains(word)), "{words:?} in {:?}", comparison.notes);
    }
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), &DEFAULT);
    make(dir.path(), &Made { folder: "b", seed: 2, ..DEFAULT });
    fs::write(dir.path().join("b/manifest.json"), "{").unwrap();
    let comparison = compare(&[dir.path().to_path_buf()], &options(None)).unwrap();
    assert!(comparison.notes[0].contains("b/manifest.json"), "{:?}", comparison.notes);
}

#[test]
fn where_nothing_is_left_the_reasons_are_given() {
    let dir = tempfile::tempdir().unwrap();
    let run = make(dir.path(), &Made { status: "running", ..DEFAULT });
    let error = compare(std::slice::from_ref(&run), &options(None)).unwrap_err().to_string();
    assert!(error.contains("nothing to compare") && error.contains("not done yet (cut off)"), "{error}");
    let run = make(dir.path(), &DEFAULT);
    let error = compare(std::slice::from_ref(&run), &options(Some(3))).unwrap_err().to_string();
    assert!(error.contains("2 recorded ticks, fewer than the last 3"), "{error}");
    let error = curve(&[run], "cooperation", None).unwrap_err().to_string();
    assert!(error.contains("did you mean `cooperation_rate`?") && error.contains("matches"), "{error}");
}

#[test]
fn what_does_not_go_together_is_refused_with_advice() {
    let cases: [(Made, &[&str]); 3] = [
        (Made { folder: "s2", seed: 2, settings: "ticks: 3", ..DEFAULT }, &["`ticks: 2,`, `ticks: 3,`", "--set name"]),
        // The same seed twice is no copy if something else differs.
        (Made { folder: "other", settings: "ticks: 3", ..DEFAULT }, &["`ticks: 2,`, `ticks: 3,`", "--set name"]),
        (Made { folder: "s2", seed: 2, outcomes: "0,1,0\n", ..DEFAULT }, &["a-s1 are 1", "s2 0"]),
    ];
    for (made, words) in cases {
        let dir = tempfile::tempdir().unwrap();
        make(dir.path(), &DEFAULT);
        make(dir.path(), &made);
        let error = compare(&[dir.path().to_path_buf()], &options(None)).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{words:?} in {error}");
    }
}

#[test]
fn folders_without_runs_and_unknown_columns_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = compare(&[dir.path().to_path_buf()], &options(None)).unwrap_err().to_string();
    assert!(error.contains("no run in") && error.contains("manifest.json"), "{error}");
    let error = compare(&[dir.path().join("nowhere")], &options(None)).unwrap_err().to_string();
    assert!(error.contains("no run in") && error.contains("nowhere"), "{error}");
    let mut comparison = compared(&make(dir.path(), &DEFAULT), None);
    let error = comparison.select(&["cooperation".into()]).unwrap_err().to_string();
    assert!(error.contains("did you mean `cooperation_rate`?") && error.contains("matches"), "{error}");
    comparison.select(&["nearest_strategy".into()]).unwrap();
    assert!(comparison.rows.iter().all(|row| row.key.table == STRATEGIES) && !comparison.rows.is_empty());
}
