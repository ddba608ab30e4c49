//! How much memory a tick's history needs, before it is played.

use super::spec::{HorizonSpec, MatchmakingSpec, MemorySpec, PlaySpec, PolicySpec, ScenarioSpec};
use crate::matchmaking::count;
use crate::policies::llm::memory::Limits;
use std::collections::BTreeMap;

/// Bytes that one decision occupies while its tick lasts, where language models keep their steps to learn from.
const BYTES_PER_DECISION_LLM: u64 = 64;
/// The same where nobody does: the action in the history, and room for the history to grow.
const BYTES_PER_DECISION: u64 = 2;

/// What one tick amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Matches per tick.
    pub matches: u64,
    /// Players per match.
    pub seats: u64,
    /// Rounds per match; with an open end, the expected number.
    pub rounds: u64,
    /// Bytes that one decision occupies.
    pub bytes_per_decision: u64,
    /// Bytes of the tick's history.
    pub bytes: u64,
}

/// Estimates the history of one tick of `spec`, whose game seats `seats` players; saturates instead of overflowing.
pub fn estimate(spec: &ScenarioSpec, seats: usize) -> Estimate {
    let seats = seats as u64;
    let agents: u64 = spec.populations.iter().map(|population| u64::from(population.count)).sum();
    let matches = match &spec.matchmaking {
        MatchmakingSpec::RoundRobin => count::round_robin(agents, seats),
        MatchmakingSpec::RandomPairs { repeats } => count::random_pairs(agents, seats, *repeats),
        MatchmakingSpec::FixedPairs(pairs) | MatchmakingSpec::Paired(pairs) => {
            let counts: BTreeMap<&str, u64> =
                spec.populations.iter().map(|population| (&*population.name, u64::from(population.count))).collect();
            let members = |name: &String| counts.get(&**name).copied().unwrap_or(0);
            let by_member = matches!(spec.matchmaking, MatchmakingSpec::Paired(_));
            let meetings = |a: &String, b: &String| match by_member {
                true => count::paired(members(a), members(b)),
                false => count::fixed_pairs(members(a), (a != b).then(|| members(b))),
            };
            pairs.iter().fold(0, |sum: u64, (a, b)| sum.saturating_add(meetings(a, b)))
        }
        MatchmakingSpec::SelfPlay | MatchmakingSpec::PartnerSelection { .. } => agents,
    };
    let rounds = match spec.rounds {
        HorizonSpec::Fixed(rounds) => u64::from(rounds),
        // 1 + p + p² + … = 1 / (1 − p); the cast saturates.
        HorizonSpec::Continue { probability, at_most } => {
            ((1.0 / (1.0 - probability)).ceil() as u64).min(at_most.into())
        }
    };
    // A match played by itself leaves no history behind.
    let rounds_kept = if spec.play == PlaySpec::MatchByMatch { 1 } else { rounds };
    let decisions = matches.saturating_mul(seats).saturating_mul(rounds_kept);
    let has_llm = spec.populations.iter().any(|population| matches!(population.policy, PolicySpec::Llm { .. }));
    let bytes_per_decision = if has_llm { BYTES_PER_DECISION_LLM } else { BYTES_PER_DECISION };
    Estimate { matches, seats, rounds, bytes_per_decision, bytes: decisions.saturating_mul(bytes_per_decision) }
}

/// Under `memory: Auto` workspaces may grow to this before learners take turns: eight agents with ordinary prompts on the
/// default model stay below.
const COMFORT: u64 = 2 << 30;

/// What `memory` allows a run where `available` bytes are free.
pub fn limits(memory: MemorySpec, available: Option<u64>) -> Limits {
    match memory {
        // A tenth is left to others, and to what estimates leave out.
        MemorySpec::Auto => Limits { most: available.map(|bytes| bytes / 10 * 9), comfort: COMFORT },
        MemorySpec::GiB(amount) => Limits { most: Some(gibibytes(amount)), comfort: u64::MAX },
    }
}

/// A number of GiB as bytes.
pub fn gibibytes(amount: f64) -> u64 {
    (amount * f64::from(1 << 30)) as u64
}

/// Bytes that this process can still get: what the system has free, or its group's limit leaves; `None` where neither is
/// told.
pub fn available() -> Option<u64> {
    [free(), left_to_group()].into_iter().flatten().min()
}

/// Bytes that the control group this process sees as its own still has.
fn left_to_group() -> Option<u64> {
    let read =
        |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?.trim().parse::<u64>().ok();
    Some(read("max")?.saturating_sub(read("current")?))
}

fn free() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// A number of bytes as a person reads it.
pub fn readable(bytes: u64) -> String {
    let mut amount = bytes as f64;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if amount < 1024.0 {
            return if unit == "bytes" { format!("{bytes} bytes") } else { format!("{amount:.1} {unit}") };
        }
        amount /= 1024.0;
    }
    format!("{amount:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_limit_knows_no_comfort() {
        let most = |bytes| Some(bytes);
        assert_eq!(limits(MemorySpec::Auto, Some(1000)), Limits { most: most(900), comfort: COMFORT });
        assert_eq!(limits(MemorySpec::Auto, None).most, None);
        assert_eq!(limits(MemorySpec::GiB(1.5), Some(1)), Limits { most: most(3 << 29), comfort: u64::MAX });
    }

    #[test]
    fn bytes_read_well() {
        assert_eq!(
            (readable(900), readable(1536), readable(3 << 40)),
            ("900 bytes".into(), "1.5 KiB".into(), "3.0 TiB".into())
        );
    }
}
