//! Exact mode compared with play: what happens is what was expected, within its error, and expectations know no luck.

use crate::support::{scenario, sim, stderr};
use crate::testing::assert_near;
use agora::games::{Action, ILLEGAL};
use agora::rng::{Purpose, stream};
use agora::run::{RunOptions, Simulation};
use agora::world::schedule::{Round, next_policy_place};
use agora::world::{AgentId, Behaviour, Decisions, Factories, Setting, Tournament, Turn, turn};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use rand::RngExt;
use std::path::Path;

/// Plays by its behaviour, from two tables in turn, and names no action every so often.
struct ForetoldPlugin;

#[derive(Component)]
struct Foretold;

impl Plugin for ForetoldPlugin {
    fn build(&self, app: &mut App) {
        let place = next_policy_place(app);
        app.add_systems(Round, decide_foretold.in_set(place));
        let mut factories = app.world_mut().resource_mut::<Factories>();
        factories.add_policy(
            "foretold",
            "Plays by tables that are known beforehand.",
            |params: std::collections::BTreeMap<String, f64>, agent| {
                let shift = params.get("shift").copied().unwrap_or(0.0);
                let table = |turn: usize| {
                    let row = |i: usize| {
                        let p = 0.1 + 0.7 * (1.9 * (i + 2 * turn) as f64 + shift).sin().abs();
                        [p, 0.9 - p, 0.1]
                    };
                    (0..5).flat_map(row).collect::<Vec<f64>>()
                };
                agent.insert((Foretold, Behaviour::new(2, 2, (0..4).map(table).collect())));
                Ok(())
            },
        );
    }
}

fn decide_foretold(
    setting: Setting,
    tournament: Res<Tournament>,
    agents: Query<(&AgentId, &Behaviour), With<Foretold>>,
    mut decisions: ResMut<Decisions>,
) {
    let Setting { seed, clock, rules } = setting;
    for (agent, behaviour) in &agents {
        for Turn { slot, seat, position, seen, .. } in tournament.live_seats_of(*agent) {
            let table = behaviour.table(behaviour.number(position, turn(slot, clock.tick)));
            let row = &table[3 * rules.observations.index(seen)..][..3];
            let key = tournament.key(clock.tick, seat);
            let draw: f64 = stream(seed.0, Purpose::plugin("tests"), key).random();
            decisions.0[seat] = if draw < row[0] {
                0
            } else if draw < row[0] + row[1] {
                1 as Action
            } else {
                ILLEGAL
            };
        }
    }
}

/// Runs `text` and returns the columns of its `strategy_evolution.csv` by name.
fn columns(text: &str) -> impl Fn(&str, &str) -> Vec<Option<f64>> + use<> {
    let mut simulation = Simulation::new();
    simulation.app.add_plugins(ForetoldPlugin);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let scenario = scenario(&simulation, text);
    let finished = simulation.run_quietly(&scenario, &RunOptions { out: Some(out.clone()), ..RunOptions::default() });
    assert!(finished.unwrap().halted.is_empty());
    let mut reader = csv::Reader::from_path(out.join("strategy_evolution.csv")).unwrap();
    let heads = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    move |agent, column| {
        let find = |name: &str| heads.iter().position(|head| head == name).unwrap();
        let of_agent = rows.iter().filter(|row| &row[find("agent")] == agent);
        of_agent.map(|row| row[find(column)].parse().ok()).collect()
    }
}

/// Checks that sampled minus exact is 0 on average over the ticks, within five standard errors.
fn check_mean(sampled: &[Option<f64>], exact: &[Option<f64>], what: &str) {
    let differences: Vec<f64> = sampled.iter().zip(exact).map(|(a, b)| a.unwrap() - b.unwrap()).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    // The tables show six decimals.
    assert!(mean.abs() < 5.0 * error + 1e-6, "{what}: {mean} ± {error}");
}

#[test]
fn what_is_expected_happens_on_average() {
    let rules = [
        ("rounds: Fixed(6)", "prisoners_dilemma"),
        ("rounds: Fixed(3), noise: 0.15, opening: MadeUp", "stag_hunt"),
        ("rounds: Continue(probability: 0.8, at_most: 12), noise: 0.05", "prisoners_dilemma"),
    ];
    for (rules, game) in rules {
        let column = columns(&format!(
            r#"(version: 1, ticks: 60, game: Named("{game}"), {rules}, matchmaking: RandomPairs(repeats: 40),
                output: (exact: true), populations: [
                (name: "foretold", count: 2, policy: Custom(name: "foretold", params: {{"shift": 0.3}})),
                (name: "other", policy: Custom(name: "foretold", params: {{"shift": 1.1}})),
                (name: "tit_for_tat", policy: Scripted(TitForTat)),
                (name: "generous", policy: Scripted(GenerousTitForTat(p: 0.3))),
                (name: "random", policy: Scripted(Random(p: 0.6)))])"#
        ));
        for agent in ["foretold_0", "foretold_1", "other_0", "tit_for_tat_0", "generous_0", "random_0"] {
            check_mean(
                &column(agent, "payoff_mean"),
                &column(agent, "payoff_exact"),
                &format!("{rules} {agent} payoff"),
            );
            let (sampled, exact) = (column(agent, "cooperation_rate"), column(agent, "cooperation_exact"));
            check_mean(&sampled, &exact, &format!("{rules} {agent} cooperation"));
        }
    }
}

