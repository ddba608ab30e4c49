//! Where agents are: graphs, one file per kind, and who sits at which vertex. Pure functions of numbers and a stream.
//!
//! The list at the end of this file is the only place that names all kinds of graphs. Each comes with its fields, its
//! checks and its explanation ([`ListedGraph`]).

pub mod explain;
mod list;
mod placement;

pub mod edge_list;
pub mod islands;
pub mod lattice;
pub mod random_regular;
pub mod ring;
pub mod scale_free;
pub mod small_world;
pub mod well_mixed;

pub use crate::explained::Explanation;
pub use list::{AnyGraph, EDGES_MAX, InputFile, ListedGraph};
pub use placement::Placement;

use crate::numbers::Number;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::{Graph, Structure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where agents are: who may play with whom, and who may inherit from whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StructureSpec {
    /// Who is next to whom, for `matchmaking: Neighbours`.
    pub interaction: GraphSpec,
    /// Who may inherit from whom; `None`: those who are next to each other.
    #[serde(default)]
    pub replacement: Option<GraphSpec>,
    /// Which agent sits at which vertex.
    #[serde(default)]
    pub placement: Placement,
}

/// Which graph of a structure a stream draws.
const INTERACTION: u32 = 0;
const REPLACEMENT: u32 = 1;
const PLACES: u32 = 2;

impl StructureSpec {
    /// The structure of `agents` agents in the run with `seed`.
    ///
    /// # Errors
    /// With a sentence, if a graph has no meaning for this number of agents, or its file cannot be read.
    pub fn build(&self, agents: usize, seed: u64) -> Result<Structure, String> {
        let draws = |number: u32| stream(seed, Purpose::Structure, StreamKey { seat: number, ..StreamKey::default() });
        let make = |spec: &GraphSpec, number: u32| {
            let graph = spec.any();
            if let Some(fault) = graph.faults(agents as u64).first() {
                return Err(format!("{}: {}", fault.message, fault.expected));
            }
            let graph = graph.graph(agents, &mut draws(number))?;
            if graph.len() == agents { Ok(graph) } else { Err(format!("{} vertices for {agents} agents", graph.len())) }
        };
        let interaction = make(&self.interaction, INTERACTION)?;
        let replacement = self.replacement.as_ref().map(|spec| make(spec, REPLACEMENT)).transpose()?;
        let is_complete = interaction.is_complete() && replacement.as_ref().is_none_or(Graph::is_complete);
        if is_complete {
            return Ok(Structure::complete(agents));
        }
        // Agents are placed on the graph that tells places apart.
        let placed =
            if interaction.is_complete() { replacement.as_ref().unwrap_or(&interaction) } else { &interaction };
        let seats = self.placement.agents(placed, &mut draws(PLACES));
        let mut sites = vec![0; agents];
        for (site, agent) in seats.iter().enumerate() {
            sites[*agent as usize] = site as u32;
        }
        let renamed = |graph: &Graph| Arc::new(graph.renamed(&seats));
        let interaction = renamed(&interaction);
        let replacement = replacement.map_or_else(|| interaction.clone(), |graph| renamed(&graph));
        let graphs = [Some(&self.interaction), self.replacement.as_ref()];
        let width = graphs.into_iter().flatten().find_map(|spec| spec.any().width());
        let of_site = self.island_of_each(agents);
        let island_of = of_site.map(|of| sites.iter().map(|site| of[*site as usize]).collect()).unwrap_or_default();
        Ok(Structure { interaction, replacement, sites, width, island_of })
    }

    /// Pairs of agents that are next to each other, or the most there can be; saturates.
    pub fn edges(&self, agents: u64) -> u64 {
        self.interaction.any().edges(agents)
    }

    /// Edges of its graphs that take memory, or the most there can be; saturates.
    pub fn edges_kept(&self, agents: u64) -> u64 {
        let graphs = [Some(&self.interaction), self.replacement.as_ref()];
        graphs.into_iter().flatten().map(|graph| graph.any().edges_kept(agents)).fold(0, u64::saturating_add)
    }

    /// The island of each vertex in the graph of replacement, or else in that of interaction; `None` if neither has
    /// any.
    pub fn island_of_each(&self, vertices: usize) -> Option<Vec<u32>> {
        let graphs = [self.replacement.as_ref(), Some(&self.interaction)];
        graphs.into_iter().flatten().find_map(|graph| graph.any().island_of_each(vertices))
    }

    /// Whether agents live apart from each other, so that they can move from one part to another.
    pub fn has_islands(&self) -> bool {
        self.island_of_each(0).is_some()
    }

    /// The files that its graphs are read from.
    pub fn files(&self) -> Vec<InputFile> {
        let graphs = [Some(&self.interaction), self.replacement.as_ref()];
        let mut files: Vec<InputFile> = graphs.into_iter().flatten().filter_map(|graph| graph.any().file()).collect();
        files.dedup();
        files
    }

    /// The graph that says who may inherit from whom, and its field.
    pub fn replaces(&self) -> (&GraphSpec, &'static str) {
        self.replacement.as_ref().map_or((&self.interaction, "interaction"), |graph| (graph, "replacement"))
    }
}

impl GraphSpec {
    /// Its numbers, and what each may be.
    pub fn numbers(&self) -> Vec<Number> {
        self.any().numbers()
    }
}

list::graphs! {
    well_mixed::WellMixed(WellMixed),
    ring::Ring(Ring),
    lattice::Lattice(Lattice),
    random_regular::RandomRegular(RandomRegular),
    small_world::SmallWorld(SmallWorld),
    scale_free::ScaleFree(ScaleFree),
    islands::Islands(Islands),
    edge_list::EdgeList(EdgeList),
}

#[cfg(test)]
mod tests;
