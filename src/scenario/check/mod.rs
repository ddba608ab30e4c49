//! Whether a scenario makes sense: numbers in range, names known, parts that fit together. Every problem is reported.
//!
//! A part that the structural checks had to replace is left alone, so that each mistake gives one message.

mod amounts;
mod estimator;
mod evolution;
mod frozen;
mod game;
mod graphs;
mod hints;
mod idle;
mod learner;
mod matchmaking;
mod names;
mod network;
pub mod notation;
mod params;
mod play;
mod population;
mod prompt;
mod remote;
mod reputation;
pub mod shape;
mod size;
pub mod structure;
mod tabular;

use super::diagnostics::{Problem, Severity};
use crate::fault::Fault;
use crate::games::normal_form::{Rstp, is_social_dilemma, least_payoff, rstp};
use crate::games::{Game, ObservationSpace};
use crate::host;
use crate::llm::files::registry;
use crate::policies::scripted::facts;
use crate::scenario::check::structure::Checked;
use crate::scenario::format::{FORMAT_VERSION, HorizonSpec, ModelSpec, PolicySpec, ScenarioSpec};
use crate::scenario::text::Span;
use crate::world::{Factories, Matchmaker};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The names that are valid because they are compiled in or registered, and what the machine offers.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What plugins offer.
    pub offered: Factories,
    /// Models of the registry.
    pub models: Vec<String>,
    /// Bytes of memory that may be used; `None` if that is not checked.
    pub memory_available: Option<u64>,
}

impl Known {
    /// What is known when plugins offer `offered`, on this machine as it is now.
    pub fn with(offered: &Factories) -> Self {
        Self {
            offered: offered.clone(),
            models: registry::ENTRIES
                .iter()
                .map(|entry| entry.name)
                .chain([registry::BUILT_IN])
                .map(String::from)
                .collect(),
            memory_available: host::available(),
        }
    }
}

/// What the checks need to know of a game.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownGame {
    /// Its name in scenarios.
    pub name: String,
    /// Number of actions.
    pub actions: usize,
    /// Players per match.
    pub seats: usize,
    /// Whether every seat faces the same payoffs.
    pub symmetric: bool,
    /// Whether single and common interest are at odds in it for all its players; `None` if that is not known, since the
    /// game is too large.
    pub dilemma: Option<bool>,
    /// Whether its payoffs have the order of the prisoner's dilemma for both its players.
    pub prisoners_order: bool,
    /// Number of reputations that players are told of beside the last round; 1 where there are none.
    pub reputations: usize,
    /// What strategies know of its payoffs.
    pub payoffs: Option<Rstp>,
    /// The least payoff of any player; `None` if that is not known, since the game is too large.
    pub payoff_min: Option<f64>,
}

impl KnownGame {
    /// What the checks need to know of `game`.
    pub fn of(game: &dyn Game) -> Self {
        Self {
            name: game.name().to_owned(),
            actions: game.actions().len(),
            seats: game.seats(),
            symmetric: game.symmetric(),
            dilemma: game.is_dilemma().or_else(|| is_social_dilemma(game)),
            prisoners_order: rstp(game).is_some_and(|players| players.into_iter().all(Rstp::is_prisoners_order)),
            reputations: 1,
            payoffs: facts::payoffs(game),
            payoff_min: least_payoff(game),
        }
    }

    /// How its observations are numbered.
    pub fn observations(&self) -> ObservationSpace {
        ObservationSpace::new(self.actions, self.seats).with_reputations(self.reputations)
    }
}

/// Where the values of a spec are in its source.
#[derive(Clone, Debug, Default)]
pub struct View {
    spans: BTreeMap<String, Span>,
    broken: BTreeSet<String>,
}

impl View {
    /// The view of a checked tree.
    pub fn of(checked: &Checked) -> Self {
        Self { spans: checked.spans.clone(), broken: checked.broken.clone() }
    }

    /// Whether the value at `path` is what the author wrote (or a default that the author kept).
    fn intact(&self, path: &str) -> bool {
        let inside = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        !self.broken.iter().any(|broken| inside(broken, path) || inside(path, broken))
    }

    /// Where the value at `path` is; for a value left at its default, where the struct around it begins.
    fn span(&self, path: &str) -> Option<Span> {
        if let Some(span) = self.spans.get(path) {
            return Some(span.clone());
        }
        let mut outer = path;
        while let Some(cut) = outer.rfind(['.', '[']) {
            outer = &outer[..cut];
            if let Some(span) = self.spans.get(outer) {
                return Some(span.start..span.start + 1);
            }
        }
        self.spans.get("").map(|span| span.start..span.start + 1)
    }
}

/// Checks `spec` and returns every error and warning; `view` tells where its values are in the source.
pub fn validate(spec: &ScenarioSpec, view: &View, known: &Known) -> Vec<Problem> {
    let mut checks = Checks { spec, view, known, matchmaker: None, problems: Vec::new() };
    checks.problems.extend(known.offered.conflicts.iter().map(|conflict| Problem::unplaced(conflict.clone(), None)));
    checks.basics();
    checks.keys();
    checks.remote_limits();
    let reputations = checks.reputation();
    let game = checks.game().map(|game| KnownGame { reputations, ..game });
    checks.prompt("prompt", &spec.prompt, game.as_ref(), checks_default_prompt(spec));
    if checks.populations_can_be_checked() {
        checks.names();
        checks.matchmaking(game.as_ref());
        checks.populations(game.as_ref());
        checks.play_order(game.as_ref());
        checks.structure();
        checks.evolution(game.as_ref());
        checks.size(game.as_ref());
        // While it has errors, there is no telling what the scenario would do.
        if checks.problems.iter().all(|problem| problem.severity == Severity::Warning) && view.broken.is_empty() {
            checks.idle(game.as_ref());
        }
    }
    checks.problems
}

