//! `sim --scenario FILE`.

use super::exit::{DONE, FAILED, INTERRUPTED, WRONG_INPUT};
use super::machine::{model_fetcher, open_backend};
use super::print::{colour, fail, refuse};
use super::print::{err, out};
use super::progress::Display;
use super::signals::on_signal;
use crate::cli::{MachineArgs, RunArgs};
use crate::llm::engine::machine::{Backend, DeviceChoice};
use crate::metrics::is_built_in;

use crate::run::{Extension, Finished, Prepared, RunDirectory, RunError, RunOptions, Simulation};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::load::{Scenario, load};
use crate::scenario::spawn::{asks_models, cpu_only};
use crate::text::{nearest, shown};
use clap::CommandFactory;
use std::path::{Path, PathBuf};

pub(super) fn execute(args: &RunArgs, extend: Extension) -> u8 {
    let mut simulation = Simulation::extended(extend);
    let Planned { mut prepared, plan, out } = match planned(args, &simulation) {
        Ok(planned) => planned,
        Err(code) => return code,
    };
    if args.dry_run {
        out!("{plan}The scenario is valid; nothing was run.");
        return DONE;
    }
    err!("{plan}  device  {}\n", prepared.backend());
    let display = Display::new();
    prepared.show(display.progress(), display.watch());
    prepared.heed(on_signal());
    let ticks = prepared.spec().ticks;
    let finished = simulation.run_prepared(prepared, &model_fetcher());
    display.bar.finish_and_clear();
    match finished {
        Ok(finished) => conclude(&finished, ticks, &out),
        Err(error) => {
            let is_interrupted = matches!(error, RunError::Interrupted { .. });
            let failed = fail(error);
            if is_interrupted { INTERRUPTED } else { failed }
        }
    }
}

/// Draws the curves before it says how the run went: the reader of the output may be gone.
fn conclude(finished: &Finished, ticks: u32, folder: &Path) -> u8 {
    let report = crate::report::write(folder, is_built_in);
    let resumed = finished.resumed_at.map_or_else(String::new, |tick| format!(" (taken up again at tick {tick})"));
    out!("{}\n", finished.summary.table());
    out!("{ticks} ticks in {:.1} s{resumed}. Results: {}", finished.seconds, folder.display());
    let mut code = DONE;
    match report {
        Ok(path) => out!("Curves: {}", path.display()),
        Err(error) => code = fail(error),
    }
    for halted in &finished.halted {
        code = fail(format!("agent {} stopped learning at tick {}: {}", halted.agent, halted.tick, halted.reason));
    }
    debug_assert!(code == DONE || code == FAILED, "{code}");
    code
}

/// A run, or the runs of a sweep, ready but for the weights of the model.
pub(super) struct Planned {
    pub(super) prepared: Prepared,
    /// What it amounts to, in lines of text.
    pub(super) plan: String,
    /// The folder of the run, or of the runs of a sweep.
    pub(super) out: PathBuf,
}

/// Checks and prepares everything; if something is wrong, says what and returns the exit code.
pub(super) fn planned(args: &RunArgs, simulation: &Simulation) -> Result<Planned, u8> {
    let mut set = args.set.clone();
    if args.seeds.is_some() && set.iter().any(|set| set.split('=').next().is_some_and(|path| path.trim() == "seed")) {
        err!("error: --seeds takes the place of the scenario's seed; leave out `--set seed=…`");
        return Err(WRONG_INPUT);
    }
    set.extend(args.seed.map(|seed| format!("seed={seed}")));
    set.extend(args.ticks.map(|ticks| format!("ticks={ticks}")));
    let asked = Asked { file: args.file.as_ref(), scenario: args.scenario.as_ref(), set: &set };
    let (scenario, backend) = read(&asked, &args.machine, simulation)?;
    let out = out(args, &scenario.spec);
    let options = RunOptions {
        out: Some(out.clone()),
        threads: args.machine.threads.map(usize::from),
        backend,
        checkpoints: args.checkpoint.0,
        resume: args.resume,
        ..RunOptions::default()
    };
    let prepared = simulation.prepare(&scenario.spec, options, &model_fetcher()).map_err(refuse)?;
    let plan = format!("{}  output  {}\n", prepared.plan(args.seeds.as_ref()), shown(&out.display().to_string()));
    Ok(Planned { prepared, plan, out })
}

/// The folder of the run, or of the runs of a sweep.
fn out(args: &RunArgs, spec: &ScenarioSpec) -> PathBuf {
    let default = || match args.seeds {
        Some(_) => PathBuf::from("runs"),
        None => RunDirectory::default_path(&spec.name, spec.seed),
    };
    args.out.clone().unwrap_or_else(default)
}

/// The scenario that the command line names, and what it changes in it.
pub(super) struct Asked<'a> {
    pub(super) file: Option<&'a PathBuf>,
    pub(super) scenario: Option<&'a PathBuf>,
    pub(super) set: &'a [String],
}

/// The scenario, checked, and what its model runs on; if something is wrong, says what and returns the exit code.
pub(super) fn read(asked: &Asked, machine: &MachineArgs, simulation: &Simulation) -> Result<(Scenario, Backend), u8> {
    let path = scenario_file(asked);
    let known = simulation.known();
    let loaded = path.and_then(|path| load(&path, asked.set, &known).map_err(|errors| errors.render(colour())));
    let scenario = loaded.map_err(|problems| {
        err!("{}", problems.trim_end());
        WRONG_INPUT
    })?;
    let warnings = scenario.render_warnings(colour());
    if !warnings.is_empty() {
        err!("{}", warnings.trim_end());
    }
    let backend = backend(machine, &scenario.spec)?;
    Ok((scenario, backend))
}

/// Opens what the scenario's model runs on; if that is not available, says so and returns the exit code.
fn backend(machine: &MachineArgs, spec: &ScenarioSpec) -> Result<Backend, u8> {
    let opened = open_backend(machine)?;
    // Some things run only on the CPU: `auto` chooses it, while a GPU that was named is refused by the plan.
    let wanted = asks_models(spec) && !(cpu_only(spec).is_some() && machine.device == DeviceChoice::Auto);
    Ok(if wanted || opened.is_cpu() { opened } else { Backend::Cpu { precision: machine.precision.on_this_cpu() } })
}

/// The scenario's file, with or without `--scenario` before it.
fn scenario_file(asked: &Asked) -> Result<PathBuf, String> {
    let Some(word) = asked.file else {
        return asked.scenario.cloned().ok_or_else(|| "error: no scenario; run one with `sim --scenario FILE`".into());
    };
    // A single word may have been meant as a command.
    let text = word.to_string_lossy();
    if word.exists() || text.contains(['.', '/', '\\']) {
        return Ok(word.clone());
    }
    let cli = crate::cli::Cli::command();
    let verbs: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let hint = nearest(&text, verbs).map_or_else(String::new, |verb| format!(" (did you mean `{verb}`?)"));
    let text = shown(&text);
    Err(format!("error: `{text}` is neither a command nor a scenario file{hint}; `sim --help` lists the commands"))
}
