//! Graphs from files.

use super::{EDGES_MAX, Explanation, InputFile, ListedGraph};
use crate::fault::Fault;
use crate::files::{read_bytes, sha256_of};
use crate::rng::Stream;
use crate::world::Graph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The edges are those of a CSV file: two columns, each the number of a vertex from 0, without a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct EdgeList {
    /// Path of the file.
    pub path: String,
    #[serde(skip)]
    found: Found,
}

/// What is in the file, once it has been read: copies of a graph share it, so that a scenario reads its file once.
#[derive(Clone, Debug, Default)]
struct Found(Arc<OnceLock<Result<Edges, String>>>);

/// Graphs are told apart by their paths.
impl PartialEq for Found {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Found {}

/// The content of a file.
#[derive(Clone, Debug)]
struct Edges {
    sha256: String,
    /// One edge per row.
    rows: Vec<(u32, u32)>,
}

/// Largest file that is read.
const BYTES_MAX: u64 = 1 << 30;

impl EdgeList {
    /// The graph whose edges are in the file at `path`.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), found: Found::default() }
    }

    /// What is in the file: read now, if it has not been before.
    fn content(&self) -> Result<&Edges, String> {
        self.found.0.get_or_init(|| self.read()).as_ref().map_err(String::clone)
    }

    fn read(&self) -> Result<Edges, String> {
        let refuse = |problem: String| format!("{}: {problem}", self.path);
        let bytes = read_bytes(Path::new(&self.path), BYTES_MAX).map_err(|error| refuse(error.to_string()))?;
        let mut rows = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(&bytes[..]);
        let mut edges = Vec::new();
        for (number, row) in rows.records().enumerate() {
            let refuse = |problem: String| refuse(format!("row {}: {problem}", number + 1));
            let row = row.map_err(|error| refuse(error.to_string()))?;
            let vertex = |cell: &str| {
                let number = cell.parse::<u32>();
                number.map_err(|_| refuse(format!("found `{cell}`, expected the number of a vertex, from 0 on")))
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
        Ok(Edges { sha256: sha256_of(&bytes), rows: edges })
    }

    /// The edges in the file, between `agents` vertices.
    fn edges_between(&self, agents: u64) -> Result<&[(u32, u32)], String> {
        let rows = &self.content()?.rows;
        let is_beyond = |vertex: u32| u64::from(vertex) >= agents;
        let beyond = rows.iter().enumerate().find(|(_, (a, b))| is_beyond(*a) || is_beyond(*b));
        let Some((number, &(a, b))) = beyond else { return Ok(rows) };
        let (found, last) = (if is_beyond(a) { a } else { b }, agents.saturating_sub(1));
        let row = number + 1;
        Err(format!("{}: row {row}: found `{found}`, expected the number of a vertex, 0 to {last}", self.path))
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
        Ok(Graph::of(agents, self.edges_between(agents as u64)?))
    }

    fn edges(&self, agents: u64) -> u64 {
        self.edges_between(agents).map_or(0, |edges| edges.len() as u64)
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        match self.edges_between(agents.max(1)) {
            Ok(_) => Vec::new(),
            Err(problem) => vec![Fault::new(".path", problem, "expected rows of two vertices, as in `0,1`")],
        }
    }

    fn file(&self) -> Option<InputFile> {
        let sha256 = self.content().ok()?.sha256.clone();
        Some(InputFile { path: self.path.clone(), sha256 })
    }

    fn summary(&self) -> String {
        format!("the edges in {}", self.path)
    }
}
