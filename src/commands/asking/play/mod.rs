//! `sim play`: a person against an agent of a run or a scenario, in the terminal.

mod console;
mod opponent;

use crate::cli::PlayArgs;
use crate::commands::input::folder::{check_that_it_is_a_run, with_person};
use crate::commands::input::machine::{model_fetcher, open_backend};
use crate::commands::results::words::WORDS;
use crate::commands::terminal::exit::{DONE, WRONG_INPUT};
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::games::describe::describe;
use crate::metrics::nearest_strategy;
use crate::policies::person::{PERSON, Seated};
use crate::run::{Extension, Interrupt, RunError, RunOptions, Simulation};
use crate::scenario::format::{HorizonSpec, MatchmakingSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::load::{load, load_text};
use crate::scenario::spawn::{game, talks};
use crate::text::{counted, shown};
use crate::world::{AgentName, ReadOut, Rules};
use bevy_ecs::prelude::World;
use console::{Tally, Terminal};
use opponent::{Opponent, choose};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What is played where nothing is named: every strategy may be met.
const EVERYONE: &str = "every strategy";

pub(in crate::commands) fn execute(args: &PlayArgs, extend: Extension) -> u8 {
    let mut simulation = Simulation::extended(&with_person(extend));
    let (spec, opponent) = match prepared(args, &simulation) {
        Ok(prepared) => prepared,
        Err(problem) => {
            err!("{}", problem.trim_end());
            return WRONG_INPUT;
        }
    };
    let backend = match open_backend(&args.machine) {
        Ok(backend) => backend,
        Err(code) => return code,
    };
    let interrupt = Interrupt::default();
    let options = RunOptions {
        out: args.out.clone(),
        threads: args.machine.threads.map(usize::from),
        backend,
        interrupt: interrupt.clone(),
        ..RunOptions::default()
    };
    let fetcher = model_fetcher();
    let ready = match simulation.prepare(&spec, options, &fetcher) {
        Ok(ready) => ready,
        Err(error) => return refuse(error),
    };
    let game = ready.rules().game.clone();
    let tally = Arc::new(Mutex::new(Tally::default()));
    let name = if opponent.is_hidden { "your opponent".to_owned() } else { opponent.agent.clone() };
    let terminal = Terminal {
        actions: game.actions().to_vec(),
        rules: describe(&*game),
        rounds: match spec.rounds {
            HorizonSpec::Fixed(rounds) => Some(rounds),
            HorizonSpec::Continue { .. } => None,
        },
        opponent: name.clone(),
        tally: tally.clone(),
        interrupt,
        has_left: false,
    };
    out!("You play {} against {}.\n\n{}", game.name(), shown(&name), terminal.rules.trim_end());
    if talks(&spec) {
        out!("\nBefore each round both of you may say something: a line, or an empty one to say nothing.");
    }
    out!("\nType an action's name, its first letter or its number; ? for the rules, q to leave.\n");
    simulation.app.insert_resource(Seated(Box::new(terminal)));
    match simulation.run_prepared(ready, &fetcher) {
        Ok(_) | Err(RunError::Interrupted { .. }) => {}
        Err(error) => return fail(error),
    }
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
    conclude(&tally, &name, &opponent, simulation.app.world_mut());
    args.out.as_deref().map_or(DONE, kept)
}

/// The scenario in which the person meets the opponent, or what is wrong.
fn prepared(args: &PlayArgs, simulation: &Simulation) -> Result<(ScenarioSpec, Opponent), String> {
    let known = simulation.known();
    let errors = |errors: crate::scenario::diagnostics::ScenarioErrors| {
        errors.render(crate::commands::terminal::print::colour())
    };
    let (scenario, folder) = match &args.what {
        None => (load_text(EVERYONE, &opponent::every_strategy(), "play", &args.set, &known).map_err(errors)?, None),
        Some(path) if path.is_dir() => {
            check_that_it_is_a_run(path, "scenario.ron").map_err(|problem| format!("error: {problem}"))?;
            (load(&path.join("scenario.ron"), &args.set, &known).map_err(errors)?, Some(path.as_path()))
        }
        Some(path) => (load(path, &args.set, &known).map_err(errors)?, None),
    };
    let game = game(&scenario.spec.game, &known.offered).map_err(|error| format!("error: {error}"))?;
    if game.seats() != 2 {
        return Err(format!(
            "error: `{}` seats {} players; sim play seats two, you and an opponent",
            shown(game.name()),
            game.seats()
        ));
    }
    let opponent = choose(&scenario.spec, args.against.as_deref(), folder, args.seed)
        .map_err(|problem| format!("error: {problem}"))?;
    let spec = seated(scenario.spec, args, &opponent);
    Ok((spec, opponent))
}

/// `spec` with only the person and the opponent in it.
fn seated(spec: ScenarioSpec, args: &PlayArgs, opponent: &Opponent) -> ScenarioSpec {
    let you = if opponent.population.name == "you" { "person" } else { "you" };
    let person = PopulationSpec {
        name: you.into(),
        count: 1,
        policy: PolicySpec::Custom { name: PERSON.into(), params: Default::default() },
        learner: None,
        ..opponent.population.clone()
    };
    let mut spec = ScenarioSpec {
        name: format!("play-{}", spec.name),
        ticks: args.matches,
        seed: args.seed,
        // Of two agents, everyone meets everyone once.
        matchmaking: MatchmakingSpec::default(),
        populations: vec![person, opponent.population.clone()],
        evolution: None,
        ..spec
    };
    if let Some(rounds) = args.rounds {
        spec.rounds = HorizonSpec::Fixed(rounds);
    }
    let output = &mut spec.output;
    (output.moves, output.pairs, output.selections) = (true, true, false);
    (output.every, output.adapters, output.exact) = (1, false, false);
    spec
}

/// The score, and who it was.
fn conclude(tally: &Tally, name: &str, opponent: &Opponent, world: &mut World) {
    if tally.rounds == 0 {
        out!("No round was played.");
        return;
    }
    let per_round = |total: f64| total / f64::from(tally.rounds);
    let [own, other] = tally.payoffs;
    out!(
        "\nAfter {}: you {own} ({:.2} per round), {} {other} ({:.2}).",
        counted(tally.rounds, "round"),
        per_round(own),
        shown(name),
        per_round(other)
    );
    if opponent.is_hidden {
        out!("It was {}.", shown(&opponent.agent));
    }
    out!("{}", opponent.about);
    let rules = world.resource::<Rules>().game.clone();
    let mut agents = world.query::<(&AgentName, &ReadOut)>();
    let found = agents.iter(world).find(|(agent, _)| agent.0 == opponent.agent_here);
    if let Some((_, ReadOut(p))) = found
        && let [start, cc, cd, dc, dd] = p[..]
        && rules.seats() == 2
        && !cc.is_nan()
    {
        let nearest =
            nearest_strategy([cc, cd, dc, dd]).map_or_else(String::new, |name| format!("; nearest strategy: {name}"));
        out!(
            "It cooperates with probability {start:.2} at first, then {cc:.2} after CC, {cd:.2} CD, {dc:.2} DC, {dd:.2} DD"
        );
        out!("(its own action first){nearest}.");
    }
}

/// Draws the report of a match that is kept, and says where it is.
fn kept(folder: &Path) -> u8 {
    match crate::report::write(folder, WORDS) {
        Ok(path) => {
            out!("The match is in {}, drawn in {}.", folder.display(), path.display());
            DONE
        }
        Err(error) => fail(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::spawn::needs_model;

    #[test]
    fn every_strategy_can_be_met() {
        let known = Simulation::new().known();
        let scenario = load_text(EVERYONE, &opponent::every_strategy(), "play", &[], &known);
        let spec = scenario.unwrap_or_else(|errors| panic!("{}", errors.render(false))).spec;
        assert!(spec.populations.len() > 10 && !needs_model(&spec));
        let opponent = choose(&spec, Some("tit_for_tat"), None, 1).unwrap();
        assert!(!opponent.is_hidden && opponent.about.contains("Rule:"), "{opponent:?}");
        assert!(choose(&spec, Some("tit_for_tatt"), None, 1).unwrap_err().contains("`tit_for_tat`"));
        let drawn = |seed| choose(&spec, None, None, seed).unwrap();
        assert!(drawn(1).is_hidden && (1..20).any(|seed| drawn(seed).agent != drawn(1).agent));
    }
}
