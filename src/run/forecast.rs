//! How long the ticks of a run will take, before any of them is played: measured where playing a few takes no time, and
//! where the CPU runs a language model, the least that its products take.

use super::base_model::thread_pool;
use super::options::{Interrupt, RunOptions, Watch};
use super::prepare::{Job, Model, Prepared};
use super::simulation::Simulation;
use crate::llm::engine::budget::speed::operations_per_second;
use crate::llm::engine::precision::Precision;
use crate::llm::files::fetch::Fetcher;
use crate::scenario::format::{HorizonSpec, PolicySpec};
use crate::scenario::size::extent::Extent;
use crate::scenario::spawn::generates;
use crate::scenario::spawn::needs::needs;
use crate::world::Horizon;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time that is spent on playing ticks to measure them.
const PLAYED_FOR: Duration = Duration::from_millis(300);
/// Decisions of a tick that is played to measure it: it has fewer rounds if it would have more.
const DECISIONS_MAX: u64 = 100_000;

/// How long a tick will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Forecast {
    /// About as many seconds: some ticks, or ticks of fewer rounds, were just played and timed.
    Measured(f64),
    /// At least about as many seconds, which the products of the language model take at the speed just measured.
    AtLeast(f64),
    /// It cannot be said before the first tick has been played.
    Unknown,
}

impl Prepared {
    /// How long a tick will take. Takes a fraction of a second, and reads no weights; agents of plugins are not played.
    pub fn forecast(&self) -> Forecast {
        let Job { spec, rules, matchmaker, threads, .. } = &self.job;
        let plays_in_no_time = |policy: &PolicySpec| {
            matches!(policy, PolicySpec::Scripted(_) | PolicySpec::QLearning(_) | PolicySpec::QNetwork(_))
        };
        if spec.populations.iter().all(|population| plays_in_no_time(&population.policy)) {
            return self.played().map_or(Forecast::Unknown, Forecast::Measured);
        }
        let (Model::Read(outline, asking), backend) = (&self.model, self.backend()) else { return Forecast::Unknown };
        let Some(memory) = asking.memory.as_ref().filter(|_| backend.precision() == Precision::F32) else {
            return Forecast::Unknown;
        };
        if generates(spec) {
            return Forecast::Unknown;
        }
        let needs = needs(spec, rules, &**matchmaker, &asking.prompts, outline.shape.clone(), *threads, backend);
        let (Ok(needs), Ok(pool)) = (needs, thread_pool(*threads)) else { return Forecast::Unknown };
        let speed = pool.install(|| operations_per_second(&outline.shape, *threads));
        match needs.operations(memory.way) / speed {
            // No agent learns, so that nothing of the model is computed in most ticks.
            0.0 => Forecast::Unknown,
            seconds => Forecast::AtLeast(seconds),
        }
    }

    /// Seconds per tick, from some that are played in a world of their own and leave nothing behind; `None` if there is
    /// no saying.
    fn played(&self) -> Option<f64> {
        let mut scratch = self.clone();
        let Job { spec, rules, matchmaker, threads, options, .. } = &mut scratch.job;
        let extent = Extent::of(spec, rules.game.seats(), &**matchmaker);
        let mut share = 1.0;
        if extent.decisions() > DECISIONS_MAX {
            let rounds = (DECISIONS_MAX / extent.seats_taken().max(1)).clamp(1, u64::from(u32::MAX)) as u32;
            if extent.seats_taken() > DECISIONS_MAX {
                return None;
            }
            share = f64::from(rounds) / extent.rounds as f64;
            (spec.rounds, rules.horizon) = (HorizonSpec::Fixed(rounds), Horizon::Fixed(rounds));
        }
        let interrupt = Interrupt::default();
        let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let (enough, noted) = (interrupt.clone(), times.clone());
        let watch = Watch::new(move |_| {
            let mut times = noted.lock().unwrap_or_else(PoisonError::into_inner);
            times.push(Instant::now());
            if times[0].elapsed() >= PLAYED_FOR {
                enough.request();
            }
        });
        *options = RunOptions { threads: Some(*threads), interrupt, watch, ..RunOptions::default() };
        // An interruption is what is meant to end it.
        let _ = Simulation::new().run_prepared(scratch, &Fetcher::from_env(indicatif::ProgressBar::hidden()));
        let times = times.lock().unwrap_or_else(PoisonError::into_inner);
        // The first tick also sets up what the others use.
        let from = usize::from(times.len() > 2);
        let (first, last) = (times.get(from)?, times.last()?);
        let ticks = times.len() - 1 - from;
        (ticks > 0).then(|| (*last - *first).as_secs_f64() / ticks as f64 / share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(text: &str) -> Forecast {
        let simulation = Simulation::new();
        let spec = simulation.scenario(text).unwrap_or_else(|errors| panic!("{errors}")).spec;
        let fetcher = Fetcher::from_env(indicatif::ProgressBar::hidden());
        simulation.prepare(&spec, RunOptions::default(), &fetcher).unwrap().forecast()
    }

    #[test]
    fn scripts_are_timed_however_long_their_ticks_and_models_have_a_least_time() {
        let scripts = |rounds: u32, ticks: u32| {
            let text = format!(
                r#"(version: 1, ticks: {ticks}, game: Named("prisoners_dilemma"), rounds: Fixed({rounds}),
                    populations: [(name: "a", count: 4, policy: Scripted(Random()))])"#
            );
            match forecast(&text) {
                Forecast::Measured(seconds) if seconds > 0.0 => seconds,
                other => panic!("{other:?}"),
            }
        };
        let (few, many) = (scripts(2000, 3), scripts(2_000_000, 3));
        let ratio = many / few;
        assert!((100.0..10_000.0).contains(&ratio), "a thousand times the rounds: {few} s and {many} s");
        assert!(scripts(5, 1) > 0.0, "a single tick is timed");
        let model = |learner: &str| {
            forecast(&format!(
                r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(5), model: Named("tiny"),
                    populations: [(name: "a", count: 2, policy: Llm(){learner})])"#
            ))
        };
        assert!(matches!(model(", learner: Grpo()"), Forecast::AtLeast(seconds) if seconds > 0.0));
        assert_eq!(model(""), Forecast::Unknown);
    }
}
