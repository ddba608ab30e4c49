//! Checks of moves between islands.

use super::Checks;
use crate::scenario::format::{EvolutionSpec, MIGRATION_PAIRS_MAX, StructureSpec};

impl Checks<'_> {
    /// Checks that agents can exchange places.
    pub(super) fn migration(&mut self, evolution: &EvolutionSpec) {
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
}
