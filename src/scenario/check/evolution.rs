//! Checks of how agents inherit from each other, and of where they are.

use super::{Checks, KnownGame};
use crate::evolution::mutation::{ADAPTER_NOISE_MAX, AdapterMutation};
use crate::llm::files::peft;
use crate::llm::lora::LoraConfig;
use crate::scenario::format::{
    EvolutionSpec, FitnessSpec, Learned, MIGRATION_PAIRS_MAX, Moments, PolicySpec, PopulationSpec, StructureSpec,
    UpdateRuleSpec,
};
use crate::scenario::size::extent::sizes;
use crate::scenario::spawn::founding_types;
use crate::world::Prospect;
use std::path::Path;

impl Checks<'_> {
    pub(super) fn evolution(&mut self, game: Option<&KnownGame>) {
        let spec = self.spec;
        let Some(evolution) = &spec.evolution else { return };
        self.generations(evolution);
        let path = format!("evolution.rule.{}", evolution.rule.word());
        if let UpdateRuleSpec::Custom { name, params } = &evolution.rule {
            self.offer(&path, "plugin update rule", name, params, &self.known.offered.update_rules);
        }
        self.numbers(&path, &evolution.rule.numbers());
        let agents = sizes(spec).agents();
        let replacement = spec.structure.as_ref().map(StructureSpec::replaces);
        let is_complete = replacement.is_none_or(|(graph, _)| graph.any().is_complete());
        let fitness_min = match evolution.fitness {
            FitnessSpec::Payoff => game.and_then(|game| game.payoff_min),
            _ => None,
        };
        if let Ok(rule) = evolution.rule.build(&self.known.offered) {
            self.faults(&path, rule.faults(&Prospect { agents, fitness_min, is_complete }));
        }
        if agents == 1 {
            self.error("evolution", "one agent has nobody to inherit from", "expected at least 2 agents");
        }
        self.inheritance(evolution);
        self.mutation(evolution);
        self.populations_named(evolution);
        self.migration(evolution);
        if evolution.stop_at_fixation {
            self.can_be_fixed(evolution);
        }
        if !evolution.inherit.strategy && evolution.inherit.weights.is_empty() {
            self.has_one_type(evolution);
        }
    }

    /// Refuses what is about types where all agents are of one, since what was learned is no part of a type.
    fn has_one_type(&mut self, evolution: &EvolutionSpec) {
        let asked = [
            (evolution.stop_at_fixation, "stop_at_fixation", "the run would end with its first generation"),
            (!evolution.invasions.is_empty(), "invasions", "an invader would be of the type that all agents have"),
        ];
        for (is_asked, field, why) in asked {
            if is_asked {
                let message = format!("all agents are of one type: {why}");
                let label = "types are about strategies and weights; expected some `weights` in `inherit`";
                self.error(&format!("evolution.{field}"), message, label);
            }
        }
    }

    /// Checks the lengths of things.
    fn generations(&mut self, evolution: &EvolutionSpec) {
        let (spec, every) = (self.spec, evolution.every);
        if every == 0 {
            self.error("evolution.every", "`every` must be at least 1", "number of ticks of a generation");
        }
        let rows = spec.output.every.max(1);
        if !every.max(1).is_multiple_of(rows) || !evolution.burn_in.is_multiple_of(rows) {
            let message = format!("rows of {} ticks cover several generations", spec.output.every);
            let label = "a row's `policy` is that of its last tick; every generation should have rows of its own";
            if evolution.stop_at_fixation {
                let label = "the run may end within the ticks of a row; expected a divisor of `every` and `burn_in`";
                self.error("output.every", message, label);
            } else {
                self.warn("output.every", message, label);
            }
        }
        if u64::from(every) + u64::from(evolution.burn_in) > u64::from(spec.ticks) && self.view.intact("ticks") {
            let message = format!("no generation ends: it lasts {every} ticks, and the run {}", spec.ticks);
            self.warn("evolution.every", message, "nobody will inherit from anybody");
        }
        let names = self.term_names();
        if let FitnessSpec::Term(name) = &evolution.fitness {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            self.name("evolution.fitness.Term", "reward term", name, &names);
        }
    }

    /// Names of the terms that some population is rewarded by.
    fn term_names(&self) -> Vec<String> {
        let terms = self.spec.populations.iter().flat_map(|population| &population.rewards);
        let mut names: Vec<String> = terms.map(|reward| reward.term.name().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Checks that every population has what is to be inherited.
    fn inheritance(&mut self, evolution: &EvolutionSpec) {
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

    /// Checks that agents can exchange places.
    fn migration(&mut self, evolution: &EvolutionSpec) {
        let Some(migration) = &evolution.migration else { return };
        let (spec, path) = (self.spec, "evolution.migration");
        if !spec.structure.as_ref().is_some_and(StructureSpec::has_islands) {
            let label = "expected `structure: (interaction: Islands(count: …))`, or no `migration`";
            self.error(path, "agents move between islands, and there are none", label);
        }
        if migration.every == 0 {
            let message = "`every` must be at least 1";
            self.error(&format!("{path}.every"), message, "number of ticks between two migrations");
        }
        if !(1..=MIGRATION_PAIRS_MAX).contains(&migration.pairs) {
            let message = format!("{} pairs exchange places", migration.pairs);
            self.error(&format!("{path}.pairs"), message, format!("expected 1 to {MIGRATION_PAIRS_MAX}"));
        }
        let is_free = |name: &String| !evolution.committed.contains(name);
        let free: u64 = spec.populations.iter().filter(|p| is_free(&p.name)).map(|p| u64::from(p.count)).sum();
        if free < 2 {
            let message = "nobody can exchange places: committed agents do not move";
            self.error(path, message, "expected at least two agents whose populations are not `committed`");
        }
        let first = u64::from(evolution.burn_in) + u64::from(migration.every);
        if migration.every > 0 && first >= u64::from(spec.ticks) && self.view.intact("ticks") {
            let message = format!("no agent ever moves: the first migration is before tick {first}");
            self.warn(path, message, format!("the run has {} ticks", spec.ticks));
        } else if !migration.every.max(1).is_multiple_of(spec.output.every.max(1)) {
            let message = format!("agents move every {} ticks, and rows cover {}", migration.every, spec.output.every);
            self.warn(path, message, "a row tells the type that an agent has in its last tick");
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
    fn adapters_are_inherited(&mut self, path: &str, changed: &str, learned: Learned) {
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

    /// Checks the noise on adapters.
    fn adapter_mutation(&mut self, mutation: AdapterMutation, learned: Learned) {
        let path = "evolution.mutation.adapter";
        let AdapterMutation { rate, deviation, rotation } = mutation;
        self.probability(&format!("{path}.rate"), rate);
        for (field, amount) in [("deviation", deviation), ("rotation", rotation)] {
            if !(0.0..=ADAPTER_NOISE_MAX).contains(&amount) {
                let label = format!("expected 0 to {ADAPTER_NOISE_MAX}");
                self.error(&format!("{path}.{field}"), format!("{field} {amount} is out of range"), label);
            }
        }
        if deviation == 0.0 && rotation == 0.0 {
            self.error(path, "the noise on adapters is none", "expected a `deviation` or a `rotation` above 0");
        }
        self.adapters_are_inherited(path, "mutated", learned);
    }

    /// Checks the rates and noises of mutation.
    fn mutation(&mut self, evolution: &EvolutionSpec) {
        let (spec, mutation) = (self.spec, &evolution.mutation);
        if let Some(types) = &mutation.types {
            let founding = founding_types(spec, evolution).into_iter().max().map_or(0, |last| last + 1);
            self.faults("evolution.mutation.types", types.faults(founding));
        }
        let path = "evolution.mutation.strategy";
        if let Some(gaussian) = &mutation.strategy {
            self.probability(&format!("{path}.rate"), gaussian.rate);
            self.positive(&format!("{path}.deviation"), "deviation", gaussian.deviation);
            for population in &spec.populations {
                let is_memory_one = match &population.policy {
                    PolicySpec::Scripted(strategy) => strategy.is_memory_one(),
                    // What a plugin's strategy is, its agents show when they play.
                    PolicySpec::Custom { .. } => true,
                    _ => false,
                };
                if !is_memory_one {
                    let message = format!("`{}` has no memory-one probabilities that could mutate", population.name);
                    self.error(path, message, "expected memory-one strategies in all populations");
                }
            }
            if !evolution.inherit.strategy {
                self.error(path, "strategies mutate, and are not inherited", "expected `inherit: (strategy: true)`");
            }
        }
        if let Some(adapter) = mutation.adapter {
            self.adapter_mutation(adapter, evolution.inherit.learned);
        }
        let path = "evolution.mutation.weights";
        if let Some(weights) = &mutation.weights {
            self.probability(&format!("{path}.rate"), weights.rate);
            self.positive(&format!("{path}.deviation"), "deviation", weights.deviation);
            if evolution.inherit.weights.is_empty() {
                self.error(
                    path,
                    "no weights are inherited that could mutate",
                    "expected some in `inherit: (weights: …)`",
                );
            }
            for (i, population) in spec.populations.iter().enumerate().filter(|_| weights.simplex) {
                let own =
                    population.rewards.iter().filter(|r| evolution.inherit.weights.iter().any(|w| w == r.term.name()));
                let (sum, least) =
                    own.fold((0.0, 0.0), |(sum, least): (f64, f64), r| (sum + r.weight, least.min(r.weight)));
                if (sum - 1.0).abs() > 1e-9 || least < 0.0 {
                    let message = format!("the inherited weights of `{}` sum to {sum}", population.name);
                    let label = "expected weights of at least 0 that sum to 1, with `simplex: true`";
                    self.error(&format!("populations[{i}].rewards"), message, label);
                }
            }
        }
    }

    /// Checks the populations that are named.
    fn populations_named(&mut self, evolution: &EvolutionSpec) {
        let spec = self.spec;
        let names: Vec<&str> = spec.populations.iter().map(|population| &*population.name).collect();
        for (number, name) in evolution.committed.iter().enumerate() {
            self.name(&format!("evolution.committed[{number}]"), "population", name, &names);
        }
        for (number, invasion) in evolution.invasions.iter().enumerate() {
            let path = format!("evolution.invasions[{number}]");
            self.name(&format!("{path}.population"), "population", &invasion.population, &names);
            if invasion.count == 0 {
                self.error(&format!("{path}.count"), "nobody invades", "expected at least 1");
            }
            if invasion.tick >= spec.ticks {
                let message = format!("an invasion before tick {}, which is never played", invasion.tick);
                self.error(&format!("{path}.tick"), message, format!("expected 0 to {}", spec.ticks.saturating_sub(1)));
            } else if !invasion.tick.is_multiple_of(spec.output.every.max(1)) {
                let rows = spec.output.every;
                let message = format!("an invasion before tick {}, and rows cover {rows} ticks", invasion.tick);
                let label = format!("its row also covers ticks before it; expected a multiple of {rows}");
                self.warn(&format!("{path}.tick"), message, label);
            }
        }
    }

    /// Checks that one type can take over.
    fn can_be_fixed(&mut self, evolution: &EvolutionSpec) {
        let spec = self.spec;
        let types = founding_types(spec, evolution);
        let stays = |name: &String| evolution.committed.contains(name);
        let committed = spec.populations.iter().zip(types).filter(|(p, _)| p.count > 0 && stays(&p.name));
        let mut of_first = None;
        let other = committed.map(|(p, own)| (&p.name, own)).find(|(name, own)| {
            let (_, first) = of_first.get_or_insert((*name, *own));
            *first != *own
        });
        if let Some(((one, _), (other, _))) = of_first.zip(other) {
            let message = format!("`{one}` and `{other}` never change, so that no type can take over");
            let label = "expected committed populations of one type with `stop_at_fixation`";
            self.error("evolution.committed", message, label);
        }
        // Whatever the graph, a type gets from island to island.
        if evolution.migration.is_some() {
            return;
        }
        let Some(structure) = &spec.structure else { return };
        let agents = sizes(spec).agents();
        if !self.view.intact("structure") || !self.structure_has_no_faults(structure, agents) {
            return;
        }
        let Ok(built) = structure.build(agents as usize, spec.seed) else { return };
        if !built.replacement.is_connected() {
            let (graph, field) = structure.replaces();
            let message =
                format!("the graph ({}) is not connected, so that no type can take over", graph.any().summary());
            let label = "expected a connected graph, or `migration` between islands, with `stop_at_fixation`";
            self.error(&format!("structure.{field}"), message, label);
        }
    }

    fn structure_has_no_faults(&self, structure: &StructureSpec, agents: u64) -> bool {
        let graphs = [Some(&structure.interaction), structure.replacement.as_ref()];
        graphs.into_iter().flatten().all(|graph| graph.any().faults(agents).is_empty())
    }

    /// Checks the graphs.
    pub(super) fn structure(&mut self) {
        let spec = self.spec;
        let Some(structure) = &spec.structure else { return };
        let agents = sizes(spec).agents();
        let graphs = [(Some(&structure.interaction), "interaction"), (structure.replacement.as_ref(), "replacement")];
        for (graph, field) in graphs.into_iter().filter_map(|(graph, field)| Some((graph?, field))) {
            let path = format!("structure.{field}.{}", graph.word());
            self.numbers(&path, &graph.numbers());
            if self.view.intact("populations") {
                self.faults(&path, graph.any().faults(agents));
            }
        }
        let meets = self.matchmaker.as_ref().is_some_and(|matchmaker| matchmaker.heeds_structure());
        if !meets && spec.evolution.is_none() && self.matchmaker.is_some() {
            let label = "expected `matchmaking: Neighbours`, or `evolution`";
            self.warn("structure", "nothing in this scenario depends on who is next to whom", label);
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
