//! The cells of a design as scenarios: all are checked before anything is run, and all mistakes are told together, each
//! once.

use crate::cli::EachArgs;
use crate::commands::input::machine::model_fetcher;
use crate::commands::input::scenario::{ChangedFile, backend_for, options};
use crate::commands::terminal::exit::WRONG_INPUT;
use crate::commands::terminal::print::{colour, err, refuse};
use crate::llm::engine::machine::Backend;
use crate::run::sweep::{Design, DesignKind, Factor, in_brief};
use crate::run::{Factors, Prepared, RunOptions, Simulation};
use crate::scenario::diagnostics::{PROBLEMS_SHOWN, Problem, ScenarioErrors, Severity, render};
use crate::scenario::format::ModelSpec;
use crate::scenario::load::{Scenario, load};
use crate::scenario::spawn::frozen_players;
use crate::scenario::text::Sources;
use crate::text::{counted, shown};
use std::path::Path;

/// Reads the scenario of every cell of `design`; if something is wrong in any, says what and returns the exit code.
pub(in crate::commands) fn scenarios(
    args: &EachArgs,
    design: &Design,
    cells: &[Factors],
    simulation: &Simulation,
) -> Result<Vec<Scenario>, u8> {
    let (scenarios, warnings) = checked(args, design, cells, simulation)?;
    if !warnings.all.is_empty() {
        err!("{}", warnings.text(colour()).trim_end());
    }
    Ok(scenarios)
}

/// The seed of the scenario in which nothing is varied; if something is wrong with that, says what and returns the exit
/// code.
pub(in crate::commands) fn seed(args: &EachArgs, simulation: &Simulation) -> Result<u64, u8> {
    let (scenarios, _) = checked(args, &Design::plain(), &[Factors::default()], simulation)?;
    Ok(scenarios[0].spec.seed)
}

/// The scenario of every cell, and what may not be meant so; if something is wrong in any, says what and returns the
/// exit code.
fn checked<'a>(
    args: &EachArgs,
    design: &'a Design,
    cells: &'a [Factors],
    simulation: &Simulation,
) -> Result<(Vec<Scenario>, Mistakes<'a>), u8> {
    let named = ChangedFile::of(args);
    let path = named.path().map_err(|problem| {
        err!("{}", problem.trim_end());
        WRONG_INPUT
    })?;
    let known = simulation.known();
    let (mut scenarios, mut mistakes, mut warnings) =
        (Vec::new(), Mistakes::new(design, cells), Mistakes::new(design, cells));
    for (number, cell) in cells.iter().enumerate() {
        let set = [named.set.clone(), cell.overrides()].concat();
        match load(&path, &set, &known) {
            Ok(scenario) => {
                warnings.add(number, &scenario.sources, &scenario.warnings);
                scenarios.push(scenario);
            }
            Err(ScenarioErrors { sources, problems, .. }) => mistakes.add(number, &sources, &problems),
        }
    }
    if mistakes.all.is_empty() {
        return Ok((scenarios, warnings));
    }
    err!("{}{}", mistakes.text(colour()), mistakes.conclusion(&path));
    Err(WRONG_INPUT)
}

/// The machine that runs are prepared for.
pub(in crate::commands) struct Host {
    /// What models run on.
    pub(in crate::commands) backend: Backend,
    /// Bytes of memory to count on; `None`: what is free here.
    pub(in crate::commands) memory: Option<u64>,
    /// Worker threads; `None`: one per core.
    pub(in crate::commands) threads: Option<usize>,
}

/// Prepares every cell; if that is impossible for any, says why and returns the exit code.
pub(in crate::commands) fn prepared(
    args: &EachArgs,
    host: &Host,
    cells: &[Factors],
    scenarios: &[Scenario],
    simulation: &Simulation,
) -> Result<Vec<Prepared>, u8> {
    let fetcher = model_fetcher();
    let (mut prepared, mut problems): (Vec<Prepared>, Vec<(String, usize)>) = (Vec::new(), Vec::new());
    // The first cells to name each model, of the engine or of frozen players, whose files the others need not read.
    let mut first: Vec<usize> = Vec::new();
    let mut models: Vec<(ModelSpec, Option<bool>)> = Vec::new();
    for (number, (cell, Scenario { spec, .. })) in cells.iter().zip(scenarios).enumerate() {
        let backend: Backend = backend_for(&host.backend, &args.machine, spec);
        let (memory, threads) = (host.memory, host.threads);
        let options = RunOptions { factors: cell.clone(), memory, threads, ..options(args, backend) };
        let earlier: Vec<&Prepared> = first.iter().map(|&index| &prepared[index]).collect();
        match simulation.prepare_sharing(&earlier, spec, options, &fetcher) {
            Ok(cell) => {
                let frozen = frozen_players(spec).into_iter().map(|player| (player.model, Some(player.quantised)));
                let mut new: Vec<_> = frozen.chain([(spec.model.clone(), None)]).collect();
                new.retain(|model| !models.contains(model));
                if !new.is_empty() {
                    first.push(prepared.len());
                    models.extend(new);
                }
                prepared.push(cell);
            }
            Err(error) => {
                let text = error.to_string();
                if problems.iter().all(|(known, _)| *known != text) {
                    problems.push((text, number));
                }
            }
        }
    }
    for (problem, number) in problems.iter().take(PROBLEMS_SHOWN) {
        match cells[*number].is_empty() {
            true => refuse(problem),
            false => refuse(format!("{}: {problem}", in_brief(&cells[*number]))),
        };
    }
    if problems.is_empty() { Ok(prepared) } else { Err(WRONG_INPUT) }
}

