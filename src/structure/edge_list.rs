//! Graphs from files.

use super::{EDGES_MAX, Explanation, ListedGraph};
use crate::fault::Fault;
use crate::files::read_bytes;
use crate::rng::Stream;
use crate::world::Graph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The edges are those of a CSV file: two columns, each the number of a vertex from 0, without a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct EdgeList {
    /// Path of the file.
    pub path: String,
}

/// Largest file that is read.
const BYTES_MAX: u64 = 1 << 30;

impl EdgeList {
    /// The edges in the file, between `agents` vertices.
    fn read(&self, agents: u64) -> Result<Vec<(u32, u32)>, String> {
        let refuse = |problem: String| format!("{}: {problem}", self.path);
        let bytes = read_bytes(Path::new(&self.path), BYTES_MAX).map_err(|error| refuse(error.to_string()))?;
        let mut rows = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(&bytes[..]);
        let mut edges = Vec::new();
        for (number, row) in rows.records().enumerate() {
            let refuse = |problem: String| refuse(format!("row {}: {problem}", number + 1));
            let row = row.map_err(|error| refuse(error.to_string()))?;
            let vertex = |cell: &str| match cell.parse::<u32>() {
                Ok(vertex) if u64::from(vertex) < agents => Ok(vertex),
                _ => Err(refuse(format!("found `{cell}`, expected the number of a vertex, 0 to {}", agents - 1))),
            };
            let (a, b) = match (row.get(0), row.get(1), row.get(2)) {
                (Some(a), Some(b), None) => (vertex(a)?, vertex(b)?),
                _ => return Err(refuse(format!("{} cells, expected two vertices", row.len()))),
            };
            if a == b {
                return Err(refuse(format!("an edge from vertex {a} to itself")));
            }
            edges.push((a, b));
            if edges.len() as u64 > EDGES_MAX {
                return Err(refuse(format!("more than {EDGES_MAX} edges")));
            }
        }
        Ok(edges)
    }
}

impl ListedGraph for EdgeList {
    const EXPLANATION: Explanation = Explanation {
        name: "edge_list",
        example: "EdgeList(path: \"edges.csv\")",
        meaning: "The edges of a CSV file without a header: two columns, each the number of a vertex, from 0 to the \
                  number of agents less 1. An edge joins both ends; one that is given twice is there once.",
        source: "",
    };

    fn graph(&self, agents: usize, _: &mut Stream) -> Result<Graph, String> {
        Ok(Graph::of(agents, &self.read(agents as u64)?))
    }

    fn edges(&self, agents: u64) -> u64 {
        self.read(agents).map_or(0, |edges| edges.len() as u64)
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        match self.read(agents.max(1)) {
            Ok(_) => Vec::new(),
            Err(problem) => vec![Fault::new(".path", problem, "expected rows of two vertices, as in `0,1`")],
        }
    }

    fn summary(&self) -> String {
        format!("the edges in {}", self.path)
    }
}
