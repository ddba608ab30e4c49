//! Weights of rewards, and what was learned under them, as they are handed on.

use super::GENES;
use crate::support::{Table, run_text};

#[test]
fn weights_are_inherited_and_mutate_on_the_simplex() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(GENES, &out, 1);
    let types = Table::read(&out, "types.csv");
    let mut mutants = 0;
    for row in 0..types.len() {
        let name = types.text(row, "type");
        let weights: Vec<f64> =
            name.split('=').skip(1).filter_map(|part| part.split(' ').next()?.parse().ok()).collect();
        if !weights.is_empty() {
            mutants += 1;
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9 && weights.iter().all(|w| *w >= 0.0), "{name}");
        }
    }
    assert!(mutants > 10 && types.text(0, "type") == "q_learning/selfish", "{mutants}");
}

/// Two learners that meet each other alone: what altruism pays one is its weight times the other's payoff.
#[test]
fn a_selfish_agent_whose_weights_mutate_is_paid_by_the_new_ones() {
    let text = GENES
        .replacen("matchmaking: Assortative(r: 0.4, repeats: 2),", "", 1)
        .replacen("rate: 0.3", "rate: 1.0", 1)
        .replace("count: 6", "count: 1");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&text, &out, 1);
    let (rows, types) = (Table::read(&out, "strategy_evolution.csv"), Table::read(&out, "types.csv"));
    let mut changed = 0;
    for row in rows.rows_where("population", "selfish") {
        let name = rows.text(row, "type");
        let own = types.rows_where("type", name)[0];
        let [payoff, altruist] = ["weight_payoff", "weight_altruist"].map(|head| types.number(own, head).unwrap());
        // The other agent of the tick has the next row.
        let [mine, theirs] = [row, row + 1].map(|row| rows.number(row, "payoff_mean").unwrap());
        let found = ["reward_payoff", "reward_altruist"].map(|head| rows.number(row, head).unwrap());
        for (found, expected) in found.into_iter().zip([payoff * mine, altruist * theirs]) {
            assert!((found - expected).abs() < 1e-9, "{name}: {found}, {expected}");
        }
        changed += usize::from(altruist > 0.0 && theirs > 0.0);
    }
    assert!(changed > 10, "{changed} rows of a selfish agent that is no longer selfish");
}

/// In a generation of one tick, an agent that is born with all that its parent learned knows more than one that starts
/// again; what a parent was born with is what a founder knew.
#[test]
fn what_was_learned_is_handed_on_by_the_rule_of_inheritance() {
    let dir = tempfile::tempdir().unwrap();
    // Without exploration, what a table says is what it has learned: an empty row plays at random.
    let run = |learned: &str| {
        let text = GENES
            .replace("QLearning()", "QLearning(epsilon: Constant(0.0))")
            .replace("learned: Lamarckian", &format!("learned: {learned}"))
            .replacen("ticks: 60", "ticks: 61", 1);
        let out = dir.path().join(learned);
        run_text(&text, &out, 1);
        let rows = Table::read(&out, "strategy_evolution.csv");
        let last = rows.rows_where("tick", "60");
        let mut unlearned = 0;
        for row in last {
            let cells = ["p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
            unlearned += cells.iter().filter(|cell| rows.number(row, cell) == Some(0.5)).count();
        }
        (unlearned, std::fs::read(out.join("strategy_evolution.csv")).unwrap())
    };
    let (lamarckian, baldwinian, darwinian) = (run("Lamarckian"), run("Baldwinian"), run("Darwinian"));
    // One tick after birth, most rows of a table that starts again are empty.
    assert!(lamarckian.0 * 3 < baldwinian.0 + 3, "{} rows, {}", lamarckian.0, baldwinian.0);
    assert!(baldwinian.1 == darwinian.1, "founders' tables are empty, so that both start again");
}
