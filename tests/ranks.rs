//! Runs that several processes play together: the same bytes, whatever their number. Here the ranks are threads; what
//! connects processes is tried where there is MPI.

use crate::resume::{LEARNERS, results};
use crate::support::{root, scenario, sim, stderr};
use agora::run::{Finished, Manifest, RunError, RunOptions, Simulation, Status, meet};
use agora::scenario::load::{Scenario, load};
use agora::transport::Threads;
use agora::world::schedule::{Tick, TickSystems};
use agora::world::{Clock, Ranks, TickFailure};
use bevy_ecs::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Language models that take over what others have learned, in every way.
const HEIRS: &str = r#"(
    version: 1, ticks: 5, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
    matchmaking: RandomPairs(),
    evolution: (rule: RULE, every: 2, genealogy: true, INHERIT),
    populations: [
        (name: "selfish", count: 3, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003)),
            rewards: [(term: Payoff)]),
        (name: "moral", count: 3, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003)),
            rewards: [(term: Payoff, weight: 0.5), (term: Utilitarian)]),
    ],
)"#;

/// What one rank is made to do besides playing.
type Extra<'a> = &'a (dyn Fn(&Ranks, &mut Simulation) + Sync);

/// Plays `scenario` on this number of ranks, into `out`; what each says of it.
fn play(scenario: &Scenario, ranks: usize, options: &RunOptions, extra: Extra) -> Vec<Result<Finished, RunError>> {
    std::thread::scope(|scope| {
        let start = |rank: Threads| {
            scope.spawn(move || {
                let ranks = meet(Arc::new(rank));
                let mut simulation = Simulation::new();
                extra(&ranks, &mut simulation);
                simulation.run_quietly(scenario, &RunOptions { ranks, ..options.clone() })
            })
        };
        let threads: Vec<_> = Threads::group(ranks).into_iter().map(start).collect();
        threads.into_iter().map(|rank| rank.join().unwrap()).collect()
    })
}

fn options(out: &Path) -> RunOptions {
    RunOptions { out: Some(out.to_path_buf()), threads: Some(1), ..RunOptions::default() }
}

/// Checks that `scenario` leaves the same on one, two and three ranks.
fn check_that_ranks_make_no_difference(name: &str, scenario: &Scenario) {
    let dir = tempfile::tempdir().unwrap();
    let out = |ranks: usize| dir.path().join(ranks.to_string());
    for ranks in [1, 2, 3] {
        for finished in play(scenario, ranks, &options(&out(ranks)), &|_, _| ()) {
            let finished = finished.unwrap_or_else(|error| panic!("{name}, {ranks} ranks: {error}"));
            assert!(finished.halted.is_empty());
        }
        assert_eq!(Manifest::read(&out(ranks)).unwrap().unwrap().ranks, ranks);
    }
    let alone = results(&out(1));
    assert!(alone.len() >= 3, "{name}: {:?}", alone.keys());
    for ranks in [2, 3] {
        let together = results(&out(ranks));
        assert!(together.keys().eq(alone.keys()), "{name}, {ranks} ranks: {:?}", together.keys());
        for (file, bytes) in &alone {
            assert!(together[file] == *bytes, "{name}, {ranks} ranks: {file} differs");
        }
    }
}

#[test]
fn every_learner_leaves_the_same_on_any_number_of_ranks() {
    check_that_ranks_make_no_difference("learners", &scenario(&Simulation::new(), LEARNERS));
}

#[test]
fn talk_and_picks_of_partners_leave_the_same() {
    let simulation = Simulation::new();
    for (file, overrides) in [
        ("partner_choice.ron", &["ticks=3", "model=Named(\"tiny\")"][..]),
        ("talk.ron", &["ticks=2", "model=Named(\"tiny\")"]),
    ] {
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_string()).collect();
        let scenario = load(&root().join("scenarios").join(file), &overrides, &simulation.known());
        check_that_ranks_make_no_difference(
            file,
            &scenario.unwrap_or_else(|errors| panic!("{}", errors.render(false))),
        );
    }
}

#[test]
fn heirs_get_the_same_wherever_their_parents_are() {
    let simulation = Simulation::new();
    for (name, rule, inherit) in [
        (
            "lamarckian",
            "Truncation(share: 0.5)",
            "mutation: (adapter: (rate: 0.5, deviation: 0.1)), inherit: (strategy: false, learned: Lamarckian, crossover: 0.5)",
        ),
        (
            "lamarckian in turn",
            "Moran(births: 6, fitness: Exponential(1.0))",
            "inherit: (strategy: false, learned: Lamarckian)",
        ),
        ("darwinian", "Truncation(share: 0.5)", "inherit: (strategy: false, learned: Darwinian)"),
        (
            "baldwinian",
            "Truncation(share: 0.5)",
            "inherit: (strategy: false, learned: Baldwinian, weights: [\"payoff\"])",
        ),
    ] {
        let text = HEIRS.replace("RULE", rule).replace("INHERIT", inherit);
        check_that_ranks_make_no_difference(name, &scenario(&simulation, &text));
    }
}

