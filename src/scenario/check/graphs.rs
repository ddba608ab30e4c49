//! Checks of the graphs that say who is next to whom.

use super::Checks;
use crate::scenario::size::extent::sizes;

impl Checks<'_> {
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
