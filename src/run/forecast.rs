//! How long the ticks of a run will take, before any of them is played: measured where playing a few takes no time, and
//! where the CPU runs a language model of some size, the least that its products take.

use super::base_model::thread_pool;
use super::job::Job;
use super::options::{Interrupt, RunOptions, Watch};
use super::prepare::{Model, Prepared};
use super::simulation::Simulation;
use crate::llm::engine::budget::speed::operations_per_second;
use crate::llm::engine::precision::Precision;
use crate::llm::files::fetch::Fetcher;
use crate::scenario::format::{HorizonSpec, PolicySpec};
use crate::scenario::size::extent::Extent;
use crate::scenario::size::tick;
use crate::scenario::spawn::generates;
use crate::scenario::spawn::needs::{Hands, needs};
use crate::world::Horizon;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time that is spent on playing ticks to measure them, but for the first ones.
const PLAYED_FOR: Duration = Duration::from_millis(60);
/// Ticks that are played before the clock starts: they set up what the others use.
const WARM_UP: usize = 1;
/// A world that is played for measuring has at least as many ticks.
const TICKS: u32 = 100_000;
/// A second measurement has as many times the rounds of the first, or one in as many.
const APART: u32 = 8;
/// Ticks that take longer, in seconds, are not played with more rounds.
const SHORT: f64 = 0.15;
/// Decisions of a tick that is played to measure it: it has fewer rounds if it would have more.
const DECISIONS_MAX: u64 = 100_000;
/// The same where networks are played or texts written.
const DECISIONS_OF_SLOW_MAX: u64 = 1000;
/// No larger world is made to measure its ticks: bytes of agents, matches and history.
const BYTES_MAX: u64 = 64 << 20;
/// A model that this program makes itself is played if its passes take no more operations.
const OPERATIONS_MAX: f64 = 1e9;

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
    /// How long a tick will take. It takes a fraction of a second to say, and no weights are read; agents of plugins
    /// are not played.
    pub fn forecast(&self) -> Forecast {
        let Job { spec, rules, matchmaker, threads, .. } = &self.job;
        // Whatever else there is may reach beyond this process.
        let is_harmless = |policy: &PolicySpec| match policy {
            PolicySpec::Scripted(_) | PolicySpec::QLearning(_) | PolicySpec::QNetwork(_) | PolicySpec::Llm { .. } => {
                true
            }
            PolicySpec::Frozen { .. } | PolicySpec::Remote(_) | PolicySpec::Custom { .. } => false,
        };
        if !spec.populations.iter().all(|population| is_harmless(&population.policy)) {
            return Forecast::Unknown;
        }
        let backend = self.backend();
        let (outline, asking) = match &self.model {
            Model::NotNeeded => return self.played(),
            Model::Unread(_) => return Forecast::Unknown,
            Model::Read(outline, asking) => (outline, asking),
        };
        let Some(memory) = asking.memory.as_ref().filter(|_| backend.precision() == Precision::F32) else {
            return Forecast::Unknown;
        };
        let hands = Hands { workers: *threads, ranks: self.job.options.ranks.count() };
        let needs = needs(spec, rules, &**matchmaker, &asking.prompts, outline.shape.clone(), hands, backend);
        let (Ok(needs), Ok(pool)) = (needs, thread_pool(*threads)) else { return Forecast::Unknown };
        let operations = needs.operations(memory.way);
        if outline.files.is_none() && operations + needs.operations_of_all() <= OPERATIONS_MAX {
            return self.played();
        }
        // What texts take is not known before they are written, and without learners little is computed in most ticks.
        if generates(spec) || operations == 0.0 {
            return Forecast::Unknown;
        }
        Forecast::AtLeast(operations / pool.install(|| operations_per_second(&outline.shape, *threads)))
    }

    /// Seconds per tick, from some that are played in a world of their own and leave nothing behind. Ticks of many
    /// decisions are played twice, with fewer rounds, as many as there is time for: what a tick takes besides its
    /// rounds does not grow with them.
    fn played(&self) -> Forecast {
        let mut scratch = self.clone();
        // The run may have fewer ticks than it takes to measure one.
        scratch.job.spec.ticks = self.job.spec.ticks.max(TICKS);
        let Job { spec, rules, matchmaker, .. } = &scratch.job;
        let seats = rules.game.seats();
        let extent = Extent::of(spec, seats, &**matchmaker);
        let some = |is_so: fn(&PolicySpec) -> bool| spec.populations.iter().any(|population| is_so(&population.policy));
        let (networks, models) = (
            some(|policy| matches!(policy, PolicySpec::QNetwork(_))),
            some(|policy| matches!(policy, PolicySpec::Llm { .. })),
        );
        let most = if networks || generates(spec) { DECISIONS_OF_SLOW_MAX } else { DECISIONS_MAX };
        let fewer = extent.decisions() > most;
        // What a model's passes take does not depend on the rounds.
        if fewer && models {
            return Forecast::Unknown;
        }
        let size = |run: &Job| tick::estimate(&run.spec, &run.rules.observations, seats, &*run.matchmaker);
        let with_rounds = |rounds: u32| {
            let mut run = scratch.clone();
            (run.job.spec.rounds, run.job.rules.horizon) = (HorizonSpec::Fixed(rounds), Horizon::Fixed(rounds));
            run
        };
        let rounds = (most / extent.seats_taken().max(1)).clamp(1, u64::from(u32::MAX)) as u32;
        let first = if fewer { with_rounds(rounds) } else { scratch.clone() };
        let first_size = size(&first.job);
        if first_size.bytes > BYTES_MAX || first_size.extent.seats_taken() > DECISIONS_MAX {
            return Forecast::Unknown;
        }
        let Some(seconds) = timed(&first) else { return Forecast::Unknown };
        if !fewer {
            return Forecast::Measured(seconds);
        }
        // More rounds where there is time for them, since what is measured is multiplied; otherwise fewer.
        let all = extent.rounds as f64;
        let more = f64::from(rounds.saturating_mul(APART)).min(all) as u32;
        let other = match with_rounds(more) {
            run if seconds <= SHORT && size(&run.job).bytes <= BYTES_MAX => (more, run),
            _ => (rounds / APART, with_rounds((rounds / APART).max(1))),
        };
        let second = Some(other).filter(|(other, _)| *other != rounds && *other > 0);
        let second = second.and_then(|(rounds, run)| Some((rounds, timed(&run)?)));
        let mut measured = vec![(f64::from(rounds), seconds)];
        measured.extend(second.map(|(rounds, seconds)| (f64::from(rounds), seconds)));
        measured.sort_by(|a, b| a.0.total_cmp(&b.0));
        Forecast::Measured(extended(&measured, all))
    }
}

