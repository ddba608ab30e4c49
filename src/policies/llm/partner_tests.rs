//! Language models that pick their partners, in whole runs on the built-in model.

use crate::run::{RunOptions, Simulation};
use crate::scenario::load::load_text;
use std::path::Path;

const TICKS: u32 = 60;

/// A number of learners and two scripts, told what the others did last.
fn scenario(learners: u32, learner: &str) -> String {
    format!(
        r#"(version: 1, ticks: {TICKS}, game: Named("prisoners_dilemma"), rounds: Fixed(2), opening: LastMoves,
            matchmaking: PartnerSelection(), model: Named("tiny"), output: (selections: true), populations: [
              (name: "m", count: {learners}, policy: Llm(), learner: {learner}),
              (name: "c", policy: Scripted(AlwaysCooperate)),
              (name: "d", policy: Scripted(AlwaysDefect)),
            ])"#
    )
}

fn run(text: &str, dir: &Path, threads: usize) -> Result<(), String> {
    let mut simulation = Simulation::new();
    let scenario = load_text("choice.ron", text, "choice", &[], &simulation.known());
    let scenario = scenario.map_err(|errors| errors.render(false))?;
    let options = RunOptions { out: Some(dir.to_path_buf()), threads: Some(threads), ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options).map(|_| ()).map_err(|error| error.to_string())
}

/// How often `m_0` picked the cooperator and the defector in ticks `from` to `to`, exclusive.
fn picks(dir: &Path, from: u32, to: u32) -> [u32; 2] {
    let mut reader = csv::Reader::from_path(dir.join("selections.csv")).unwrap();
    let mut counts = [0; 2];
    for row in reader.records().map(Result::unwrap) {
        let (tick, selector, selected) = (row[0].parse::<u32>().unwrap(), &row[1], &row[3]);
        if (from..to).contains(&tick) && selector == "m_0" {
            let place = ["c_0", "d_0"].iter().position(|name| *name == selected).unwrap();
            counts[place] += row[5].parse::<u32>().unwrap();
        }
    }
    counts
}

/// One learner, so that only the cooperator is worth picking.
#[test]
fn an_agent_paid_by_payoff_learns_to_pick_the_cooperator() {
    let dir = tempfile::tempdir().unwrap();
    let learning = dir.path().join("learning");
    run(&scenario(1, "Reinforce(optimizer: (lr: 2e-3))"), &learning, 2).unwrap();
    let early = picks(&learning, 0, 20);
    let late = picks(&learning, TICKS - 20, TICKS);
    assert_eq!(late.iter().sum::<u32>(), 20, "one pick a tick");
    assert!(late[0] >= 17, "of the last 20 picks {late:?} were of cooperator and defector");
    assert!(late[0] > early[0], "it was learned: {early:?}, then {late:?}");
}

#[test]
fn picks_are_the_same_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let text = scenario(2, "Grpo()").replace(&format!("ticks: {TICKS}"), "ticks: 6");
    for (name, threads) in [("one", 1), ("two", 2)] {
        run(&text, &dir.path().join(name), threads).unwrap();
    }
    for file in ["selections.csv", "strategy_evolution.csv", "social_outcomes.csv"] {
        let read = |name: &str| std::fs::read(dir.path().join(name).join(file)).unwrap();
        assert_eq!(read("one"), read("two"), "{file}");
    }
}

/// Root of the sum of squares of the trained `A` matrices of `m_0`; one tick of this decay leaves half of it.
fn norm_after_one_tick(weight_decay: f64, dir: &Path) -> f64 {
    let learner = format!("Reinforce(optimizer: (lr: 1e-9, weight_decay: {weight_decay:?}))");
    let text = scenario(1, &learner).replace(&format!("ticks: {TICKS}"), "ticks: 1");
    run(&text, dir, 1).unwrap();
    let bytes = std::fs::read(dir.join("adapters/m_0/adapter_model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let floats = tensors.iter().filter(|(name, _)| name.contains("lora_A")).flat_map(|(_, tensor)| {
        tensor.data().chunks_exact(4).map(|four| f64::from(f32::from_le_bytes(four.try_into().unwrap())))
    });
    floats.map(|value| value * value).sum::<f64>().sqrt()
}

/// A tick takes two steps, the game's and the pick's; `1 − lr · weight_decay` is taken once.
#[test]
fn weights_decay_once_a_tick_whether_or_not_a_partner_is_picked() {
    let dir = tempfile::tempdir().unwrap();
    let free = norm_after_one_tick(0.0, &dir.path().join("free"));
    let decayed = norm_after_one_tick(0.5e9, &dir.path().join("decayed"));
    assert!(free > 0.0 && (decayed / free - 0.5).abs() < 1e-3, "{free} became {decayed}");
}
