//! A square lattice.

use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::Graph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Agents sit on the squares of a board, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Lattice {
    /// Columns. The number of agents must be a multiple of it.
    pub width: u32,
    /// Which squares are next to each other.
    #[serde(default)]
    pub neighbourhood: Neighbourhood,
    /// Whether the edges of the board are joined: the last column to the first, the last row to the first.
    #[serde(default = "yes")]
    pub torus: bool,
}

/// Which squares are next to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Neighbourhood {
    /// Those that share a side: 4.
    #[default]
    VonNeumann,
    /// Those that share a side or a corner: 8.
    Moore,
}

fn yes() -> bool {
    true
}

impl Neighbourhood {
    /// Steps to half of the neighbours; the others take the steps back.
    fn steps(self) -> &'static [(i64, i64)] {
        match self {
            Self::VonNeumann => &[(1, 0), (0, 1)],
            Self::Moore => &[(1, 0), (0, 1), (1, 1), (-1, 1)],
        }
    }
}

impl ListedGraph for Lattice {
    const EXPLANATION: Explanation = Explanation {
        name: "lattice",
        example: "Lattice(width: 10, neighbourhood: Moore)",
        meaning: "Agents sit on the squares of a board, row by row, next to those that share a side (VonNeumann) or also \
                  a corner (Moore). On a torus, the edges of the board are joined.",
        source: "Nowak & May 1992, Evolutionary games and spatial chaos, Nature 359",
    };

    fn graph(&self, agents: usize, _: &mut Stream) -> Result<Graph, String> {
        let (width, height) = (i64::from(self.width), agents as i64 / i64::from(self.width));
        let mut edges = Vec::new();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            for (right, down) in self.neighbourhood.steps() {
                let (to_x, to_y) = (x + right, y + down);
                let is_inside = (0..width).contains(&to_x) && (0..height).contains(&to_y);
                if self.torus || is_inside {
                    let to = to_y.rem_euclid(height) * width + to_x.rem_euclid(width);
                    edges.push(((y * width + x) as u32, to as u32));
                }
            }
        }
        Ok(Graph::of(agents, &edges))
    }

    fn edges(&self, agents: u64) -> u64 {
        agents.saturating_mul(self.neighbourhood.steps().len() as u64)
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        let width = u64::from(self.width);
        if width == 0 || !agents.is_multiple_of(width) {
            let message = format!("{agents} agents do not fill rows of {width}");
            return vec![Fault::new(".width", message, "expected a divisor of the number of agents")];
        }
        let least = if self.torus { 3 } else { 1 };
        // On a smaller torus, two steps would lead to the same square, or back to the first.
        if width < least || agents / width < least {
            let message = format!("a torus of {width} × {} squares", agents / width);
            return vec![Fault::new(".width", message, "expected at least 3 × 3, or `torus: false`")];
        }
        Vec::new()
    }

    fn width(&self) -> Option<u32> {
        Some(self.width)
    }

    fn summary(&self) -> String {
        let (around, edge) = (self.neighbourhood.steps().len() * 2, if self.torus { "a torus" } else { "a board" });
        format!("{edge} of {} columns, {around} neighbours", self.width)
    }
}
