#![doc = include_str!("../README.md")]
// An unused dependency fails the gate. Tests have more dependencies than each of them needs.
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod cli;
pub mod commands;
pub mod compare;
pub mod crash;
pub mod dynamics;
pub mod evaluate;
pub mod evolution;
pub mod explained;
pub mod export;
pub mod fault;
pub mod faults;
pub mod files;
pub mod games;
pub mod host;
pub mod learning;
pub mod llm;
pub mod matchmaking;
pub mod meta;
pub mod metrics;
pub mod morals;
pub mod numbers;
pub mod params;
pub mod play;
pub mod plugins;
pub mod policies;
pub mod prelude;
pub mod remote;
pub mod report;
pub mod reputation;
pub mod rng;
pub mod run;
pub mod scenario;
pub mod structure;
#[cfg(test)]
mod testing;
pub mod text;
pub mod transport;
pub mod watch;
pub mod world;

pub use bevy_app;
pub use bevy_ecs;
pub use rand;

/// Runs `sim` with more in it: everything that the command line does, with what `extend` adds to every simulation.
///
/// ```no_run
/// use agora::prelude::*;
///
/// /// Cooperates in every third round.
/// #[derive(Debug, Deserialize, JsonSchema)]
/// struct EveryThird {}
///
/// impl Strategy for EveryThird {
///     fn name(&self) -> &str {
///         "every_third"
///     }
///     fn decide(&self, view: &MatchView, _: &mut Stream) -> Action {
///         view.moves.action(view.round.is_multiple_of(3))
///     }
///     fn cooperation(&self, _: Recall) -> Option<f64> {
///         None
///     }
///     fn draws(&self) -> bool {
///         false
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     agora::main(|app| {
///         app.add_strategy("every_third", "Cooperates in every third round.", |own: EveryThird| Ok(own));
///     })
/// }
/// ```
pub fn main(extend: impl Fn(&mut bevy_app::App) + Send + Sync) -> std::process::ExitCode {
    commands::main(&extend)
}
