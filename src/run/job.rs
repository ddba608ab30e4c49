//! What a run does, apart from the models that it takes.

use super::options::RunOptions;
use crate::evolution::Evolution;
use crate::scenario::format::ScenarioSpec;
use crate::scenario::spawn::{asks_models, frozen_players};
use crate::world::{Matchmaker, Rules};
use std::sync::Arc;

/// What is to be run, and on what.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub spec: ScenarioSpec,
    pub rules: Rules,
    pub matchmaker: Arc<dyn Matchmaker>,
    /// `None`: agents do not inherit from each other.
    pub evolution: Option<Evolution>,
    pub options: RunOptions,
    pub threads: usize,
}

impl Job {
    /// See [`Manifest::instructions`](super::Manifest::instructions).
    pub(super) fn instructions(&self) -> Option<&'static str> {
        let frozen = !frozen_players(&self.spec).is_empty();
        asks_models(&self.spec).then(|| self.options.backend.arithmetic(frozen)).flatten()
    }
}
