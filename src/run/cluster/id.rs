//! What decides the results of a run, as a hash that is the same on every machine.

use crate::llm::files::registry;
use crate::run::Prepared;
use crate::run::manifest::{Manifest, fingerprint, inputs_of};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::spawn::{asks_models, frozen_players, model_name, needs_model};
use crate::scenario::text::resolved::resolved_ron;
use std::fmt::Write;

/// Digits of an id.
const DIGITS: usize = 16;
/// Changes when other things are hashed, or in another way.
const FORMAT: &str = "agora run 1";

/// Where models are to be computed, as the command line asks for it: `cpu f32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware(pub String);

/// The run of `cell` under `seed`: its id, and the SHA-256 of its resolved scenario.
///
/// The id is a hash of the version of this program, of the resolved scenario with its seed, of the files that the
/// scenario names and, where language models play, of the machine that is asked for and of those weights whose hash is
/// known beforehand. Weights that are not are compared when a run is resumed, and when runs are merged.
pub fn of(cell: &Prepared, seed: u64, machine: &Hardware) -> (String, String) {
    let spec = ScenarioSpec { seed, ..cell.spec().clone() };
    let scenario = fingerprint(&resolved_ron(&spec));
    let (version, _) = Manifest::this_program();
    let mut text = format!("{FORMAT}\nversion {version}\nscenario {scenario}\n");
    for input in inputs_of(&spec) {
        let _ = writeln!(text, "file {} {}", input.path, input.sha256);
    }
    if asks_models(&spec) {
        let _ = writeln!(text, "machine {}", machine.0);
        for name in models(&spec) {
            let pinned = registry::lookup(&name).and_then(|entry| entry.sha256);
            let _ = writeln!(text, "weights {name} {}", pinned.unwrap_or("not pinned"));
        }
    }
    let mut id = fingerprint(&text);
    id.truncate(DIGITS);
    (id, scenario)
}

/// The names of the models that play in `spec`: the base model first, if any agent needs it, then the frozen players'.
pub fn models(spec: &ScenarioSpec) -> Vec<String> {
    let base = needs_model(spec).then(|| model_name(&spec.model));
    let frozen = frozen_players(spec).into_iter().map(|player| model_name(&player.model));
    let mut names: Vec<String> = Vec::new();
    for name in base.into_iter().chain(frozen) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
