//! Checks of how agents inherit from each other.

mod inheritance;
mod migration;
mod mutation;
mod types;

use super::{Checks, KnownGame};
use crate::scenario::format::{EvolutionSpec, FitnessSpec, PopulationSpec, StructureSpec, UpdateRuleSpec};
use crate::scenario::size::extent::sizes;
use crate::world::Prospect;

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
            let (field, burn_in) = match evolution.burn_in {
                0 => ("every", String::new()),
                ticks => ("burn_in", format!(" after {ticks} ticks of burn-in")),
            };
            let message = format!("no generation ends: it lasts {every} ticks{burn_in}, and the run {}", spec.ticks);
            self.warn(&format!("evolution.{field}"), message, "nobody will inherit from anybody");
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
            let is_free = |population: &&PopulationSpec| !evolution.committed.contains(&population.name);
            let free: u64 = spec.populations.iter().filter(is_free).map(|p| u64::from(p.count)).sum();
            if invasion.count == 0 {
                self.error(&format!("{path}.count"), "nobody invades", "expected at least 1");
            } else if u64::from(invasion.count) > free && self.view.intact("populations") {
                let message = format!("{} agents invade, and there are only {free} to replace", invasion.count);
                self.error(&format!("{path}.count"), message, "expected at most as many as are not `committed`");
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
}
