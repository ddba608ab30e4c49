//! Errors that end a run in the middle of a tick.

use bevy_ecs::prelude::Resource;
use std::error::Error;

/// Why the tick cannot be played to its end. Once this is set, the stages after the current one do not run, and the run
/// stops with it; any plugin may set it.
#[derive(Resource, Debug, Default)]
pub struct TickFailure(Option<Box<dyn Error + Send + Sync>>);

impl TickFailure {
    /// Notes `error`; the first one stays.
    pub fn note(&mut self, error: impl Into<Box<dyn Error + Send + Sync>>) {
        self.0.get_or_insert_with(|| error.into());
    }

    /// Notes the error of `result`, if it is one.
    pub fn check<T, E: Into<Box<dyn Error + Send + Sync>>>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.note(error)).ok()
    }

    /// Whether nothing has failed.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Takes the failure out; afterwards there is none.
    pub fn take(&mut self) -> Option<Box<dyn Error + Send + Sync>> {
        self.0.take()
    }
}