/// Whether any population is asked with the scenario's own prompt.
fn checks_default_prompt(spec: &ScenarioSpec) -> bool {
    let is_asked = |policy: &PolicySpec| match policy {
        PolicySpec::Llm { prompt, .. } | PolicySpec::Frozen { prompt, .. } => prompt.is_none(),
        PolicySpec::Remote(config) => config.prompt.is_none(),
        _ => false,
    };
    spec.populations.iter().any(|population| is_asked(&population.policy))
}

/// The checks of one spec, and what they have found.
struct Checks<'a> {
    spec: &'a ScenarioSpec,
    view: &'a View,
    known: &'a Known,
    /// The matchmaker; `None` if it is not known, which has been reported.
    matchmaker: Option<Arc<dyn Matchmaker>>,
    problems: Vec<Problem>,
}

impl<'a> Checks<'a> {
    fn basics(&mut self) {
        let spec = self.spec;
        if spec.version != FORMAT_VERSION {
            let message = format!("there is no version {} of scenario files", spec.version);
            self.error("version", message, format!("expected {FORMAT_VERSION}"));
        }
        if spec.ticks == 0 {
            self.error("ticks", "`ticks` must be at least 1", "a run of 0 ticks plays nothing");
        }
        match spec.rounds {
            HorizonSpec::Fixed(0) => {
                self.error("rounds.Fixed", "`rounds` must be at least 1", "a match of 0 rounds plays nothing");
            }
            HorizonSpec::Fixed(_) => {}
            HorizonSpec::Continue { probability, at_most } => {
                let path = "rounds.Continue.probability";
                if !(0.0..1.0).contains(&probability) {
                    self.error(
                        path,
                        format!("a match cannot go on with probability {probability}"),
                        "expected 0 ≤ p < 1",
                    );
                }
                if at_most == 0 {
                    let label = "a match of 0 rounds plays nothing";
                    self.error("rounds.Continue.at_most", "`at_most` must be at least 1", label);
                }
            }
        }
        self.probability("noise", spec.noise);
        if self.uses_model() || self.view.spans.contains_key("model") {
            self.model("model", &self.spec.model);
        }
    }

    /// Checks the `model` at `path`.
    fn model(&mut self, path: &str, model: &ModelSpec) {
        match model {
            ModelSpec::Named(name) => {
                let models: Vec<&str> = self.known.models.iter().map(String::as_str).collect();
                self.name(&format!("{path}.Named"), "model", name, &models);
            }
            ModelSpec::Path(file) if !Path::new(file).exists() => {
                let message = format!("there is no model at {file}");
                self.error(&format!("{path}.Path"), message, "expected a directory or a GGUF file");
            }
            ModelSpec::Path(_) => {}
            ModelSpec::Random(shape) => {
                let available = self.known.memory_available.unwrap_or(u64::MAX);
                let path = format!("{path}.Random");
                if let Err(problem) = shape.decoder() {
                    self.error(&path, problem.to_string(), "expected other sizes");
                } else if shape.bytes() > available {
                    let message = format!("the weights take {}", host::readable(shape.bytes()));
                    let label = format!("expected at most the {} there are", host::readable(available));
                    self.error(&path, message, label);
                }
            }
            ModelSpec::Hub { repository, revision, .. } => {
                let mut parts = repository.split('/');
                let sound =
                    parts.by_ref().take(2).filter(|part| !part.is_empty()).count() == 2 && parts.next().is_none();
                if !sound {
                    let message = format!("`{repository}` is not a repository");
                    self.error(&format!("{path}.Hub.repository"), message, "expected `owner/name`");
                }
                if revision.is_empty() {
                    self.error(
                        &format!("{path}.Hub.revision"),
                        "`revision` must not be empty",
                        "expected a branch, tag or commit",
                    );
                }
            }
        }
    }

    fn uses_model(&self) -> bool {
        self.spec.populations.iter().any(|population| matches!(population.policy, PolicySpec::Llm { .. }))
    }

    /// Reports an error at `path`, unless the value there has already been reported.
    fn error(&mut self, path: &str, message: impl Into<String>, label: impl Into<String>) {
        self.report(Severity::Error, path, message.into(), label.into(), None);
    }

    fn warn(&mut self, path: &str, message: impl Into<String>, label: impl Into<String>) {
        self.report(Severity::Warning, path, message.into(), label.into(), None);
    }

    fn report(&mut self, severity: Severity, path: &str, message: String, label: String, help: Option<String>) {
        if self.view.intact(path) {
            self.problems.push(Problem { severity, span: self.view.span(path), message, label, help });
        }
    }

    /// Refuses a `name` that is not one of `valid`, and suggests the nearest that is.
    fn name(&mut self, path: &str, what: &str, name: &str, valid: &[&str]) {
        self.faults(path, Fault::unknown("", what, name, valid).into_iter().collect());
    }
}
