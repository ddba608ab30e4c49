//! Checks that concern types: whether there are several, and whether one can take over.

use super::Checks;
use crate::scenario::format::{EvolutionSpec, StructureSpec};
use crate::scenario::size::extent::sizes;
use crate::scenario::spawn::founding_types;

impl Checks<'_> {
    /// Refuses what is about types where all agents are of one, since what was learned is no part of a type.
    pub(super) fn has_one_type(&mut self, evolution: &EvolutionSpec) {
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

    /// Checks that one type can take over.
    pub(super) fn can_be_fixed(&mut self, evolution: &EvolutionSpec) {
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
}