/// What is wrong with the scenarios of cells.
struct Mistakes<'a> {
    design: &'a Design,
    cells: &'a [Factors],
    all: Vec<Mistake>,
}

/// One thing that is wrong, in one cell or in several.
struct Mistake {
    problem: Problem,
    /// How many problems with the same words come before it in its cell.
    twin: usize,
    /// The texts of the first cell that has it.
    sources: Sources,
    /// The cells that have it.
    cells: Vec<usize>,
}

impl<'a> Mistakes<'a> {
    fn new(design: &'a Design, cells: &'a [Factors]) -> Self {
        Self { design, cells, all: Vec::new() }
    }

    /// Adds the problems of a cell.
    fn add(&mut self, cell: usize, sources: &Sources, problems: &[Problem]) {
        let said: Vec<Problem> =
            problems.iter().map(|problem| as_varied(problem, &self.cells[cell], self.design)).collect();
        for (index, problem) in said.iter().enumerate() {
            let same = |other: &Problem| has_the_words_of(other, problem);
            let twin = said[..index].iter().filter(|other| same(other)).count();
            match self.all.iter_mut().find(|known| known.twin == twin && same(&known.problem)) {
                Some(known) => known.cells.push(cell),
                None => {
                    let is_varied = |path: &str| self.cells[cell].0.iter().any(|(varied, _)| varied == path);
                    let sources = sources.clone().called("--vary", is_varied);
                    self.all.push(Mistake { problem: problem.clone(), twin, sources, cells: vec![cell] });
                }
            }
        }
    }

    /// The first of them, each with the cells that have it unless all have, and a count of the rest.
    fn text(&self, colour: bool) -> String {
        let mut text = String::new();
        for Mistake { problem, sources, cells, .. } in self.all.iter().take(PROBLEMS_SHOWN) {
            text += render(sources, std::slice::from_ref(problem), colour).trim_end();
            text += &format!("{}\n\n", self.places(cells));
        }
        if self.all.len() > PROBLEMS_SHOWN {
            text += &format!("… and {} more\n\n", self.all.len() - PROBLEMS_SHOWN);
        }
        text
    }

    /// Which cells these are.
    fn places(&self, cells: &[usize]) -> String {
        if cells.len() == self.cells.len() {
            return String::new();
        }
        let others = if cells.len() > 1 { ", and others" } else { "" };
        let example = shown(&in_brief(&self.cells[cells[0]])).into_owned();
        format!("\n  in {} of {}: {example}{others}", cells.len(), counted(self.cells.len(), "cell"))
    }

    /// How many there are.
    fn conclusion(&self, path: &Path) -> String {
        let errors = self.all.iter().filter(|mistake| mistake.problem.severity == Severity::Error).count();
        let errors = counted(errors, "error");
        format!("{}: {errors}; nothing was run", shown(&path.display().to_string()))
    }
}

/// The problem in the words of the command line: what a cell sets was written with `--vary`. A problem with the field
/// is the same for all its values, and names none.
fn as_varied(problem: &Problem, cell: &Factors, design: &Design) -> Problem {
    for (path, value) in &cell.0 {
        if let Some(rest) = problem.message.strip_prefix(&format!("--set {path}={value}: ")) {
            let of_value = if rest.starts_with("the value") { format!("={value}") } else { String::new() };
            let help = problem.help.as_ref().map(|help| help.replacen("--set ", "--vary ", 1));
            return Problem { message: format!("--vary {path}{of_value}: {rest}"), help, ..problem.clone() };
        }
    }
    let mut problem =
        Problem { help: problem.help.clone().or_else(|| for_whole_numbers(problem, cell, design)), ..problem.clone() };
    for (path, _) in &cell.0 {
        problem.help = problem.help.map(|help| help.replace(&format!("--set '{path}="), &format!("--vary '{path}=")));
    }
    problem
}

/// How to draw whole numbers, if the problem is a fraction that a Latin design has drawn.
fn for_whole_numbers(problem: &Problem, cell: &Factors, design: &Design) -> Option<String> {
    let is_drawn = |factor: &&Factor| {
        let value = cell.get(&factor.path).filter(|value| value.contains('.'));
        value.is_some_and(|value| problem.message.contains(&format!("`{value}`")))
    };
    let drawn = design.factors.iter().find(is_drawn).filter(|_| design.kind == DesignKind::Latin);
    drawn.and_then(Factor::for_whole_numbers)
}

fn has_the_words_of(one: &Problem, other: &Problem) -> bool {
    (one.severity, &one.message, &one.label, &one.help) == (other.severity, &other.message, &other.label, &other.help)
}
