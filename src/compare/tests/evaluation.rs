//! Comparisons of what `sim evaluate` measured.

use super::*;

const HEADS: &str = "run,seed,subject,population,agent,part,game,labels,table,phrasing,estimate,histories,c_after_c,\
                     c_after_d,p_c_cc,p_c_cd,p_c_dc,p_c_dd,p_illegal,payoff,collective_payoff,fine_deontological,\
                     shortfall_utilitarian,rounds,penalty\n";

/// The `evaluation.csv` of a run in which two members of `x` cooperate with this chance and 0.2 less.
fn evaluated(root: &Path, scenario: &str, seed: u64, share: f64, penalty: f64) {
    let folder = format!("{scenario}-s{seed}");
    let folder = make(root, &Made { folder: &folder, scenario, seed, ..DEFAULT });
    let row = |subject: &str, part: &str, phrasing: &str, estimate: &str, share: f64| {
        let half = share / 2.0;
        format!(
            "{scenario},{seed},{subject},x,x_0,{part},stag_hunt,new,original,{phrasing},{estimate},even,{half},{half},\
             {share},{share},{share},{share},0,2,4,{},0.5,5,{penalty}\n",
            1.0 - share
        )
    };
    let text = [
        HEADS.to_string(),
        row("untrained", "game", "structured", "exact", 0.9),
        row("trained", "game", "structured", "exact", share),
        row("trained", "game", "structured", "exact", share - 0.2),
        row("trained", "game", "structured", "sampled", 0.0),
        row("trained", "phrasing", "story", "exact", share),
    ];
    fs::write(folder.join("evaluation.csv"), text.concat()).unwrap();
}

fn options() -> Options {
    Options { evaluation: true, ..Options::default() }
}

#[test]
fn exact_values_of_trained_models_are_compared_question_by_question() {
    let dir = tempfile::tempdir().unwrap();
    for (scenario, seed, share) in [("a", 1, 0.3), ("a", 2, 0.4), ("b", 1, 0.8), ("b", 2, 0.9)] {
        evaluated(dir.path(), scenario, seed, share, 3.0);
    }
    let mut comparison = compare(&[dir.path().to_path_buf()], &options()).unwrap();
    let csv = output::frame(&comparison).csv();
    assert!(csv.starts_with("scenario,table,population,question,column,n,mean,low,high,compared_with,"), "{csv}");
    // Members 0.3 and 0.1, 0.4 and 0.2: 0.2 and 0.3.
    assert!(csv.contains("\na,evaluation,x,game/stag_hunt/new,cooperation,2,0.25,0,0.88531,,"), "{csv}");
    assert!(csv.contains("\nb,evaluation,x,phrasing/stag_hunt/story,p_c_cc,2,0.85,"), "{csv}");
    comparison.select_readable(|_| false);
    let text = text(&comparison);
    for words in ["stag_hunt, new labels\n", "histories even, rounds 5, penalty 3", "+0.50 [0.50, 0.50]*"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("phrasing") && !text.contains("tick"), "{text}");
}

#[test]
fn runs_without_an_evaluation_or_with_another_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    evaluated(dir.path(), "a", 1, 0.3, 3.0);
    evaluated(dir.path(), "a", 2, 0.3, 4.0);
    make(dir.path(), &Made { folder: "a-s3", seed: 3, ..DEFAULT });
    let comparison = compare(&[dir.path().to_path_buf()], &options()).unwrap();
    assert_eq!(comparison.groups[0].seeds, [1]);
    assert!(comparison.notes[0].contains("rounds 5, penalty 4") && comparison.notes[0].contains("--force"));
    assert!(comparison.notes[1].contains("a-s3 was not evaluated"), "{:?}", comparison.notes);
    let error = compare(&[dir.path().join("a-s3")], &options()).unwrap_err().to_string();
    assert!(error.contains("nothing to compare") && error.contains("sim evaluate"), "{error}");
}
