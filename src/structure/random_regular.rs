//! Random regular graphs.

use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::Graph;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every agent has the same number of neighbours, drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RandomRegular {
    /// Neighbours of an agent. This times the number of agents must be even.
    pub neighbours: u32,
}

/// Switches that are tried per edge: chains of switches are mixed after a few.
const SWITCHES: usize = 20;

impl ListedGraph for RandomRegular {
    const EXPLANATION: Explanation = Explanation {
        name: "random_regular",
        example: "RandomRegular(neighbours: 4)",
        meaning: "Every agent has the same number of neighbours. From a ring, two edges are drawn 20 times as often as \
                  there are edges, and exchange their ends if that joins no two agents twice or one to itself.",
        source: "Cooper, Dyer & Greenhill 2007, Sampling regular graphs and a peer-to-peer network, Combinatorics, \
                 Probability and Computing 16",
    };

    fn graph(&self, agents: usize, rng: &mut Stream) -> Result<Graph, String> {
        let degree = self.neighbours as usize;
        let (mut edges, mut lists) = (Vec::with_capacity(agents * degree / 2), vec![u32::MAX; agents * degree]);
        let half = (agents / 2) as u32;
        let ring = super::ring::edges_of(agents as u32, self.neighbours / 2);
        // An odd degree joins opposite vertices, too.
        let across = (0..half).filter(|_| degree % 2 == 1).map(|a| (a, a + half));
        let mut filled = vec![0; agents];
        for (a, b) in ring.chain(across) {
            edges.push((a, b));
            for (from, to) in [(a, b), (b, a)] {
                lists[from as usize * degree + filled[from as usize]] = to;
                filled[from as usize] += 1;
            }
        }
        let joined = |lists: &[u32], a: u32, b: u32| lists[a as usize * degree..][..degree].contains(&b);
        let rejoin = |lists: &mut [u32], of: u32, from: u32, to: u32| {
            if let Some(end) = lists[of as usize * degree..][..degree].iter_mut().find(|end| **end == from) {
                *end = to;
            }
        };
        for _ in 0..SWITCHES * edges.len() {
            let (one, other) = (rng.random_range(0..edges.len()), rng.random_range(0..edges.len()));
            let ((a, b), (mut c, mut d)) = (edges[one], edges[other]);
            if rng.random::<bool>() {
                (c, d) = (d, c);
            }
            // a–b and c–d become a–d and c–b.
            if one == other || a == d || c == b || joined(&lists, a, d) || joined(&lists, c, b) {
                continue;
            }
            for (of, from, to) in [(a, b, d), (d, c, a), (c, d, b), (b, a, c)] {
                rejoin(&mut lists, of, from, to);
            }
            (edges[one], edges[other]) = ((a, d), (c, b));
        }
        Ok(Graph::of(agents, &edges))
    }

    fn edges(&self, agents: u64) -> u64 {
        agents.saturating_mul(u64::from(self.neighbours)) / 2
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        let neighbours = u64::from(self.neighbours);
        let message = format!("{neighbours} neighbours of each of {agents} agents");
        if neighbours == 0 || neighbours >= agents {
            return vec![Fault::new(".neighbours", message, "expected at least 1, and fewer than there are agents")];
        }
        match neighbours % 2 == 1 && agents % 2 == 1 {
            true => vec![Fault::new(".neighbours", message, "expected an even number, or an even number of agents")],
            false => Vec::new(),
        }
    }

    fn summary(&self) -> String {
        format!("a random regular graph, {} neighbours", self.neighbours)
    }
}
