//! The cells of a design as scenarios: all are checked before anything is run, and all mistakes are told together, each
//! once.

use super::exit::WRONG_INPUT;
use super::machine::{model_fetcher, open_backend};
use super::print::{colour, err, refuse};
use super::run::{Asked, backend_for, options, overrides, scenario_file};
use crate::cli::RunArgs;
use crate::llm::engine::machine::Backend;
use crate::run::sweep::brief;
use crate::run::{Factors, Prepared, RunOptions, Simulation};
use crate::scenario::diagnostics::{PROBLEMS_SHOWN, Problem, ScenarioErrors, Severity, render};
use crate::scenario::load::{Scenario, load};
use crate::scenario::text::Sources;
use crate::text::shown;
use std::path::Path;

/// Reads the scenario of every cell; if something is wrong in any, says what and returns the exit code.
pub(super) fn scenarios(args: &RunArgs, cells: &[Factors], simulation: &Simulation) -> Result<Vec<Scenario>, u8> {
    let (scenarios, warnings) = checked(args, cells, simulation)?;
    if !warnings.all.is_empty() {
        err!("{}", warnings.text(colour()).trim_end());
    }
    Ok(scenarios)
}

/// The seed of the scenario in which nothing is varied; if something is wrong with that, says what and returns the exit
/// code.
pub(super) fn seed(args: &RunArgs, simulation: &Simulation) -> Result<u64, u8> {
    let (scenarios, _) = checked(args, &[Factors::default()], simulation)?;
    Ok(scenarios[0].spec.seed)
}

/// The scenario of every cell, and what may not be meant so; if something is wrong in any, says what and returns the
/// exit code.
fn checked<'a>(
    args: &RunArgs,
    cells: &'a [Factors],
    simulation: &Simulation,
) -> Result<(Vec<Scenario>, Mistakes<'a>), u8> {
    let set = overrides(args);
    let asked = Asked { file: args.file.as_ref(), scenario: args.scenario.as_ref(), set: &set };
    let path = scenario_file(&asked).map_err(|problem| {
        err!("{}", problem.trim_end());
        WRONG_INPUT
    })?;
    let known = simulation.known();
    let (mut scenarios, mut mistakes, mut warnings) = (Vec::new(), Mistakes::new(cells), Mistakes::new(cells));
    for (number, cell) in cells.iter().enumerate() {
        let set = [set.clone(), cell.overrides()].concat();
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

/// Prepares every cell; if that is impossible for any, says why and returns the exit code.
pub(super) fn prepared(
    args: &RunArgs,
    cells: &[Factors],
    scenarios: &[Scenario],
    simulation: &Simulation,
) -> Result<Vec<Prepared>, u8> {
    let opened = open_backend(&args.machine)?;
    let fetcher = model_fetcher();
    let (mut prepared, mut problems): (Vec<Prepared>, Vec<(String, usize)>) = (Vec::new(), Vec::new());
    // The first cells to name each model, whose files the others need not read.
    let mut first: Vec<usize> = Vec::new();
    for (number, (cell, Scenario { spec, .. })) in cells.iter().zip(scenarios).enumerate() {
        let backend: Backend = backend_for(&opened, &args.machine, spec);
        let options = RunOptions { factors: cell.clone(), resume: false, ..options(args, backend) };
        let earlier: Vec<&Prepared> = first.iter().map(|&index| &prepared[index]).collect();
        match simulation.prepare_sharing(&earlier, spec, options, &fetcher) {
            Ok(cell) => {
                if earlier.iter().all(|other| other.spec().model != spec.model) {
                    first.push(prepared.len());
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
            false => refuse(format!("{}: {problem}", brief(&cells[*number]))),
        };
    }
    if problems.is_empty() { Ok(prepared) } else { Err(WRONG_INPUT) }
}

/// What is wrong with the scenarios of cells.
struct Mistakes<'a> {
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
    fn new(cells: &'a [Factors]) -> Self {
        Self { cells, all: Vec::new() }
    }

    /// Adds the problems of a cell.
    fn add(&mut self, cell: usize, sources: &Sources, problems: &[Problem]) {
        let said: Vec<Problem> = problems.iter().map(|problem| as_varied(problem, &self.cells[cell])).collect();
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
        let example = shown(&brief(&self.cells[cells[0]])).into_owned();
        format!("\n  in {} of {} cells: {example}{others}", cells.len(), self.cells.len())
    }

    /// How many there are.
    fn conclusion(&self, path: &Path) -> String {
        let errors = self.all.iter().filter(|mistake| mistake.problem.severity == Severity::Error).count();
        let noun = if errors == 1 { "error" } else { "errors" };
        format!("{}: {errors} {noun}; nothing was run", shown(&path.display().to_string()))
    }
}

/// The problem in the words of the command line: what a cell sets was written with `--vary`. A problem with the field
/// is the same for all its values, and names none.
fn as_varied(problem: &Problem, cell: &Factors) -> Problem {
    for (path, value) in &cell.0 {
        if let Some(rest) = problem.message.strip_prefix(&format!("--set {path}={value}: ")) {
            let of_value = if rest.starts_with("the value") { format!("={value}") } else { String::new() };
            let help = problem.help.as_ref().map(|help| help.replacen("--set ", "--vary ", 1));
            return Problem { message: format!("--vary {path}{of_value}: {rest}"), help, ..problem.clone() };
        }
    }
    let mut problem = problem.clone();
    for (path, _) in &cell.0 {
        problem.help = problem.help.map(|help| help.replace(&format!("--set '{path}="), &format!("--vary '{path}=")));
    }
    problem
}

fn has_the_words_of(one: &Problem, other: &Problem) -> bool {
    (one.severity, &one.message, &one.label, &one.help) == (other.severity, &other.message, &other.label, &other.help)
}
