//! The columns `p_c_*`: whose policy they describe, and where they come from.

use crate::support::{Table, root, run_text, scenario};
use agora::policies::scripted::{MatchFacts, Scripted, member_stream};
use agora::run::{RunOptions, Simulation};
use agora::scenario::format::StrategySpec;
use agora::world::Clock;
use agora::world::schedule::{Tick, TickSystems};
use bevy_ecs::prelude::*;

/// Turns every agent into a defector after the first tick.
fn convert(clock: Res<Clock>, mut agents: Query<&mut Scripted>) {
    for mut scripted in agents.iter_mut().filter(|_| clock.tick == 0) {
        let strategy = StrategySpec::AlwaysDefect.build(&MatchFacts::default(), &mut member_stream(0, 0)).unwrap();
        *scripted = Scripted(strategy);
    }
}

#[test]
fn a_script_that_becomes_another_is_read_again() {
    let mut simulation = Simulation::new();
    simulation.app.add_systems(Tick, convert.in_set(TickSystems::Evolve));
    let scenario = scenario(
        &simulation,
        r#"(version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(3), populations: [
            (name: "convert", count: 2, policy: Scripted(TitForTat))])"#,
    );
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    simulation.run_quietly(&scenario, &RunOptions { out: Some(out.clone()), ..RunOptions::default() }).unwrap();
    let table = Table::read(&out, "strategy_evolution.csv");
    let rows = table.rows_where("agent", "convert_0");
    let read = |row: usize| [table.number(row, "p_c_cc"), table.number(row, "cooperation_rate")];
    assert_eq!(read(rows[0]), [Some(1.0); 2]);
    assert_eq!(read(rows[1]), [Some(0.0); 2], "what is read is what is played");
}

#[test]
fn counted_shares_are_told_from_probabilities() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = std::fs::read_to_string(root().join("scenarios/quick_look.ron")).unwrap();
    let scenario = scenario.replacen("ticks: 40,", "ticks: 6,", 1);
    for (decision, source) in [("Constrained", "exact"), ("Generate", "counted")] {
        let text = scenario.replacen("version: 1,", &format!("version: 1, prompt: (decision: {decision}),"), 1);
        let out = dir.path().join(decision);
        run_text(&text, &out, 2);
        let table = Table::read(&out, "strategy_evolution.csv");
        let models = table.rows_where("policy", "llm");
        assert!(models.iter().all(|&row| table.number(row, "p_c_start").is_some()));
        assert!(models.iter().all(|&row| table.text(row, "p_c_source") == source), "{decision}");
        assert!(table.rows_where("policy", "tit_for_tat").iter().all(|&row| table.text(row, "p_c_source") == "exact"));
    }
}
