//! What `sim explain` says of graphs.

use super::GRAPHS;

/// Names of all kinds.
pub fn names() -> impl Iterator<Item = &'static str> {
    GRAPHS.iter().map(|graph| graph.name)
}

/// The explanation of the graph called `name`; `None` if there is no such graph.
pub fn explain(name: &str) -> Option<String> {
    let graph = GRAPHS.iter().find(|graph| graph.name == name)?;
    Some(graph.text("Graph", "structure: (interaction: {})"))
}
