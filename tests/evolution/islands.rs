//! Agents on islands, and those that move between them.

use super::{GENES, RICH, SCENARIO, refused, said};
use crate::support::{Table, run_text, scenario, sim, stderr};
use agora::run::{RunOptions, Simulation};
use agora::world::schedule::{Tick, TickSystems};
use agora::world::{Heritage, Inborn, LearnedState, Lineages, Roster};
use bevy_ecs::prelude::*;

/// Three populations on islands of their own, between which agents move in the middle of generations.
pub(crate) const ISLANDS: &str = r#"(version: 1, ticks: 121, game: Named("prisoners_dilemma"), rounds: Fixed(4), noise: 0.02,
    matchmaking: Neighbours, structure: (interaction: Islands(count: 3), placement: AsListed),
    evolution: (rule: Fermi(strength: 1.0, comparisons: 6), every: 10, burn_in: 1,
        migration: (every: 4, pairs: 1)), populations: [
        (name: "kind", count: 5, policy: Scripted(AlwaysCooperate)),
        (name: "mean", count: 5, policy: Scripted(AlwaysDefect)),
        (name: "fair", count: 5, policy: Scripted(TitForTat))])"#;

/// A change of places between two rows of the same agent: who is elsewhere than before, by the columns of lineage.
fn moves(table: &Table, tick: u32) -> Vec<usize> {
    let heads = ["type", "life", "parent", "born"];
    let own = |row: usize| heads.map(|head| table.text(row, head).to_owned());
    let at = |tick: u32| table.rows_where("tick", &tick.to_string()).into_iter().map(own).collect::<Vec<_>>();
    let (before, now) = (at(tick - 1), at(tick));
    (0..now.len()).filter(|&agent| before[agent] != now[agent]).collect()
}

#[test]
fn nobody_leaves_an_island_unless_there_is_migration() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("apart");
    run_text(&ISLANDS.replacen(",\n        migration: (every: 4, pairs: 1)", "", 1), &out, 1);
    let apart = Table::read(&out, "strategy_evolution.csv");
    let founding = [("0", "always_cooperate"), ("1", "always_defect"), ("2", "tit_for_tat")];
    for row in 0..apart.len() {
        assert!(founding.contains(&(apart.text(row, "island"), apart.text(row, "type"))), "row {row}");
    }
    let children: std::collections::BTreeSet<_> = (0..apart.len())
        .filter(|&row| !apart.text(row, "parent").is_empty())
        .map(|row| apart.text(row, "island"))
        .collect();
    assert_eq!(children.len(), 3, "agents inherit on every island");
    let out = dir.path().join("moving");
    run_text(&ISLANDS.replacen("every: 10", "every: 1000", 1).replacen("pairs: 1", "pairs: 3", 1), &out, 1);
    let moving = Table::read(&out, "strategy_evolution.csv");
    let types: std::collections::BTreeSet<_> =
        (0..moving.len()).map(|row| (moving.text(row, "island"), moving.text(row, "type"))).collect();
    assert_eq!(types.len(), 9, "in time every type gets to every island: {types:?}");
}

#[test]
fn a_migration_changes_places_and_nothing_else() {
    // No generation ends.
    let text = ISLANDS.replacen("every: 10", "every: 1000", 1).replacen(
        "burn_in: 1,",
        "burn_in: 1, committed: [\"mean\"],",
        1,
    );
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&text, &out, 1);
    let table = Table::read(&out, "strategy_evolution.csv");
    for row in 0..table.len() {
        let life = table.number(row, "life").unwrap() as usize;
        let own = ["always_cooperate", "always_defect", "tit_for_tat"][life / 5];
        assert_eq!((table.text(row, "type"), table.text(row, "policy")), (own, own));
        assert_eq!((table.text(row, "parent"), table.text(row, "born")), ("", ""));
        assert!(table.text(row, "population") != "mean" || own == "always_defect", "committed agents stay");
    }
    for tick in 0..121u32 {
        let rows = table.rows_where("tick", &tick.to_string());
        let lives: std::collections::BTreeSet<&str> = rows.iter().map(|&row| table.text(row, "life")).collect();
        assert_eq!(lives.len(), 15, "every life has one place");
        if tick > 0 {
            let moved = moves(&table, tick);
            let islands: Vec<&str> = moved.iter().map(|&agent| table.text(rows[agent], "island")).collect();
            let expected = if tick > 1 && (tick - 1).is_multiple_of(4) { 2 } else { 0 };
            assert_eq!(moved.len(), expected, "tick {tick}");
            assert!(expected == 0 || islands[0] != islands[1], "{islands:?}");
        }
    }
}

