//! What a run does, apart from the models that it takes.

use super::options::RunOptions;
use crate::evolution::Evolution;
use crate::scenario::format::ScenarioSpec;
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
