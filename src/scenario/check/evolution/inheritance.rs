//! Checks of what children get from their parents.

use super::Checks;
use crate::llm::files::peft;
use crate::llm::lora::LoraConfig;
use crate::scenario::format::{EvolutionSpec, Learned, Moments, PolicySpec, PopulationSpec};
use std::path::Path;

impl Checks<'_> {
    /// Checks that every population has what is to be inherited.
    pub(super) fn inheritance(&mut self, evolution: &EvolutionSpec) {
        let (spec, inherit) = (self.spec, &evolution.inherit);
        for (i, population) in spec.populations.iter().enumerate() {
            self.passes_something_on(&format!("populations[{i}].policy"), population, inherit.strategy);
            for (number, term) in inherit.weights.iter().enumerate() {
                let has = population.rewards.iter().filter(|reward| reward.term.name() == term).count();
                if has != 1 {
                    let message = format!("`{}` has {has} rewards of the term `{term}`", population.name);
                    let label = "expected one in every population; a weight of 0 is one, too";
                    self.error(&format!("evolution.inherit.weights[{number}]"), message, label);
                }
            }
        }
        if !inherit.strategy && inherit.weights.is_empty() && inherit.learned == Learned::Baldwinian {
            let label =
                "expected `strategy: true`, some `weights`, or another rule than Baldwinian for what is `learned`";
            self.error("evolution.inherit", "nothing is inherited", label);
        }
        if (1..inherit.weights.len()).any(|number| inherit.weights[..number].contains(&inherit.weights[number])) {
            self.error("evolution.inherit.weights", "a term is named twice", "expected each once");
        }
        if inherit.learned != Learned::Baldwinian {
            let message = "what one agent has learned, another can go on with only if both learn alike";
            self.learn_alike("evolution.inherit.learned", (message, "`learned: Baldwinian`"), inherit.strategy);
        } else if evolution.migration.is_some() && !inherit.strategy {
            let message = "agents that exchange places take along what they have learned, and not all learn alike";
            self.learn_alike("evolution.migration", (message, "no `migration`"), false);
        }
        if inherit.moments == Moments::Zero && inherit.learned != Learned::Lamarckian {
            let message = "no moments are inherited, so that nothing comes of `moments: Zero`";
            self.warn("evolution.inherit.moments", message, "moments are handed on with `learned: Lamarckian`");
        }
        self.probability("evolution.inherit.crossover", inherit.crossover);
        if inherit.crossover > 0.0 {
            self.adapters_are_inherited("evolution.inherit.crossover", "mixed", inherit.learned);
        }
        if !inherit.strategy && spec.matchmaking.is_by_choice() {
            let message = "what agents learn of partners is not inherited";
            self.error("evolution.inherit", message, "expected another matchmaker with `strategy: false`");
        }
    }

    /// Checks that a population has a strategy to pass on, or learns in a way that can be inherited.
    fn passes_something_on(&mut self, path: &str, population: &PopulationSpec, strategy: bool) {
        let is_heritable = match &population.policy {
            PolicySpec::Scripted(played) => strategy && !played.listed().is_drawn,
            PolicySpec::Frozen { .. } => strategy,
            PolicySpec::Custom { name, .. } => strategy && self.known.offered.heritable.contains(name),
            PolicySpec::QLearning(_) | PolicySpec::QNetwork(_) => !strategy,
            PolicySpec::Llm { .. } => !strategy && population.learner.is_some(),
            _ => false,
        };
        if !is_heritable && strategy {
            let message = format!("`{}` has no strategy that others can inherit", population.name);
            let label = match &population.policy {
                PolicySpec::Scripted(_) => "its members are drawn one by one, and are of no one type",
                PolicySpec::Llm { .. } | PolicySpec::QLearning(_) | PolicySpec::QNetwork(_) => {
                    "expected `inherit: (strategy: false, learned: …)` for agents that learn"
                }
                _ => "expected Scripted or Frozen, or no `evolution`",
            };
            self.error(path, message, label);
        } else if !is_heritable {
            let message =
                format!("`{}` learns in no way that can be inherited, and passes on no strategy", population.name);
            let label = match &population.policy {
                PolicySpec::Llm { .. } => "expected a `learner`; without one, a model is Frozen and a strategy",
                _ => "expected QLearning, QNetwork or Llm with `inherit: (strategy: false)`",
            };
            self.error(path, message, label);
        }
    }

    /// Checks that every agent can go on with what any other has learned.
    /// `otherwise` is what will do where they cannot.
    fn learn_alike(&mut self, path: &str, (message, otherwise): (&str, &str), strategy: bool) {
        let spec = self.spec;
        let Some(first) = spec.populations.first() else { return };
        let alike = |other: &PopulationSpec| is_llm(other) && is_llm(first) || other.policy == first.policy;
        if strategy || !spec.populations.iter().all(alike) {
            let label = format!(
                "expected the same QLearning or QNetwork, or Llm, in all populations, and `strategy: false`; or {otherwise}"
            );
            self.error(path, message, label);
            return;
        }
        let first_shape = adapter_shape(first);
        for (number, other) in spec.populations.iter().enumerate().skip(1) {
            let PolicySpec::Llm { activated, prompt, .. } = &other.policy else { continue };
            let PolicySpec::Llm { activated: first_activated, prompt: first_prompt, .. } = &first.policy else {
                continue;
            };
            let shapes = first_shape.as_ref().zip(adapter_shape(other));
            let (differ, field) = if shapes.is_some_and(|(one, two)| *one != two) {
                ("have adapters of different shapes", "policy.Llm.adapter")
            } else if activated != first_activated {
                ("differ in where their adapters act", "policy.Llm.activated")
            } else if prompt != first_prompt {
                ("are asked in different ways", "policy.Llm.prompt")
            } else if other.learner != first.learner {
                ("have different learners", "learner")
            } else {
                continue;
            };
            let message = format!(
                "`{}` and `{}` {differ}, and neither can go on with what the other has learned",
                first.name, other.name
            );
            let label = format!("expected equal adapters, prompts and learners in all populations, or {otherwise}");
            self.error(&format!("populations[{number}].{field}"), message, label);
        }
    }

    /// Checks that there are adapters that can be changed on their way to a child.
    pub(super) fn adapters_are_inherited(&mut self, path: &str, changed: &str, learned: Learned) {
        let spec = self.spec;
        for population in &spec.populations {
            let PolicySpec::Llm { from, .. } = &population.policy else {
                let message = format!("`{}` has no adapters that could be {changed}", population.name);
                self.error(path, message, "expected Llm with a `learner` in all populations");
                continue;
            };
            if learned == Learned::Darwinian && from.is_none() {
                let message = format!(
                    "the adapters that members of `{}` are born with are zero, and stay so when they are {changed}",
                    population.name
                );
                self.error(path, message, "expected `learned: Lamarckian`, or adapters to start `from`");
            }
        }
        if learned == Learned::Baldwinian {
            let message = format!("no adapters are inherited that could be {changed}");
            self.error(path, message, "expected `learned: Lamarckian` or `Darwinian`");
        }
    }
}

fn is_llm(population: &PopulationSpec) -> bool {
    matches!(population.policy, PolicySpec::Llm { .. })
}

/// The shape of the adapters of a population; `None` if it has none, or they cannot be read, which is refused
/// elsewhere.
fn adapter_shape(population: &PopulationSpec) -> Option<LoraConfig> {
    match &population.policy {
        PolicySpec::Llm { from: Some(folder), .. } => peft::shape(Path::new(folder)).ok(),
        PolicySpec::Llm { adapter, .. } => {
            // The order in which targets are listed is none of the adapter's.
            let mut shape = adapter.clone();
            shape.targets.sort_unstable();
            shape.targets.dedup();
            Some(shape)
        }
        _ => None,
    }
}
