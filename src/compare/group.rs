//! Runs with the same scenario and factors, taken together.

use super::CompareError;
use super::folder::{self, Factors, RunFolder};
use std::path::{Path, PathBuf};

/// The runs of one scenario, or of one cell of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name of the scenario.
    pub scenario: String,
    /// What was varied, and the values here; none in a run that is no cell of a design.
    pub factors: Factors,
    /// Seeds, ascending.
    pub seeds: Vec<u64>,
    /// First and last of the ticks that the numbers cover.
    pub ticks: (u64, u64),
    /// Number of recorded ticks that cover them: fewer than the ticks themselves if not every tick has rows.
    pub recorded: usize,
    /// Number of recorded ticks of a whole run.
    pub recorded_in_all: usize,
    /// Index of the group that this one is compared with; `None` for a baseline.
    pub base: Option<usize>,
}

impl Group {
    /// Its name: the scenario, then the factors with their values, `quick_look,noise=0.1`.
    pub fn label(&self) -> String {
        label(&self.scenario, &self.factors)
    }
}

fn label(scenario: &str, factors: &Factors) -> String {
    if factors.0.is_empty() { scenario.into() } else { format!("{scenario},{}", factors.label()) }
}

/// The names of everything that was varied in `groups`, in order of appearance.
pub fn factor_names(groups: &[Group]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in groups.iter().flat_map(|group| &group.factors.0) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The factor that is called `name`, or ends with it; otherwise the number of those that do.
pub(super) fn factor_called(name: &str, groups: &[Group]) -> Result<String, usize> {
    let all = factor_names(groups);
    if all.iter().any(|known| known == name) {
        return Ok(name.into());
    }
    let end = format!(".{name}");
    let ending: Vec<&String> = all.iter().filter(|known| known.ends_with(&end)).collect();
    if let [one] = ending.as_slice() { Ok((*one).clone()) } else { Err(ending.len()) }
}

/// What is wrong with a `name` that is the end of `count` factors, 0 or several.
pub(super) fn no_factor(name: &str, count: usize) -> String {
    match count {
        0 => format!("names `{name}`, which was varied in no run"),
        _ => format!("names `{name}`, the end of {count} factors"),
    }
}

/// A run and what was read from it.
pub(super) struct Run<T> {
    pub folder: RunFolder,
    pub data: T,
}

/// Finds the runs in `folders`, reads each with `read`, and puts those of one scenario with the same factors together,
/// by seed. What cannot be read and what is there twice is left out, and `notes` says so.
pub(super) fn gather<T>(
    folders: &[PathBuf],
    notes: &mut Vec<String>,
    mut read: impl FnMut(&Path) -> Result<T, CompareError>,
) -> Result<Vec<Vec<Run<T>>>, CompareError> {
    let mut groups: Vec<Vec<Run<T>>> = Vec::new();
    for folder in folder::find(folders, notes)? {
        let run = match read(&folder.path) {
            Ok(data) => Run { folder, data },
            Err(error) => {
                notes.push(error.to_string());
                continue;
            }
        };
        let is_like = |group: &&mut Vec<Run<T>>| {
            let first = &group[0].folder;
            first.scenario == run.folder.scenario && first.factors == run.folder.factors
        };
        match groups.iter_mut().find(is_like) {
            Some(group) => {
                alike(&group[0].folder, &run.folder)?;
                match group.iter().find(|known| known.folder.seed == run.folder.seed) {
                    Some(known) => notes.push(format!(
                        "seed {} of `{}` is there twice: {} is used, {} is left out",
                        run.folder.seed,
                        label(&run.folder.scenario, &run.folder.factors),
                        known.folder.path.display(),
                        run.folder.path.display(),
                    )),
                    None => group.push(run),
                }
            }
            None => groups.push(vec![run]),
        }
    }
    if groups.is_empty() {
        return Err(CompareError::NothingLeft { reasons: std::mem::take(notes) });
    }
    for group in &mut groups {
        group.sort_by_key(|run| run.folder.seed);
    }
    Ok(groups)
}

/// Makes sure that two runs of a group differ in nothing but their seeds.
fn alike(a: &RunFolder, b: &RunFolder) -> Result<(), CompareError> {
    let Some(difference) = first_difference(&a.settings, &b.settings) else { return Ok(()) };
    let (first, second) = (a.path.clone(), b.path.clone());
    Err(CompareError::Settings { group: label(&a.scenario, &a.factors), first, second, difference })
}

/// The first line in which the scenarios of two runs differ apart from their seeds, in both versions; `None` if they
/// are alike, or one of the folders has no scenario.
///
/// # Errors
/// If a scenario cannot be read.
pub fn difference(first: &Path, second: &Path) -> Result<Option<String>, CompareError> {
    Ok(first_difference(&folder::settings(first)?, &folder::settings(second)?))
}

/// The first line in which two scenarios differ, in both versions; `None` if one of them is not known.
fn first_difference(a: &[String], b: &[String]) -> Option<String> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let end = "(nothing)".to_string();
    let lines = (0..a.len().max(b.len())).map(|i| (a.get(i).unwrap_or(&end), b.get(i).unwrap_or(&end)));
    lines.into_iter().find(|(a, b)| a != b).map(|(a, b)| format!("`{}`, `{}`", a.trim(), b.trim()))
}

/// The group of `runs`, with ticks still to be filled in.
pub(super) fn described<T>(runs: &[Run<T>]) -> Group {
    let RunFolder { scenario, factors, .. } = &runs[0].folder;
    Group {
        scenario: scenario.clone(),
        factors: factors.clone(),
        seeds: runs.iter().map(|run| run.folder.seed).collect(),
        ticks: (0, 0),
        recorded: 0,
        recorded_in_all: 0,
        base: None,
    }
}
