//! `sim --scenario FILE`.

use super::exit::{DONE, FAILED, INTERRUPTED, WRONG_INPUT};
use super::export::Logger;
use super::machine::{model_fetcher, open_backend};
use super::print::{colour, fail, refuse};
use super::print::{err, out};
use super::progress::{Display, brief};
use super::report::{Redrawing, WORDS};
use super::signals::on_signal;
use crate::cli::{Log, MachineArgs, RunArgs};
use crate::llm::engine::machine::{Backend, DeviceChoice};
use crate::metrics::Columns;
use crate::remote::Budget;

use crate::run::{
    Extension, Finished, Forecast, Prepared, RunDirectory, RunError, RunOptions, Simulation, Watch, set_aside,
};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::load::{Scenario, load};
use crate::scenario::spawn::{asks_models, cpu_only};
use crate::text::{nearest, shown};
use clap::CommandFactory;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    if args.force {
        match set_aside(&out) {
            Ok(Some(aside)) => err!("note: what was there is now in {}", shown(&aside.display().to_string())),
            Ok(None) => {}
            Err(error) => return fail(error),
        }
    }
    let display = Display::new();
    let logger = args.log.map(|Log::Tensorboard| Logger::new(&out, simulation.app.world().resource::<Columns>()));
    let redrawing = Arc::new(Redrawing::new(&out));
    let watch = watch(&display, &redrawing);
    let watch = logger.as_ref().map_or_else(|| watch.clone(), |logger| logger.watch(watch.clone()));
    prepared.show(display.progress(), watch);
    prepared.heed(on_signal());
    let ticks = prepared.spec().ticks;
    let finished = simulation.run_prepared(prepared, &model_fetcher());
    display.bar.finish_and_clear();
    match finished {
        Ok(finished) => {
            let code = conclude(&finished, ticks, &out);
            logger.map_or(DONE, |logger| logger.finish()).max(code)
        }
        Err(error) => {
            let is_interrupted = matches!(error, RunError::Interrupted { .. });
            redrawing.stop();
            let failed = fail(error);
            if is_interrupted { INTERRUPTED } else { failed }
        }
    }
}

/// Shows how far the run has come, and draws its report now and then.
fn watch(display: &Display, redrawing: &Arc<Redrawing>) -> Watch {
    let (display, redrawing) = (display.clone(), Arc::clone(redrawing));
    Watch::new(move |headway| {
        display.show(headway);
        redrawing.pass(&headway.pace);
    })
}

/// Draws the curves before it says how the run went: the reader of the output may be gone.
fn conclude(finished: &Finished, ticks: u32, folder: &Path) -> u8 {
    let report = crate::report::write(folder, WORDS);
    let resumed = finished.resumed_at.map_or_else(String::new, |tick| format!(" (taken up again at tick {tick})"));
    out!("{}\n", finished.summary.table());
    let unit = if ticks == 1 { "tick" } else { "ticks" };
    out!("{ticks} {unit} in {:.1} s{resumed}. Results: {}", finished.seconds, folder.display());
    let mut code = DONE;
    match report {
        Ok(path) => out!("Report: {}", path.display()),
        Err(error) => code = fail(error),
    }
    for halted in &finished.halted {
        code = fail(format!("agent {} stopped learning at tick {}: {}", halted.agent, halted.tick, halted.reason));
    }
    debug_assert!(code == DONE || code == FAILED, "{code}");
    code
}

/// A run, ready but for the weights of the model.
struct Planned {
    prepared: Prepared,
    /// What it amounts to, in lines of text.
    plan: String,
    /// The folder of the run.
    out: PathBuf,
}

/// Checks and prepares everything; if something is wrong, says what and returns the exit code.
fn planned(args: &RunArgs, simulation: &Simulation) -> Result<Planned, u8> {
    let set = overrides(args);
    let asked = Asked { file: args.file.as_ref(), scenario: args.scenario.as_ref(), set: &set };
    let (scenario, backend) = read(&asked, &args.machine, simulation)?;
    let spec = &scenario.spec;
    let out = args.out.clone().unwrap_or_else(|| RunDirectory::default_path(&spec.name, spec.seed));
    let options = RunOptions { out: Some(out.clone()), ..options(args, backend) };
    let prepared = simulation.prepare(spec, options, &model_fetcher()).map_err(refuse)?;
    let mut plan = format!("{}  output  {}\n", prepared.plan(None), shown(&out.display().to_string()));
    if args.dry_run {
        plan += &format!("  time    {}\n", time(prepared.forecast(), prepared.spec().ticks));
    }
    Ok(Planned { prepared, plan, out })
}

/// How long a run of `ticks` ticks will take.
fn time(forecast: Forecast, ticks: u32) -> String {
    let all = |seconds: f64| brief(f64::from(ticks) * seconds);
    match forecast {
        Forecast::Measured(seconds) => {
            format!("about {} per tick, {} in all, as just measured", brief(seconds), all(seconds))
        }
        Forecast::AtLeast(seconds) => {
            format!("at least {} per tick, {} in all (the model's products)", brief(seconds), all(seconds))
        }
        Forecast::Unknown => "known once the first tick is played".into(),
    }
}

/// Everything that the command line changes in the scenario.
pub(super) fn overrides(args: &RunArgs) -> Vec<String> {
    let mut set = args.set.clone();
    set.extend(args.seed.map(|seed| format!("seed={seed}")));
    set.extend(args.ticks.map(|ticks| format!("ticks={ticks}")));
    set
}

/// How to run, as the command line says.
pub(super) fn options(args: &RunArgs, backend: Backend) -> RunOptions {
    RunOptions {
        threads: args.machine.threads.map(usize::from),
        backend,
        checkpoints: args.checkpoint.0,
        resume: args.resume,
        replay: args.replay.clone(),
        budget: Budget { requests: args.max_requests, tokens: args.max_tokens },
        ..RunOptions::default()
    }
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
    let backend = backend_for(&open_backend(machine)?, machine, &scenario.spec);
    Ok((scenario, backend))
}

/// What the scenario's model runs on, out of what the command line opened.
pub(super) fn backend_for(opened: &Backend, machine: &MachineArgs, spec: &ScenarioSpec) -> Backend {
    // Some things run only on the CPU: `auto` chooses it, while a GPU that was named is refused by the plan.
    let wanted = asks_models(spec) && !(cpu_only(spec).is_some() && machine.device == DeviceChoice::Auto);
    match wanted || opened.is_cpu() {
        true => opened.clone(),
        false => Backend::Cpu { precision: machine.precision.on_this_cpu() },
    }
}

/// The scenario's file, with or without `--scenario` before it.
pub(super) fn scenario_file(asked: &Asked) -> Result<PathBuf, String> {
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
