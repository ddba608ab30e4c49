//! A match of every game in a form that a person can read: what each player saw, the prompt, the action, payoffs and
//! reward terms. The texts are kept in `tests/golden/transcripts`.

use crate::support::{Table, check_golden, scenario};
use agora::games::{Game, Observation, catalog::ENTRIES};
use agora::policies::llm::LlmPolicy;
use agora::run::{RunOptions, Simulation};
use agora::world::Rules;
use std::fmt::Write;

const TERMS: [&str; 4] = ["payoff", "utilitarian", "deontological", "virtue_equality"];

/// Three rounds of a language model, untrained, and one script or more, all paid by the same four terms.
fn play(game: &str, scripts: u32, script: &str) -> String {
    let text = format!(
        r#"(version: 1, ticks: 1, seed: 2, game: {game}, rounds: Fixed(3), model: Named("tiny"), output: (moves: true),
            prompt: (labels: ["alpha", "omega"]),
            populations: [
                (name: "model", policy: Llm(), rewards: [(term: Payoff), (term: Utilitarian), (term: Deontological()), (term: VirtueEquality)]),
                (name: "script", count: {scripts}, policy: Scripted({script}),
                 rewards: [(term: Payoff), (term: Utilitarian), (term: Deontological()), (term: VirtueEquality)]),
            ])"#
    );
    let dir = tempfile::tempdir().unwrap();
    let mut simulation = Simulation::new();
    let scenario = scenario(&simulation, &text);
    let out = dir.path().join("run");
    let options = RunOptions { out: Some(out.clone()), threads: Some(1), ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options).unwrap();
    let moves = Table::read(&out, "moves.csv");
    let world = simulation.app.world_mut();
    let prompts = world.query::<&LlmPolicy>().single(world).unwrap().prompts.clone();
    let rules = world.resource::<Rules>();
    let mut told = format!("{}\n", rules.game.name());
    for row in 0..moves.len() {
        let seat: usize = moves.text(row, "seat").parse().unwrap();
        if seat == 0 {
            let _ = writeln!(told, "\nround {}", moves.text(row, "round"));
        }
        let seen = [moves.text(row, "seen_own"), moves.text(row, "seen_others")];
        let agent = moves.text(row, "agent");
        let sight =
            if seen[0].is_empty() { "nothing yet".into() } else { format!("own {}, others {}", seen[0], seen[1]) };
        let _ = writeln!(told, "  {agent} saw: {sight}");
        if agent == "model_0" {
            let observation = rules.observations.index(observation(rules.game.as_ref(), seen));
            for line in prompts.texts[prompts.index(seat, 0, 0, observation)].lines() {
                let _ = writeln!(told, "    | {line}");
            }
        }
        let terms = TERMS.map(|term| format!("{term} {}", moves.text(row, &format!("reward_{term}"))));
        let (action, payoff) = (moves.text(row, "action"), moves.text(row, "payoff"));
        let _ = writeln!(told, "    did {action}, got {payoff}; {}", terms.join(", "));
    }
    told
}

/// What a row of `moves.csv` records as seen.
fn observation(game: &dyn Game, [own, others]: [&str; 2]) -> Observation {
    let number = |name: &str| game.actions().iter().position(|action| action == name).map(|number| number as u8);
    match number(own) {
        None => Observation::Opening,
        Some(own) => Observation::Last { own, others: number(others).unwrap_or_else(|| others.parse().unwrap()) },
    }
}

#[test]
fn a_match_of_every_game_is_as_it_was() {
    for entry in ENTRIES {
        let told = play(&format!("Named(\"{}\")", entry.name), 1, "TitForTat");
        check_golden(&format!("transcripts/{}.txt", entry.name), &told, 1e-4);
    }
    let told = play("PublicGoods(players: 3, multiplier: 1.5)", 2, "Alternator");
    check_golden("transcripts/public_goods.txt", &told, 1e-4);
}