/// The tick in which a rank fails.
#[derive(Resource)]
struct FailsIn(u32);

fn fail(clock: Res<Clock>, when: Res<FailsIn>, mut failure: ResMut<TickFailure>) {
    if clock.tick == when.0 {
        failure.note("the node lost its memory");
    }
}

#[test]
fn a_failure_on_one_rank_ends_the_run_on_all_and_another_number_of_ranks_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let [straight, failed] = ["straight", "failed"].map(|name| dir.path().join(name));
    for text in [
        LEARNERS.to_string(),
        HEIRS
            .replace("RULE", "Truncation(share: 0.5)")
            .replace("INHERIT", "inherit: (strategy: false, learned: Darwinian)"),
    ] {
        let scenario = scenario(&Simulation::new(), &text);
        play(&scenario, 1, &options(&straight), &|_, _| ())[0].as_ref().unwrap();
        let stopped = RunOptions { checkpoints: Some(Duration::ZERO), resume: true, ..options(&failed) };
        let early = |tick: u32, rank: usize| {
            move |ranks: &Ranks, simulation: &mut Simulation| {
                if ranks.own() == rank {
                    let app = &mut simulation.app;
                    app.insert_resource(FailsIn(tick)).add_systems(Tick, fail.after(TickSystems::Record));
                }
            }
        };
        let mut said = Vec::new();
        for (ranks, tick, rank) in [(3, 2, 1), (2, 3, 0)] {
            let ended = play(&scenario, ranks, &stopped, &early(tick, rank));
            said.push(ended.into_iter().map(|ended| ended.unwrap_err().to_string()).collect::<Vec<_>>());
            assert_eq!(Manifest::read(&failed).unwrap().unwrap().status, Status::Failed);
        }
        let (own, other) = ("the node lost its memory", "rank 1: the node lost its memory");
        assert_eq!(said[0], [other, own, other]);
        assert_eq!(said[1], [own, "rank 0: the node lost its memory"]);
        for finished in play(&scenario, 4, &RunOptions { resume: true, ..options(&failed) }, &|_, _| ()) {
            finished.unwrap();
        }
        assert_eq!(Manifest::read(&failed).unwrap().unwrap().resumed_at, [2, 3]);
        assert_eq!(results(&failed), results(&straight));
        [&straight, &failed].into_iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
    }
}

#[test]
fn ranks_that_differ_are_named_before_anything_is_played() {
    let dir = tempfile::tempdir().unwrap();
    let known = Simulation::new();
    let scenarios = [7, 8].map(|ticks| scenario(&known, &LEARNERS.replace("ticks: 7", &format!("ticks: {ticks}"))));
    let said: Vec<String> = std::thread::scope(|scope| {
        let start = |(rank, scenario)| {
            let options = options(&dir.path().join("run"));
            scope.spawn(move || {
                let ranks = meet(Arc::new(rank));
                let ended = Simulation::new().run_quietly(scenario, &RunOptions { ranks, ..options });
                ended.unwrap_err().to_string()
            })
        };
        let threads: Vec<_> = Threads::group(2).into_iter().zip(&scenarios).map(start).collect();
        threads.into_iter().map(|rank| rank.join().unwrap()).collect()
    });
    assert!(said.iter().all(|said| said.starts_with("rank 1: it has another scenario than rank 0")), "{said:?}");
}

#[test]
fn a_sweep_is_not_played_by_every_rank() {
    let order = ["scenarios/quick_look.ron", "--seeds", "1..2", "--out", "nowhere"];
    let message = stderr(sim().args(order).env("OMPI_COMM_WORLD_SIZE", "4"), 2);
    assert!(message.contains("4 processes were started together") && message.contains("--emit"), "{message}");
}

#[test]
fn processes_started_together_that_cannot_play_together_say_so() {
    if cfg!(feature = "mpi") {
        return;
    }
    let message = stderr(sim().args(["scenarios/quick_look.ron"]).env("OMPI_COMM_WORLD_SIZE", "4"), 2);
    assert!(message.contains("4 processes were started together") && message.contains("--features mpi"), "{message}");
}
