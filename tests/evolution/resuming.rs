//! Runs that were killed and go on, files that changed meanwhile, and what long runs keep in memory.

use super::islands::{ISLANDS, on_islands};
use super::{GENES, RICH, SCENARIO, TABLES};
use crate::support::{killed_at, manifest, scenario, sim, stderr};
use agora::run::{RunOptions, Simulation};
use agora::world::schedule::{Tick, TickSystems};
use agora::world::snapshot::Snapshots;
use agora::world::{Chronicle, Lineages, TypeNames};
use bevy_ecs::prelude::*;

/// Reputations, and matches that begin where the last ended.
const KNOWN: &str = "noise: 0.02, opening: LastMoves, reputation: (norm: SternJudging, assessment_error: 0.05),";

#[test]
fn runs_with_everything_resume_to_the_byte_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let networks = GENES.replace("QLearning()", "QNetwork()").replace("Lamarckian", "Darwinian");
    let (isles, learning) = (ISLANDS.replacen("noise: 0.02,", KNOWN, 1), on_islands(GENES));
    for (name, text) in [
        ("plain", SCENARIO),
        ("rich", RICH),
        ("genes", GENES),
        ("networks", &networks),
        ("isles", &isles),
        ("learning", &learning),
    ] {
        let scenario = dir.path().join(format!("{name}.ron"));
        std::fs::write(&scenario, text).unwrap();
        let run = |out: &str, more: &[&str]| {
            let mut command = sim();
            let out = format!("{name}_{out}");
            command.arg("--scenario").arg(&scenario).args(["--out", &out]).args(more).current_dir(dir.path());
            command
        };
        let read = |out: &str| {
            TABLES.map(|table| std::fs::read(dir.path().join(format!("{name}_{out}")).join(table)).unwrap())
        };
        run("straight", &["--threads", "1"]).assert().success();
        run("threads", &["--threads", "2"]).assert().success();
        assert!(read("straight") == read("threads"), "{name}: threads");
        let broken = format!("{name}_broken");
        killed_at("\n22,", dir.path(), &scenario, &broken);
        assert!(dir.path().join(&broken).join("checkpoint.bin").exists(), "{name}");
        run("broken", &["--resume"]).assert().success();
        assert!(read("straight") == read("broken"), "{name}: resumed");
    }
}

#[test]
fn a_file_of_edges_that_has_changed_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (edges, path) = (dir.path().join("edges.csv"), dir.path().join("s.ron"));
    let ring: String = (0..30).map(|agent| format!("{agent},{}\n", (agent + 1) % 30)).collect();
    std::fs::write(&edges, &ring).unwrap();
    let structure = "matchmaking: Neighbours, structure: (interaction: EdgeList(path: \"edges.csv\")),";
    std::fs::write(&path, SCENARIO.replacen("noise: 0.01,", structure, 1)).unwrap();
    let run = |more: &[&str]| {
        let mut command = sim();
        command.arg("--scenario").arg(&path).args(["--out", "run"]).args(more).current_dir(dir.path());
        command
    };
    let verify = || {
        let mut command = sim();
        command.args(["verify", "run"]).current_dir(dir.path());
        command
    };
    killed_at("\n20,", dir.path(), &path, "run");
    let recorded = manifest(&dir.path().join("run"))["inputs"].clone();
    let hash = agora::files::sha256_of(ring.as_bytes());
    assert_eq!(recorded, serde_json::json!([{ "path": "edges.csv", "sha256": hash }]));
    let other = ring.replacen("0,1\n", "0,2\n", 1);
    std::fs::write(&edges, &other).unwrap();
    let expected = format!("edges.csv has changed since the run began (SHA-256 {hash}, now ");
    let message = stderr(&mut run(&["--resume"]), 1);
    assert!(message.contains(&expected) && message.contains("put back what it was then"), "{message}");
    std::fs::write(&edges, &ring).unwrap();
    run(&["--resume"]).assert().success();
    verify().assert().success();
    std::fs::write(&edges, &other).unwrap();
    let message = stderr(&mut verify(), 1);
    assert!(message.contains(&expected) && message.contains("--hashes-only"), "{message}");
    // Its files are still those that it wrote.
    verify().arg("--hashes-only").assert().success();
    let message = stderr(&mut run(&["--resume"]), 1);
    assert!(message.contains(&expected), "{message}");
}

/// What a tick left in memory.
#[derive(Resource, Default)]
struct Sizes(Vec<[usize; 5]>);

#[test]
fn the_state_of_a_long_run_does_not_grow() {
    fn measure(world: &mut World) {
        let (lineages, chronicle) = (world.resource::<Lineages>(), world.resource::<Chronicle>());
        let mut snapshot = Vec::new();
        world.resource::<Snapshots>().save(world, &mut snapshot).unwrap();
        let names = world.resource::<TypeNames>().0.len();
        let sizes = [lineages.known.len(), names, chronicle.types.len(), chronicle.births.len(), snapshot.len()];
        world.resource_mut::<Sizes>().0.push(sizes);
    }
    let mut simulation = Simulation::extended(&|app| {
        app.init_resource::<Sizes>();
        app.add_systems(Tick, measure.after(TickSystems::RecordEvolution));
    });
    let text = RICH
        .replacen("ticks: 160", "ticks: 1206", 1)
        .replacen("rounds: Fixed(6)", "rounds: Fixed(1)", 1)
        .replacen("rate: 0.1", "rate: 0.5", 1);
    let scenario = scenario(&simulation, &text);
    simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
    let (sizes, lineages) =
        (&simulation.app.world().resource::<Sizes>().0, simulation.app.world().resource::<Lineages>());
    assert!(sizes.len() == 1206 && lineages.next_type > 1000, "{} types were there", lineages.next_type);
    for [known, names, types, births, _] in sizes {
        // Four founding types, and at most one for each of 36 agents; six deaths a generation, and three invaders once.
        assert!(*known <= 40 && *names <= 40 && *types <= 80 && *births <= 9, "{known} {names} {types} {births}");
    }
    // What a tick told is forgotten in the next, in which no generation ends.
    let ends = |tick: usize| tick >= 4 && (tick - 3).is_multiple_of(2);
    let quiet = |tick: &usize| !ends(*tick) && *tick != 9 && *tick != 1205;
    assert!((0..1206).filter(quiet).all(|tick| sizes[tick][2..4] == [0, 0]));
    assert!((4..1206).filter(|tick| ends(*tick)).all(|tick| sizes[tick][2] > 0));
    // Numbers of lives and types get longer by a byte now and then, and no more. In its last tenth, a run also counts
    // for the table at its end.
    let most = |ticks: std::ops::Range<usize>| sizes[ticks].iter().map(|sizes| sizes[4]).max().unwrap();
    let (early, late) = (most(100..300), most(800..1000));
    assert!(late < early + early / 4, "{early} bytes, then {late}");
}
