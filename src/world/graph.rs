//! Who is next to whom.

use std::collections::VecDeque;

/// An undirected graph without loops and without double edges, whose vertices are agents by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Graph {
    /// Every agent of this many is next to every other; nothing is kept.
    Complete(usize),
    /// The neighbours of every agent, one list after another.
    Listed(Adjacency),
}

/// The neighbours of every vertex, ascending, in compressed rows: 4 bytes per vertex and 8 per edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adjacency {
    /// Where the list of each vertex begins in `ends`, and where the last one ends.
    starts: Vec<u32>,
    /// The neighbours of all vertices, vertex by vertex.
    ends: Vec<u32>,
}

impl Graph {
    /// The graph of `vertices` vertices with these edges, each a pair of different vertices, in either direction; an
    /// edge that is given twice is there once. The caller bounds the number of edges to fewer than 2³¹.
    ///
    /// # Panics
    /// If an edge names a vertex that does not exist, or joins a vertex to itself.
    pub fn of(vertices: usize, edges: &[(u32, u32)]) -> Self {
        let mut starts = vec![0u32; vertices + 1];
        for &(a, b) in edges {
            assert_ne!(a, b, "an edge joins two vertices");
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        for vertex in 0..vertices {
            starts[vertex + 1] += starts[vertex];
        }
        let mut next = starts.clone();
        let mut ends = vec![0u32; 2 * edges.len()];
        let mut enter = |from: u32, to: u32| {
            let place = &mut next[from as usize];
            ends[*place as usize] = to;
            *place += 1;
        };
        for &(a, b) in edges {
            enter(a, b);
            enter(b, a);
        }
        Self::Listed(Adjacency { starts, ends }.tidied())
    }

    /// Number of vertices.
    pub fn len(&self) -> usize {
        match self {
            Self::Complete(vertices) => *vertices,
            Self::Listed(adjacency) => adjacency.starts.len() - 1,
        }
    }

    /// Whether it has no vertices.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every vertex is next to every other because the graph is [`Graph::Complete`].
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(_))
    }

    /// Number of neighbours of `vertex`.
    #[inline]
    pub fn degree(&self, vertex: usize) -> usize {
        match self {
            Self::Complete(vertices) => vertices.saturating_sub(1),
            Self::Listed(adjacency) => adjacency.of(vertex).len(),
        }
    }

    /// The neighbour of `vertex` number `place`, in ascending order.
    ///
    /// # Panics
    /// If it has no more than `place` neighbours.
    #[inline]
    pub fn neighbour(&self, vertex: usize, place: usize) -> usize {
        match self {
            Self::Complete(_) => place + usize::from(place >= vertex),
            Self::Listed(adjacency) => adjacency.of(vertex)[place] as usize,
        }
    }

    /// The neighbours of `vertex`, ascending.
    pub fn neighbours(&self, vertex: usize) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.degree(vertex)).map(move |place| self.neighbour(vertex, place))
    }

    /// Number of edges.
    pub fn edges(&self) -> u64 {
        match self {
            Self::Complete(vertices) => *vertices as u64 * (*vertices as u64).saturating_sub(1) / 2,
            Self::Listed(adjacency) => adjacency.ends.len() as u64 / 2,
        }
    }

    /// Every edge once, as (smaller, greater), ascending.
    pub fn each_edge(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.len()).flat_map(move |a| self.neighbours(a).filter(move |&b| b > a).map(move |b| (a, b)))
    }

    /// Whether every vertex can be reached from every other.
    pub fn is_connected(&self) -> bool {
        self.is_complete() || self.breadth_first(0).len() == self.len()
    }

    /// The vertices that can be reached from `start`, nearest first, neighbours in ascending order.
    pub fn breadth_first(&self, start: usize) -> Vec<u32> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut is_met = vec![false; self.len()];
        is_met[start] = true;
        let (mut order, mut open) = (Vec::with_capacity(self.len()), VecDeque::from([start]));
        while let Some(vertex) = open.pop_front() {
            order.push(vertex as u32);
            for next in self.neighbours(vertex) {
                if !std::mem::replace(&mut is_met[next], true) {
                    open.push_back(next);
                }
            }
        }
        order
    }

    /// The same graph with other numbers: the vertex that was `v` is `names[v]`.
    ///
    /// # Panics
    /// If `names` is no permutation of the vertices.
    pub fn renamed(&self, names: &[u32]) -> Self {
        let Self::Listed(adjacency) = self else { return self.clone() };
        assert_eq!(names.len(), self.len(), "every vertex has a name");
        let mut vertices = vec![0; names.len()];
        for (vertex, &name) in names.iter().enumerate() {
            vertices[name as usize] = vertex;
        }
        let mut renamed = Adjacency { starts: vec![0], ends: Vec::with_capacity(adjacency.ends.len()) };
        for vertex in vertices {
            renamed.ends.extend(adjacency.of(vertex).iter().map(|&end| names[end as usize]));
            renamed.starts.push(renamed.ends.len() as u32);
        }
        Self::Listed(renamed.tidied())
    }
}

