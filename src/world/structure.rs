//! Where agents are: who plays with whom, and who inherits from whom.

use super::Graph;
use bevy_ecs::prelude::Resource;
use std::sync::Arc;

/// The neighbours of every agent.
#[derive(Resource, Clone, Debug)]
pub struct Structure {
    /// Who may play with whom.
    pub interaction: Arc<Graph>,
    /// Who may inherit from whom.
    pub replacement: Arc<Graph>,
    /// The vertex at which each agent sits, by agent; empty where places have no meaning, as in a complete graph.
    pub sites: Vec<u32>,
    /// Columns of the lattice on which agents sit, row by row; `None` where they sit on no lattice.
    pub width: Option<u32>,
    /// The island on which each agent lives, by agent; empty where there are no islands.
    pub island_of: Vec<u32>,
}

impl Structure {
    /// Every one of `agents` agents is next to every other.
    pub fn complete(agents: usize) -> Self {
        let graph = Arc::new(Graph::Complete(agents));
        Self { interaction: graph.clone(), replacement: graph, sites: Vec::new(), width: None, island_of: Vec::new() }
    }

    /// Column and row of `agent` on its lattice; `None` if there is no lattice.
    pub fn place(&self, agent: usize) -> Option<[u32; 2]> {
        let (width, site) = (self.width?, *self.sites.get(agent)?);
        Some([site % width, site / width])
    }
}
