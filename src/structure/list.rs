//! From the list of graphs to everything that has to know each of them.

use crate::explained::Explanation;
use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::Graph;
use serde::{Deserialize, Serialize};

/// Most edges of a graph: 8 bytes each.
pub const EDGES_MAX: u64 = 1 << 26;

/// A graph of the list in `structure/mod.rs`, which scenarios name. The parentheses of the scenario file hold the
/// fields of the type itself.
pub trait ListedGraph {
    /// What `sim explain` and `sim schema` say of it.
    const EXPLANATION: Explanation;

    /// Whether its edges take memory.
    const KEEPS_EDGES: bool = true;

    /// The graph of `agents` vertices. `rng` is its stream; nothing else is random. Called only where there are no
    /// faults.
    ///
    /// # Errors
    /// With a sentence, if a file cannot be read.
    fn graph(&self, agents: usize, rng: &mut Stream) -> Result<Graph, String>;

    /// The number of its edges, or the most there can be; saturates.
    fn edges(&self, agents: u64) -> u64;

    /// Everything that is wrong with it for this number of agents.
    fn faults(&self, agents: u64) -> Vec<Fault>;

    /// Its numbers, and what each may be.
    fn numbers(&self) -> Vec<Number> {
        Vec::new()
    }

    /// Columns of the lattice that it is, if it is one.
    fn width(&self) -> Option<u32> {
        None
    }

    /// The island of each of its vertices, by vertex, if islands are what it is made of.
    fn island_of_each(&self, vertices: usize) -> Option<Vec<u32>> {
        let _ = vertices;
        None
    }

    /// The file that it is read from, if there is one; `None` also if that cannot be read.
    fn file(&self) -> Option<InputFile> {
        None
    }

    /// A few words for the dry run.
    fn summary(&self) -> String;
}

/// A file that a graph is read from, as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its path, as the scenario gives it.
    pub path: String,
    /// SHA-256 of its content, in lower-case hex.
    pub sha256: String,
}

/// A listed graph, whatever its type.
pub trait AnyGraph {
    /// See [`ListedGraph::graph`].
    fn graph(&self, agents: usize, rng: &mut Stream) -> Result<Graph, String>;
    /// See [`ListedGraph::edges`].
    fn edges(&self, agents: u64) -> u64;
    /// Edges that take memory.
    fn edges_kept(&self, agents: u64) -> u64;
    /// See [`ListedGraph::faults`], and that it has no more edges than memory is planned for.
    fn faults(&self, agents: u64) -> Vec<Fault>;
    /// See [`ListedGraph::numbers`].
    fn numbers(&self) -> Vec<Number>;
    /// Whether every vertex is next to every other, so that no edge is kept.
    fn is_complete(&self) -> bool;
    /// See [`ListedGraph::width`].
    fn width(&self) -> Option<u32>;
    /// See [`ListedGraph::island_of_each`].
    fn island_of_each(&self, vertices: usize) -> Option<Vec<u32>>;
    /// See [`ListedGraph::file`].
    fn file(&self) -> Option<InputFile>;
    /// See [`ListedGraph::summary`].
    fn summary(&self) -> String;
}

impl<T: ListedGraph> AnyGraph for T {
    fn graph(&self, agents: usize, rng: &mut Stream) -> Result<Graph, String> {
        ListedGraph::graph(self, agents, rng)
    }

    fn edges(&self, agents: u64) -> u64 {
        ListedGraph::edges(self, agents)
    }

    fn edges_kept(&self, agents: u64) -> u64 {
        if T::KEEPS_EDGES { ListedGraph::edges(self, agents) } else { 0 }
    }

    fn is_complete(&self) -> bool {
        !T::KEEPS_EDGES
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        let faults = ListedGraph::faults(self, agents);
        let edges = self.edges_kept(agents);
        if faults.is_empty() && edges > EDGES_MAX {
            return vec![Fault::new("", format!("{edges} edges"), format!("expected at most {EDGES_MAX}"))];
        }
        faults
    }

    fn numbers(&self) -> Vec<Number> {
        ListedGraph::numbers(self)
    }

    fn width(&self) -> Option<u32> {
        ListedGraph::width(self)
    }

    fn island_of_each(&self, vertices: usize) -> Option<Vec<u32>> {
        ListedGraph::island_of_each(self, vertices)
    }

    fn file(&self) -> Option<InputFile> {
        ListedGraph::file(self)
    }

    fn summary(&self) -> String {
        ListedGraph::summary(self)
    }
}

/// Writes the scenario's [`GraphSpec`](super::GraphSpec) and [`GRAPHS`](super::GRAPHS) from a list. An entry is
/// `file::Type(Type)`; a scenario writes `Type(field: …)`.
macro_rules! graphs {
    ($($file:ident::$Graph:ident ($Fields:ident)),+ $(,)?) => {
        /// Who is next to whom; `sim explain structure` lists all kinds.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum GraphSpec {
            $(
                #[doc = concat!("See [`", stringify!($file::$Graph), "`].")]
                #[schemars(description = <$file::$Graph as ListedGraph>::EXPLANATION.meaning)]
                $Graph($file::$Fields),
            )+
        }

        impl GraphSpec {
            /// The graph itself.
            pub fn any(&self) -> &dyn AnyGraph {
                match self {
                    $(Self::$Graph(graph) => graph,)+
                }
            }

            /// The word for it in a scenario.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$Graph(_) => stringify!($Graph),)+
                }
            }
        }

        /// Every kind of graph that a scenario can name.
        pub const GRAPHS: &[Explanation] = &[$(<$file::$Graph as ListedGraph>::EXPLANATION),+];
    };
}

pub(super) use graphs;
