//! Checks of how agents inherit from each other.

use super::Checks;
use crate::scenario::format::{EvolutionSpec, PolicySpec, UpdateRuleSpec};
use crate::scenario::size::extent::sizes;

impl Checks<'_> {
    pub(super) fn evolution(&mut self) {
        let spec = self.spec;
        let Some(EvolutionSpec { rule, every }) = &spec.evolution else { return };
        if *every == 0 {
            self.error("evolution.every", "`every` must be at least 1", "number of ticks of a generation");
        }
        if !every.max(&1).is_multiple_of(spec.output.every.max(1)) {
            let message = format!("rows of {} ticks cover several generations", spec.output.every);
            let label = "a row's `policy` is that of its last tick; every generation should have rows of its own";
            self.warn("output.every", message, label);
        }
        if *every > spec.ticks && self.view.intact("ticks") {
            let message = format!("no generation ends: it lasts {every} ticks, and the run {}", spec.ticks);
            self.warn("evolution.every", message, "nobody will inherit from anybody");
        }
        let path = format!("evolution.rule.{}", rule.word());
        if let UpdateRuleSpec::Custom { name, params } = rule {
            self.offer(&path, "plugin update rule", name, params, &self.known.offered.update_rules);
        }
        self.numbers(&path, &rule.numbers());
        let agents = sizes(spec).agents();
        if let Ok(rule) = rule.build(&self.known.offered) {
            self.faults(&path, rule.faults(agents));
        }
        if agents == 1 {
            self.error("evolution", "one agent has nobody to inherit from", "expected at least 2 agents");
        }
        for (i, population) in spec.populations.iter().enumerate() {
            let is_heritable = match &population.policy {
                PolicySpec::Scripted(_) | PolicySpec::Frozen { .. } => true,
                PolicySpec::Custom { name, .. } => self.known.offered.heritable.contains(name),
                _ => false,
            };
            if !is_heritable {
                let message = format!("`{}` has no strategy that others can inherit", population.name);
                self.error(
                    &format!("populations[{i}].policy"),
                    message,
                    "expected Scripted or Frozen, or no `evolution`",
                );
            }
        }
    }
}
