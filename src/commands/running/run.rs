//! `sim --scenario FILE`.

use crate::cli::{Log, MachineArgs, RunArgs};
use crate::commands::input::machine::model_fetcher;
use crate::commands::input::scenario::{ChangedFile, options, read};
use crate::commands::results::live::{Logger, Redrawing};
use crate::commands::results::words::WORDS;
use crate::commands::terminal::exit::{DONE, FAILED, INTERRUPTED};
use crate::commands::terminal::print::{err, fail, hush, out, refuse, unsaid};
use crate::commands::terminal::progress::Display;
use crate::commands::terminal::signals::on_signal;
use crate::commands::terminal::time;
use crate::metrics::Columns;
use crate::run::{
    Extension, Finished, Forecast, Prepared, RunDirectory, RunError, RunOptions, Simulation, Watch, meet, set_aside,
    tidy,
};
use crate::scenario::format::ScenarioSpec;
use crate::text::{counted, shown};
use crate::transport::launched;
use crate::world::{Ranks, Trouble};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(in crate::commands) fn execute(args: &RunArgs, extend: Extension) -> u8 {
    let ranks = match launched() {
        Ok(transport) => meet(transport),
        Err(error) => return refuse(error),
    };
    if !ranks.is_first() {
        hush();
    }
    let mut simulation = Simulation::extended(extend);
    let OneRun { mut prepared, plan, out } = match agreed(&ranks, planned(args, &simulation, &ranks)) {
        Ok(planned) => planned,
        Err(code) => return code,
    };
    if args.each.dry_run {
        out!("{plan}The scenario is valid; nothing was run.");
        return DONE;
    }
    if let Some(code) = ranks.first(if ranks.is_first() { make_way(args, &out, &prepared, &plan) } else { None }) {
        return code;
    }
    if !ranks.is_first() {
        prepared.heed(on_signal());
        return simulation.run_prepared(prepared, &model_fetcher()).map_or_else(|error| code_of(&error), |_| DONE);
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
            let code = code_of(&error);
            redrawing.stop();
            fail(error);
            code
        }
    }
}

/// The exit code of a run that ended so.
fn code_of(error: &RunError) -> u8 {
    if matches!(error, RunError::Interrupted { .. }) { INTERRUPTED } else { FAILED }
}

/// Why a rank does not begin.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
struct Refusal {
    code: u8,
    said: String,
}

/// What this rank has prepared, if all have; otherwise the exit code.
fn agreed<T>(ranks: &Ranks, own: Result<T, u8>) -> Result<T, u8> {
    let refused = |code| Refusal { code, said: unsaid().unwrap_or_default() };
    ranks.agree(own.map_err(refused)).map_err(|trouble| match trouble {
        Trouble::Here(refusal) => refusal.code,
        Trouble::Elsewhere(error) => fail(error),
    })
}

/// Says what is going to be run, and moves aside what is in its way, if that was asked for. Returns the exit code if
/// nothing is to be run.
fn make_way(args: &RunArgs, out: &Path, prepared: &Prepared, plan: &str) -> Option<u8> {
    if args.resume
        && let Some(code) = completed(out, prepared.spec())
    {
        return Some(code);
    }
    err!("{plan}  device  {}\n", prepared.backend());
    if args.force {
        match set_aside(out) {
            Ok(Some(aside)) => err!("note: what was there is now in {}", shown(&aside.display().to_string())),
            Ok(None) => {}
            Err(error) => return Some(fail(error)),
        }
    }
    None
}

/// Shows how far the run has come, and draws its report now and then.
fn watch(display: &Display, redrawing: &Arc<Redrawing>) -> Watch {
    let (display, redrawing) = (display.clone(), Arc::clone(redrawing));
    Watch::new(move |pace, cooperation| {
        display.show(pace, cooperation);
        redrawing.pass(pace);
    })
}

/// Puts the last files of the run of `spec` in `folder` in order, if that is done and was killed just then, and returns
/// the exit code; `None` if there is nothing to put in order.
fn completed(folder: &Path, spec: &ScenarioSpec) -> Option<u8> {
    let is_tidied = match tidy(folder, spec) {
        Ok(is_tidied) => is_tidied?,
        Err(error) => return Some(fail(error)),
    };
    let is_redrawn = match crate::report::renew(folder, WORDS) {
        Ok(is_redrawn) => is_redrawn,
        Err(error) => return Some(fail(error)),
    };
    if !is_tidied && !is_redrawn {
        return None;
    }
    out!("The run in {} was complete but for its last files, which are in order now.", folder.display());
    Some(DONE)
}

/// Draws the curves before it says how the run went: the reader of the output may be gone.
fn conclude(finished: &Finished, ticks: u32, folder: &Path) -> u8 {
    let report = crate::report::write(folder, WORDS);
    let resumed = finished.resumed_at.map_or_else(String::new, |tick| format!(" (taken up again at tick {tick})"));
    out!("{}\n", finished.summary.table());
    let ticks = counted(ticks, "tick");
    out!("{ticks} in {:.1} s{resumed}. Results: {}", finished.seconds, folder.display());
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
struct OneRun {
    prepared: Prepared,
    /// What it amounts to, in lines of text.
    plan: String,
    /// The folder of the run.
    out: PathBuf,
}

/// Checks and prepares everything; if something is wrong, says what and returns the exit code.
fn planned(args: &RunArgs, simulation: &Simulation, ranks: &Ranks) -> Result<OneRun, u8> {
    let each = &args.each;
    let device = each.machine.device.of_process(ranks.beside().number);
    let machine = MachineArgs { device, ..each.machine.clone() };
    let (scenario, backend) = read(&ChangedFile::of(each), &machine, simulation)?;
    let spec = &scenario.spec;
    let out = args.out.clone().unwrap_or_else(|| RunDirectory::default_path(&spec.name, spec.seed));
    let resume = args.resume;
    let options = RunOptions { out: Some(out.clone()), resume, ranks: ranks.clone(), ..options(each, backend) };
    let prepared = simulation.prepare(spec, options, &model_fetcher()).map_err(refuse)?;
    let mut plan = format!("{}  output  {}\n", prepared.plan(None), shown(&out.display().to_string()));
    if ranks.count() > 1 {
        plan += &format!("  ranks   {}, with {} each\n", ranks.count(), counted(prepared.threads(), "thread"));
    }
    if args.each.dry_run {
        plan += &format!("  time    {}\n", forecast(prepared.forecast(), prepared.spec().ticks));
    }
    Ok(OneRun { prepared, plan, out })
}

/// How long a run of `ticks` ticks will take.
fn forecast(forecast: Forecast, ticks: u32) -> String {
    let all = |seconds: f64| time::fine(f64::from(ticks) * seconds);
    match forecast {
        Forecast::Measured(seconds) => {
            format!("about {} per tick, {} in all, as just measured", time::fine(seconds), all(seconds))
        }
        Forecast::AtLeast(seconds) => {
            format!("at least {} per tick, {} in all (the model's products)", time::fine(seconds), all(seconds))
        }
        Forecast::Unknown => "known once the first tick is played".into(),
    }
}