/// Seconds of a tick of `rounds` rounds, from those of ticks of fewer rounds, in ascending order: along a line through
/// two of them, or in proportion to one.
fn extended(measured: &[(f64, f64)], rounds: f64) -> f64 {
    match measured {
        [(few, short), (many, long)] if long > short => long + (long - short) / (many - few) * (rounds - many),
        [.., (many, long)] => long * rounds / many,
        [] => f64::NAN,
    }
}

/// Seconds per tick of a run that is played for some time, a few ticks at least; `None` if it fails.
fn timed(run: &Prepared) -> Option<f64> {
    let mut scratch = run.clone();
    let Job { threads, options, .. } = &mut scratch.job;
    let interrupt = Interrupt::default();
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let (enough, noted) = (interrupt.clone(), times.clone());
    let watch = Watch::new(move |_, _| {
        let mut times = noted.lock().unwrap_or_else(PoisonError::into_inner);
        times.push(Instant::now());
        if times.get(WARM_UP).is_some_and(|warm| times.len() > WARM_UP + 1 && warm.elapsed() >= PLAYED_FOR) {
            enough.request();
        }
    });
    *options = RunOptions { threads: Some(*threads), interrupt, watch, ..RunOptions::default() };
    // An interruption is what is meant to end it.
    let _ = Simulation::new().run_prepared(scratch, &Fetcher::from_env(indicatif::ProgressBar::hidden()));
    let times = times.lock().unwrap_or_else(PoisonError::into_inner);
    let mut ticks: Vec<Duration> =
        times.get(WARM_UP..)?.windows(2).map(|pair| pair[1].duration_since(pair[0])).collect();
    ticks.sort_unstable();
    // The median: whatever else the machine does holds up single ticks.
    ticks.get(ticks.len() / 2).map(Duration::as_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_grow_with_the_rounds_is_not_multiplied() {
        // A tick takes 10 seconds and one for each round.
        assert_eq!(extended(&[(2.0, 12.0), (16.0, 26.0)], 1000.0), 1010.0);
        assert_eq!(extended(&[(2.0, 12.0)], 4.0), 24.0);
        assert_eq!(extended(&[(2.0, 12.0), (16.0, 11.0)], 32.0), 22.0, "noise");
    }

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
        let model = |model: &str| {
            forecast(&format!(
                r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(5), model: {model},
                    populations: [(name: "a", count: 2, policy: Llm(), learner: Grpo())])"#
            ))
        };
        assert!(matches!(model(r#"Named("tiny")"#), Forecast::Measured(seconds) if seconds > 0.0));
        let large = "Random(family: Qwen3, layers: 2, hidden: 512, intermediate: 4096, heads: 8, kv_heads: 2, \
                     head_dim: 64, vocab: 20000)";
        assert!(matches!(model(large), Forecast::AtLeast(seconds) if seconds > 0.0));
    }
}