/// A generation has ten ticks, and agents move within it: what counts is what they were paid wherever they were.
#[test]
fn what_was_paid_moves_with_the_agent_that_earned_it() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(ISLANDS, &out, 1);
    let (rows, types) = (Table::read(&out, "strategy_evolution.csv"), Table::read(&out, "types.csv"));
    let mut compared = 0;
    for end in [10, 40, 90] {
        // All play equally often, four neighbours of four rounds.
        let mut of_life = std::collections::BTreeMap::<&str, (f64, &str)>::new();
        for tick in end - 9..=end {
            for row in rows.rows_where("tick", &tick.to_string()) {
                let (sum, name) = of_life.entry(rows.text(row, "life")).or_insert((0.0, rows.text(row, "type")));
                assert_eq!(*name, rows.text(row, "type"));
                *sum += rows.number(row, "payoff_mean").unwrap() / 10.0;
            }
        }
        assert_eq!(of_life.len(), 15);
        for row in types.rows_where("tick", &end.to_string()) {
            let own = of_life.values().filter(|(_, name)| *name == types.text(row, "type"));
            let (sum, count) = own.fold((0.0, 0.0), |(sum, count), (fitness, _)| (sum + fitness, count + 1.0));
            assert_eq!(types.number(row, "count"), Some(count));
            let fitness = types.number(row, "fitness").unwrap();
            // Tables hold six digits.
            assert!((fitness - sum / count).abs() < 1e-5, "tick {end}: {fitness}, {}", sum / count);
            compared += 1;
        }
    }
    assert!(compared > 3, "{compared}");
}

#[test]
fn with_one_type_a_migration_changes_nothing() {
    // Sixteen decisions a tick and sixteen ticks a generation, of whole payoffs: sums are exact in any order.
    let one = |text: &str| {
        let strategies = ["AlwaysCooperate", "AlwaysDefect", "TitForTat"];
        let plain = text.replace("every: 10", "every: 16").replacen("noise: 0.02,", "", 1);
        strategies.iter().fold(plain, |text, strategy| text.replacen(strategy, "Random()", 1))
    };
    let dir = tempfile::tempdir().unwrap();
    let (moving, still) = (dir.path().join("moving"), dir.path().join("still"));
    run_text(&one(&ISLANDS.replacen("pairs: 1", "pairs: 9", 1)), &moving, 1);
    run_text(&one(&ISLANDS.replacen(",\n        migration: (every: 4, pairs: 1)", "", 1)), &still, 1);
    for table in ["social_outcomes.csv", "types.csv", "pairs.csv"] {
        let read = |out: &std::path::Path| std::fs::read_to_string(out.join(table)).unwrap();
        assert!(read(&moving) == read(&still), "{table}");
    }
    let read = |out: &std::path::Path| Table::read(out, "strategy_evolution.csv");
    let (moving, still) = (read(&moving), read(&still));
    assert!((0..still.len()).all(|row| moving.text(row, "payoff_mean") == still.text(row, "payoff_mean")));
    assert!((0..still.len()).any(|row| moving.text(row, "life") != still.text(row, "life")), "lives have moved");
}

/// What an agent has learned, what it was born with, and its weights.
type Own = (Option<LearnedState>, Option<Inborn>, Vec<Option<Vec<f64>>>);

/// What every life had at the end of the tick before, how often that has been compared, and how often it had moved.
#[derive(Resource, Default)]
struct Diary {
    of_life: std::collections::BTreeMap<u64, (usize, Own)>,
    compared: usize,
    inborn: usize,
    moved: usize,
}

/// What every agent has, by life.
fn belongings(world: &World) -> std::collections::BTreeMap<u64, (usize, Own)> {
    let (heritage, lineages) = (world.resource::<Heritage>(), world.resource::<Lineages>());
    let own = |(place, entity): (usize, &Entity)| {
        let entity = world.entity(*entity);
        let weights = ["payoff", "altruist"].map(|term| heritage.read(term, entity)).into();
        (lineages.lives[place], (place, (heritage.keep(entity), entity.get::<Inborn>().cloned(), weights)))
    };
    world.resource::<Roster>().0.iter().enumerate().map(own).collect()
}

#[test]
fn what_an_agent_has_learned_moves_with_it() {
    fn close(world: &mut World) {
        let belongings = belongings(world);
        world.resource_mut::<Diary>().of_life = belongings;
    }
    fn open(world: &mut World) {
        let now = belongings(world);
        let mut diary = world.resource_mut::<Diary>();
        let before = std::mem::take(&mut diary.of_life);
        for (life, (place, own)) in now.iter().filter(|_| !before.is_empty()) {
            let Some((earlier, had)) = before.get(life) else { continue };
            assert!(own == had && own.0.is_some(), "life {life}");
            diary.compared += 1;
            diary.inborn += usize::from(own.1.is_some());
            diary.moved += usize::from(earlier != place);
        }
    }
    for (policy, learned) in [("QLearning()", "Lamarckian"), ("QNetwork()", "Darwinian")] {
        let mut simulation = Simulation::extended(&|app| {
            app.init_resource::<Diary>();
            app.add_systems(Tick, open.after(TickSystems::Pair).before(TickSystems::Prepare));
            app.add_systems(Tick, close.after(TickSystems::RecordEvolution));
        });
        let text = on_islands(GENES).replace("QLearning()", policy).replacen("ticks: 60", "ticks: 30", 1);
        let text = text.replacen("Lamarckian", learned, 1);
        let scenario = scenario(&simulation, &text);
        simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
        let diary = simulation.app.world().resource::<Diary>();
        assert!(diary.compared >= 12 * 20 && diary.moved > 8, "{} compared, {} moved", diary.compared, diary.moved);
        // What an agent was born with is kept where it is handed on.
        assert_eq!(diary.inborn, if learned == "Darwinian" { diary.compared } else { 0 });
    }
}

