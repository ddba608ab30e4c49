//! What the tables tell of lives and types.

use super::{GENES, RICH, SCENARIO};
use crate::support::{Table, run_text, sim, stdout};

#[test]
fn lives_types_and_places_are_told_in_the_tables() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(RICH, &out, 1);
    let rows = Table::read(&out, "strategy_evolution.csv");
    // Committed agents keep their type and their life.
    for row in rows.rows_where("population", "mean") {
        assert_eq!((rows.text(row, "type"), rows.text(row, "born")), ("always_defect", ""));
    }
    // Before the burn-in is over, all are founders.
    assert!(rows.rows_where("tick", "4").iter().all(|&row| rows.text(row, "parent").is_empty()));
    let places: std::collections::BTreeSet<(String, String)> = rows
        .rows_where("tick", "0")
        .iter()
        .map(|&row| (rows.text(row, "x").to_owned(), rows.text(row, "y").to_owned()))
        .collect();
    assert_eq!(places.len(), 36);
    let lives = Table::read(&out, "genealogy.csv");
    let mut known: std::collections::BTreeSet<u64> = (0..36).collect();
    let mut invaders = 0;
    for row in 0..lives.len() {
        let number = |head: &str| lives.number(row, head).map(|number| number as u64);
        assert!(known.insert(number("child").unwrap()), "a life has one number");
        match lives.text(row, "origin") {
            "invasion" => {
                invaders += 1;
                assert_eq!((lives.text(row, "tick"), lives.text(row, "type")), ("9", "win_stay_lose_shift"));
            }
            _ => assert!(known.contains(&number("parent").unwrap()), "parents come first"),
        }
    }
    assert_eq!(invaders, 3);
    let types = Table::read(&out, "types.csv");
    for tick in [5, 7, 159, 160] {
        let here = types.rows_where("tick", &tick.to_string());
        let count: f64 = here.iter().filter_map(|&row| types.number(row, "count")).sum();
        assert_eq!(count, 36.0, "tick {tick}");
        // What the run leaves behind has not played.
        assert!(here.iter().all(|&row| types.text(row, "fitness").is_empty() == (tick == 160)));
    }
    assert!((0..types.len()).any(|row| types.text(row, "type").starts_with("memory_one:")));
    stdout(sim().arg("report").arg(&out), 0);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("\"name\":\"types\"") && page.contains("\"name\":\"lattice\""));
}

#[test]
fn types_are_told_with_their_traits() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("rich");
    run_text(RICH, &out, 1);
    let types = Table::read(&out, "types.csv");
    let probabilities = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
    let mut mutants = 0;
    for row in 0..types.len() {
        let found = probabilities.map(|head| types.number(row, head).unwrap());
        let expected = match types.text(row, "type") {
            "always_cooperate" => vec![1.0; 5],
            "always_defect" => vec![0.0; 5],
            "tit_for_tat" => vec![1.0, 1.0, 0.0, 1.0, 0.0],
            "win_stay_lose_shift" => vec![1.0, 1.0, 0.0, 0.0, 1.0],
            mutant => {
                mutants += 1;
                let (_, numbers) = mutant.split_once("memory_one:").unwrap();
                numbers.split('/').map(|number| number.parse().unwrap()).collect()
            }
        };
        assert_eq!(found.to_vec(), expected, "{}", types.text(row, "type"));
    }
    assert!(mutants > 10, "{mutants}");
    // What has no such numbers leaves them empty.
    let out = dir.path().join("odd");
    run_text(&SCENARIO.replacen("TitForTat", "TitForTwoTats", 1).replacen("ticks: 600", "ticks: 2", 1), &out, 1);
    let types = Table::read(&out, "types.csv");
    let of = |name: &str| probabilities.map(|head| types.text(types.rows_where("type", name)[0], head).to_owned());
    assert_eq!((of("tit_for_two_tats").concat(), of("always_cooperate").concat()), (String::new(), "11111".into()));
    // Weights that are inherited have columns of their own, and strategies that are not have none.
    let out = dir.path().join("genes");
    run_text(GENES, &out, 1);
    let text = std::fs::read_to_string(out.join("types.csv")).unwrap();
    assert_eq!(text.lines().next(), Some("tick,type,count,frequency,fitness,weight_payoff,weight_altruist"));
    let types = Table::read(&out, "types.csv");
    for row in 0..types.len() {
        let [payoff, altruist] = ["weight_payoff", "weight_altruist"].map(|head| types.number(row, head).unwrap());
        let expected = match types.text(row, "type") {
            "q_learning/selfish" => "q_learning payoff=1 altruist=0".to_owned(),
            "q_learning/moral" => "q_learning payoff=0.5 altruist=0.5".to_owned(),
            mutant => mutant.to_owned(),
        };
        assert_eq!(format!("q_learning payoff={payoff} altruist={altruist}"), expected);
    }
    stdout(sim().arg("report").arg(&out), 0);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("\"name\":\"traits\""));
}
