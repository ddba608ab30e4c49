//! Populations that join late and leave early.

use crate::support::{Table, run_text, sim, stderr, stdout};

/// Two reciprocators, and two defectors who play in ticks 2 and 3.
const SCENARIO: &str = r#"(version: 1, ticks: 6, game: Named("prisoners_dilemma"), rounds: Fixed(4), matchmaking: MATCHES,
    populations: [(name: "fair", count: 2, policy: Scripted(TitForTat)),
        (name: "mean", count: 2, joins: 2, leaves: 4, policy: Scripted(AlwaysDefect))])"#;

/// What an agent is paid per round in each tick; `None` where it does not play.
fn payoffs(table: &Table, agent: &str) -> Vec<Option<f64>> {
    table.rows_where("agent", agent).iter().map(|&row| table.number(row, "payoff_mean")).collect()
}

#[test]
fn members_play_only_in_the_ticks_of_their_stay() {
    let dir = tempfile::tempdir().unwrap();
    for (number, matchmaking) in ["RoundRobin", "Neighbours"].iter().enumerate() {
        let out = dir.path().join(number.to_string());
        run_text(&SCENARIO.replace("MATCHES", matchmaking), &out, 1);
        let table = Table::read(&out, "strategy_evolution.csv");
        // A defector gets 4 once from each reciprocator, and else 1; a reciprocator gets 3, or 0 once and then 1.
        let (alone, mean, fair) = (Some(3.0), Some((7.0 + 7.0 + 4.0) / 12.0), Some((12.0 + 3.0 + 3.0) / 12.0));
        assert_eq!(payoffs(&table, "mean_0"), [None, None, mean, mean, None, None], "{matchmaking}");
        assert_eq!(payoffs(&table, "fair_1"), [alone, alone, fair, fair, alone, alone], "{matchmaking}");
    }
}

#[test]
fn a_learner_learns_only_in_the_ticks_of_its_stay() {
    let text = |stay: &str| {
        format!(
            r#"(version: 1, ticks: 9, game: Named("prisoners_dilemma"), rounds: Fixed(4), opening: MadeUp, populations: [
                (name: "learner", {stay} policy: QLearning(alpha: 0.5)), (name: "fair", policy: Scripted(TitForTat))])"#
        )
    };
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str, stay: &str| {
        let out = dir.path().join(name);
        run_text(&text(stay), &out, 1);
        let table = Table::read(&out, "strategy_evolution.csv");
        let cells = ["p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
        let row = |row: usize| cells.map(|cell| table.number(row, cell));
        table.rows_where("agent", "learner_0").into_iter().map(row).collect::<Vec<_>>()
    };
    let (always, staying) = (read("always", ""), read("staying", "joins: 3, leaves: 6,"));
    // A row tells the table at the end of its tick. Before it joins and after it has left, the table stays as it is.
    assert!(staying[..3].iter().all(|row| *row == staying[0]), "{staying:?}");
    assert_ne!(staying[5], staying[0]);
    assert!(staying[6..].iter().all(|row| *row == staying[5]), "{staying:?}");
    assert_ne!(always[2], staying[2]);
}

#[test]
fn a_stay_that_cannot_be_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stay.ron");
    let refused = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let told = stderr(sim().arg("--scenario").arg(&file).arg("--dry-run"), 2);
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = SCENARIO.replace("MATCHES", "RoundRobin");
    let never = refused(&text.replace("joins: 2", "joins: 6"));
    assert!(never.contains("`mean` never plays: it joins at tick 6 of 6"), "{never}");
    assert!(never.contains("`mean` leaves at tick 4, and joins at tick 6"), "{never}");
    let evolving = refused(&text.replace("populations", "evolution: (rule: ImitateBest()), populations"));
    assert!(evolving.contains("expected `invasions`"), "{evolving}");
}

#[test]
fn the_dry_run_tells_who_stays_when() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stay.ron");
    std::fs::write(&file, SCENARIO.replace("MATCHES", "RoundRobin")).unwrap();
    let told = stdout(sim().arg("--scenario").arg(&file).arg("--dry-run"), 0);
    let text = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("plays in ticks 2 to 3"), "{text}");
}