/// `text`, of agents without a structure, on islands between which they move.
pub(crate) fn on_islands(text: &str) -> String {
    let (before, rest) = text.split_once("matchmaking: ").unwrap();
    let (_, after) = rest.split_once("),\n").unwrap();
    let structure = "matchmaking: Neighbours, structure: (interaction: Islands(count: 3)),\n";
    [before, structure, after].concat().replacen("every: 5,", "every: 5, migration: (every: 3, pairs: 2),", 1)
}

#[test]
fn a_type_takes_over_all_islands_only_by_migration() {
    let text = ISLANDS
        .replacen(
            "strength: 1.0, comparisons: 6), every: 10, burn_in: 1,",
            "strength: 0.0, comparisons: 15), stop_at_fixation: true,",
            1,
        )
        .replacen("every: 4, pairs: 1", "every: 1, pairs: 2", 1)
        .replacen("ticks: 121", "ticks: 60000, output: (pairs: false)", 1);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&text, &out, 1);
    let played = crate::support::manifest(&out)["ticks_played"].as_u64().unwrap();
    assert!(played < 60000, "{played}");
    let types = Table::read(&out, "types.csv");
    let last = types.rows_where("tick", &played.to_string());
    assert_eq!((last.len(), types.text(last[0], "count")), (1, "15"));
    let path = dir.path().join("s.ron");
    std::fs::write(&path, text.replacen(",\n        migration: (every: 1, pairs: 2)", "", 1)).unwrap();
    let message = stderr(sim().arg("--scenario").arg(&path).arg("--dry-run"), 2);
    assert!(message.contains("(3 islands) is not connected, so that no type can take over"), "{message}");
    assert!(message.contains("or `migration` between islands"), "{message}");
}

#[test]
fn migrations_and_fixations_that_cannot_be_are_refused() {
    let genes = on_islands(GENES);
    let fresh = genes.replacen("Lamarckian", "Baldwinian", 1);
    for (text, from, to, expected) in [
        (RICH, "burn_in: 4,", "burn_in: 4, migration: (every: 3),", "agents move between islands, and there are none"),
        (ISLANDS, "count: 3", "count: 1", "a count of 1 makes no islands"),
        (ISLANDS, "count: 3", "count: 8", "15 agents on 8 islands"),
        (ISLANDS, "every: 4", "every: 0", "`every` must be at least 1"),
        (ISLANDS, "pairs: 1", "pairs: 0", "0 pairs exchange places"),
        (ISLANDS, "pairs: 1", "pairs: 4000000000", "4000000000 pairs exchange places"),
        (
            ISLANDS,
            "burn_in: 1,",
            "burn_in: 1, committed: [\"kind\", \"mean\", \"fair\"],",
            "nobody can exchange places: committed agents do not move",
        ),
        (&genes, "QLearning()", "QNetwork()", "another can go on with only if both learn alike"),
        (&fresh, "QLearning()", "QNetwork()", "take along what they have learned, and not all learn alike"),
        (&genes, "migration: (every: 3", "migration: (evry: 3", "did you mean `every`?"),
        (
            SCENARIO,
            "every: 2)",
            "every: 2, stop_at_fixation: true, committed: [\"kind\", \"fair\"])",
            "`kind` and `fair` never change, so that no type can take over",
        ),
    ] {
        let message = refused(text, from, to);
        assert!(message.contains(expected), "{from} → {to}:\n{message}");
    }
    // Two committed populations of one type, or one of two without members, leave a type that can take over.
    let alike = "every: 2, stop_at_fixation: true, committed: [\"kind\", \"fair\"])";
    let one = SCENARIO.replacen("TitForTat", "AlwaysCooperate", 1);
    said(&one, "every: 2)", alike, 0);
    said(&SCENARIO.replacen("\"fair\", count: 10", "\"fair\", count: 0", 1), "every: 2)", alike, 0);
    for (text, from, to, expected) in [
        (ISLANDS, "every: 4", "every: 200", "no agent ever moves: the first migration is before tick 201"),
        (ISLANDS, "ticks: 121,", "ticks: 121, output: (every: 3),", "agents move every 4 ticks, and rows cover 3"),
        (RICH, "ticks: 160,", "ticks: 160, output: (every: 2),", "an invasion before tick 9, and rows cover 2 ticks"),
    ] {
        let message = said(text, from, to, 0);
        assert!(message.contains(expected), "{from} → {to}:\n{message}");
    }
    let rows = RICH.replacen("ticks: 160,", "ticks: 160, output: (every: 2),", 1);
    assert!(!said(&rows, "tick: 9", "tick: 10", 0).contains("an invasion before"));
}
