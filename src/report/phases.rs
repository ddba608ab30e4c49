//! When rewards begin and end, as the run's resolved scenario says.

use ron::extensions::Extensions;
use ron::value::RawValue;
use serde::{Deserialize, Serialize};

/// A tick at which a reward term of a population begins, has its full weight, begins to fade, or ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Mark {
    /// The tick.
    pub tick: u64,
    /// What happens, in words.
    pub text: String,
}

#[derive(Deserialize)]
struct Scenario {
    #[serde(default)]
    populations: Vec<Population>,
}

#[derive(Deserialize)]
struct Population {
    #[serde(default)]
    name: String,
    #[serde(default)]
    rewards: Vec<Reward>,
}

#[derive(Deserialize)]
struct Reward {
    term: Box<RawValue>,
    #[serde(default)]
    from: u64,
    #[serde(default)]
    until: Option<u64>,
    #[serde(default)]
    ramp: u64,
    #[serde(default)]
    fade: u64,
}

/// The marks of `scenario`, a text in RON, in order of their ticks; none if it cannot be read.
pub(super) fn marks(scenario: &str) -> Vec<Mark> {
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    let Ok(scenario) = options.from_str::<Scenario>(scenario) else { return Vec::new() };
    let mut marks = Vec::new();
    for population in &scenario.populations {
        for reward in &population.rewards {
            let term = reward.term.get_ron().trim();
            let term = term.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(term);
            let mut mark = |tick: u64, what: &str| {
                marks.push(Mark { tick, text: format!("{}: {term} {what}", population.name) });
            };
            if reward.from > 0 {
                mark(reward.from, "begins");
            }
            if reward.ramp > 0 {
                mark(reward.from.saturating_add(reward.ramp), "has its full weight");
            }
            if let Some(until) = reward.until {
                if reward.fade > 0 {
                    mark(until.saturating_sub(reward.fade), "begins to fade");
                }
                mark(until, "ends");
            }
        }
    }
    marks.sort_by_key(|mark| mark.tick);
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_that_begin_and_end_are_marked() {
        let scenario = "(version: 1, game: Named(\"x\"), learner: Grpo(kl: None), populations: [\
            (name: \"a\", policy: Llm(from: None), rewards: [(term: Payoff, weight: 1.0, from: 0, until: 10, ramp: 0, fade: 3),\
             (term: Deontological(penalty: 3.0), from: 10, until: None, ramp: 4)]), (name: \"b\")])";
        let marks = marks(scenario);
        let texts: Vec<_> = marks.iter().map(|mark| (mark.tick, mark.text.as_str())).collect();
        assert_eq!(
            texts,
            [
                (7, "a: Payoff begins to fade"),
                (10, "a: Payoff ends"),
                (10, "a: Deontological begins"),
                (14, "a: Deontological has its full weight")
            ]
        );
        assert!(super::marks("tick,agent").is_empty() && super::marks("").is_empty());
    }
}
