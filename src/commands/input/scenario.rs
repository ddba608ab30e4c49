//! The scenario file that a command names, read with its changes.

use super::machine::open_backend;
use crate::cli::{Cli, EachArgs, MachineArgs};
use crate::commands::terminal::exit::WRONG_INPUT;
use crate::commands::terminal::print::{colour, err};
use crate::llm::engine::machine::{Backend, DeviceChoice};
use crate::remote::Budget;
use crate::run::{RunOptions, Simulation};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::load::{Scenario, load};
use crate::scenario::spawn::{asks_models, cpu_only};
use crate::text::{did_you_mean_or_stop, nearest, shown};
use clap::{Command, CommandFactory};
use std::path::{Path, PathBuf};

/// The scenario file that the command line names, and what it changes in it.
pub(in crate::commands) struct ChangedFile {
    file: Option<PathBuf>,
    scenario: Option<PathBuf>,
    /// Overrides: `path=value` each.
    pub(in crate::commands) set: Vec<String>,
}

impl ChangedFile {
    /// What a run, or many, are to be of.
    pub(in crate::commands) fn of(args: &EachArgs) -> Self {
        let mut set = args.set.clone();
        set.extend(args.seed.map(|seed| format!("seed={seed}")));
        set.extend(args.ticks.map(|ticks| format!("ticks={ticks}")));
        Self::with(args.file.as_ref(), args.scenario.as_ref(), set)
    }

    /// The file, with or without `--scenario` before it, with these overrides.
    pub(in crate::commands) fn with(file: Option<&PathBuf>, scenario: Option<&PathBuf>, set: Vec<String>) -> Self {
        Self { file: file.cloned(), scenario: scenario.cloned(), set }
    }

    /// The path of the file.
    ///
    /// # Errors
    /// With a sentence, if none is named, or a command was probably meant.
    pub(in crate::commands) fn path(&self) -> Result<PathBuf, String> {
        let Some(word) = &self.file else {
            let none = || "error: no scenario; run one with `sim --scenario FILE`".into();
            return self.scenario.clone().ok_or_else(none);
        };
        match no_command(word) {
            Some(problem) => Err(format!("error: {problem}")),
            None => Ok(word.clone()),
        }
    }
}

/// What is wrong with `word` if it is neither a command nor a file, nor looks like one.
pub(in crate::commands) fn no_command(word: &Path) -> Option<String> {
    let text = word.to_string_lossy();
    if word.exists() || text.contains(['.', '/', '\\']) {
        return None;
    }
    let cli = Cli::command();
    let verbs: Vec<&str> = cli.get_subcommands().map(Command::get_name).collect();
    if verbs.contains(&&*text) {
        return None;
    }
    let hint = did_you_mean_or_stop(nearest(&text, verbs));
    let text = shown(&text);
    Some(format!("`{text}` is neither a command nor a scenario file{hint} `sim --help` lists the commands"))
}

/// How to run, as the command line says.
pub(in crate::commands) fn options(args: &EachArgs, backend: Backend) -> RunOptions {
    RunOptions {
        threads: args.machine.threads.map(usize::from),
        backend,
        checkpoints: args.checkpoint.0,
        replay: args.replay.clone(),
        budget: Budget { requests: args.max_requests, tokens: args.max_tokens },
        ..RunOptions::default()
    }
}

/// The scenario, checked, and what its model runs on; if something is wrong, says what and returns the exit code.
pub(in crate::commands) fn read(
    file: &ChangedFile,
    machine: &MachineArgs,
    simulation: &Simulation,
) -> Result<(Scenario, Backend), u8> {
    let path = file.path();
    let known = simulation.known();
    let loaded = path.and_then(|path| load(&path, &file.set, &known).map_err(|errors| errors.render(colour())));
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
pub(in crate::commands) fn backend_for(opened: &Backend, machine: &MachineArgs, spec: &ScenarioSpec) -> Backend {
    // Texts are written on the CPU only: `auto` chooses it, while a GPU that was named is refused by the plan.
    let wanted = asks_models(spec) && !(cpu_only(spec).is_some() && matches!(machine.device, DeviceChoice::Auto(_)));
    match wanted || opened.is_cpu() {
        true => opened.clone(),
        false => Backend::Cpu { precision: machine.precision.on_this_cpu() },
    }
}