impl Adjacency {
    fn of(&self, vertex: usize) -> &[u32] {
        &self.ends[self.starts[vertex] as usize..self.starts[vertex + 1] as usize]
    }

    /// The same lists in ascending order, each neighbour once.
    fn tidied(mut self) -> Self {
        let mut kept = 0;
        for vertex in 0..self.starts.len() - 1 {
            let (from, to) = (self.starts[vertex] as usize, self.starts[vertex + 1] as usize);
            self.ends[from..to].sort_unstable();
            self.starts[vertex] = kept as u32;
            for place in from..to {
                if place == from || self.ends[place] != self.ends[place - 1] {
                    self.ends[kept] = self.ends[place];
                    kept += 1;
                }
            }
        }
        if let Some(last) = self.starts.last_mut() {
            *last = kept as u32;
        }
        self.ends.truncate(kept);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_listed_once_and_in_order() {
        let graph = Graph::of(5, &[(3, 0), (0, 1), (1, 0), (2, 0), (2, 3)]);
        let lists: Vec<Vec<usize>> = (0..5).map(|v| graph.neighbours(v).collect()).collect();
        assert_eq!(lists, [vec![1, 2, 3], vec![0], vec![0, 3], vec![0, 2], vec![]]);
        assert_eq!((graph.len(), graph.edges(), graph.degree(0)), (5, 4, 3));
        assert_eq!(graph.each_edge().collect::<Vec<_>>(), [(0, 1), (0, 2), (0, 3), (2, 3)]);
        assert!(!graph.is_connected());
        assert!(Graph::of(3, &[(0, 2), (1, 2)]).is_connected());
        assert_eq!(graph.breadth_first(1), [1, 0, 2, 3]);
    }

    #[test]
    fn a_complete_graph_keeps_nothing_and_says_the_same_as_a_listed_one() {
        let edges: Vec<(u32, u32)> = (0..6).flat_map(|a| (a + 1..6).map(move |b| (a, b))).collect();
        let (complete, listed) = (Graph::Complete(6), Graph::of(6, &edges));
        for vertex in 0..6 {
            assert!(complete.neighbours(vertex).eq(listed.neighbours(vertex)), "{vertex}");
        }
        assert_eq!((complete.edges(), listed.edges()), (15, 15));
        assert!(complete.each_edge().eq(listed.each_edge()));
        assert!(complete.is_connected() && listed.is_connected());
    }

    #[test]
    fn other_names_change_nothing_else() {
        let graph = Graph::of(4, &[(0, 1), (1, 2), (2, 3)]);
        let renamed = graph.renamed(&[2, 0, 3, 1]);
        assert_eq!(renamed.each_edge().collect::<Vec<_>>(), [(0, 2), (0, 3), (1, 3)]);
        assert_eq!(renamed, Graph::of(4, &[(2, 0), (0, 3), (3, 1)]));
        assert!(renamed.is_connected());
    }
}