/// If the length of matches is drawn, the exact value is the ratio of expectations: all payoffs of many ticks over all
/// decisions. A row over many ticks pools both in the same way, even if every tick brings other opponents.
#[test]
fn a_row_over_many_ticks_pools_what_was_expected_of_each() {
    const TICKS: u32 = 4000;
    let members = ["AlwaysDefect", "WinStayLoseShift", "TitForTat", "AlwaysCooperate"];
    let member = |rule: &str| format!(r#"(name: "{rule}", policy: Scripted({rule})),"#);
    let column = columns(&format!(
        r#"(version: 1, ticks: {TICKS}, game: Named("prisoners_dilemma"), noise: 0.05,
            rounds: Continue(probability: 0.9, at_most: 1000), matchmaking: RandomPairs(repeats: 1),
            output: (exact: true, every: {TICKS}), populations: [{}])"#,
        members.map(member).concat()
    ));
    for rule in members {
        let agent = format!("{rule}_0");
        let only = |name: &str| match column(&agent, name)[..] {
            [Some(value)] => value,
            ref rows => panic!("one row was expected: {rows:?}"),
        };
        // Matches have ten rounds on average, with a standard deviation of nearly as many, and payoffs differ by about
        // 1 between opponents: a standard error of 0.025 over 4,000 matches; that of cooperation is 0.01.
        assert_near(only("payoff_mean"), only("payoff_exact"), 0.125);
        assert_near(only("cooperation_rate"), only("cooperation_exact"), 0.05);
    }
}

#[test]
fn what_is_taken_in_turn_is_expected_in_turn() {
    // One match per tick: only the ticks move the turn on.
    let column = columns(
        r#"(version: 1, ticks: 600, game: Named("prisoners_dilemma"), rounds: Fixed(6), output: (exact: true),
            matchmaking: FixedPairs([("foretold", "random")]), populations: [
            (name: "foretold", policy: Custom(name: "foretold", params: {"shift": 0.3})),
            (name: "random", policy: Scripted(Random(p: 0.6)))])"#,
    );
    for agent in ["foretold_0", "random_0"] {
        let (payoff, exact) = (column(agent, "payoff_mean"), column(agent, "payoff_exact"));
        check_mean(&payoff, &exact, agent);
        assert!(exact[0] != exact[1] && exact[0] == exact[2], "{agent}: two tables in turn");
    }
}

#[test]
fn what_cannot_be_foretold_is_left_empty() {
    let column = columns(
        r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(3), output: (exact: true),
            matchmaking: FixedPairs([("tit_for_tat", "grim"), ("pavlov", "always_defect")]), populations: [
            (name: "tit_for_tat", policy: Scripted(TitForTat)), (name: "grim", policy: Scripted(Grim)),
            (name: "pavlov", policy: Scripted(WinStayLoseShift)),
            (name: "always_defect", policy: Scripted(AlwaysDefect))])"#,
    );
    assert_eq!(column("tit_for_tat_0", "payoff_exact"), [None]);
    assert_eq!(column("grim_0", "cooperation_exact"), [None]);
    assert_eq!(column("pavlov_0", "cooperation_exact"), [Some(0.666667)], "C, D, C");
    assert_eq!(column("always_defect_0", "payoff_exact"), column("always_defect_0", "payoff_mean"));
}

/// A scenario in which one model learns exactly, from the adapter saved in `from`.
fn learning(from: Option<&Path>, estimator: &str) -> String {
    let from = from.map_or_else(String::new, |from| format!("from: \"{}\"", from.display()));
    format!(
        r#"(version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(4), noise: 0.1, model: Named("tiny"),
            prompt: (labels: ["A", "B"]), populations: [
            (name: "learner", policy: Llm({from}), estimator: {estimator},
             learner: Ppo(epochs: 2, discount: 0.9, optimizer: (lr: 0.01)),
             rewards: [(term: Payoff), (term: Deontological(penalty: 2.0))]),
            (name: "generous", policy: Scripted(GenerousTitForTat(p: 0.4))),
            (name: "random", policy: Scripted(Random(p: 0.5)))])"#
    )
}

#[test]
fn exact_learning_depends_on_the_seed_only_through_initial_weights() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, text: &str, seed: &str| {
        let file = dir.path().join(format!("{name}.ron"));
        std::fs::write(&file, text).unwrap();
        let out = dir.path().join(name);
        sim().arg("--scenario").arg(&file).args(["--seed", seed, "--out"]).arg(&out).assert().success();
        out.join("adapters/learner_0")
    };
    let weights = |folder: &Path| std::fs::read(folder.join("adapter_model.safetensors")).unwrap();
    let start = run("start", &learning(None, "Exact"), "1");
    let exact = [1, 2].map(|seed| run(&format!("exact{seed}"), &learning(Some(&start), "Exact"), &seed.to_string()));
    let sampled =
        [1, 2].map(|seed| run(&format!("sampled{seed}"), &learning(Some(&start), "Sampled"), &seed.to_string()));
    // The header holds the seed, so only what follows it is compared.
    let body = |folder: &Path| {
        let bytes = weights(folder);
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].to_vec()
    };
    assert_eq!(body(&exact[0]), body(&exact[1]));
    assert_ne!(body(&sampled[0]), body(&sampled[1]));
    assert_ne!(body(&exact[0]), body(&start));
}

#[test]
fn opponents_with_a_longer_memory_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("grim.ron");
    std::fs::write(&file, learning(None, "Exact").replace("GenerousTitForTat(p: 0.4)", "Grim")).unwrap();
    let message = stderr(sim().arg("--scenario").arg(&file).arg("--dry-run"), 2);
    assert!(message.contains("`learner` meets `generous`, and grim remembers more than the last round"), "{message}");
}
