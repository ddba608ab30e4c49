//! Which keys each block of rows of a prompt tree looks at, worked out once per pass.

use crate::llm::tree::{NO_PARENT, PromptTree};
use std::ops::Range;

/// Added to scores of tokens that a row must not see; finite, so that a NaN reveals a real fault.
pub const HIDDEN: f32 = -1e30;

/// Runs of needed keys closer than this are joined: one larger product beats two small ones.
const JOIN: usize = 16;

/// A run of keys and the columns where their scores stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Nodes.
    pub keys: Range<usize>,
    /// Columns of the block's scores.
    pub columns: Range<usize>,
}

/// Some neighbouring rows and the keys that any of them sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Rows: nodes without the frozen prefix.
    pub rows: Range<usize>,
    /// Runs of keys.
    pub segments: Vec<Segment>,
    /// Total number of keys.
    pub columns: usize,
    /// (rows, columns): 0 where the row sees the key, [`HIDDEN`] elsewhere.
    pub mask: Vec<f32>,
}

/// The blocks of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In order of rows.
    pub blocks: Vec<Block>,
}

impl Plan {
    /// Blocks of up to `block_rows` rows over the nodes from `first` on. A node sees itself and its ancestors; with
    /// `window`, only those fewer than `window` positions back.
    pub fn new(tree: &PromptTree, first: usize, window: Option<usize>, block_rows: usize) -> Self {
        let window = window.map_or(usize::MAX, |window| window.max(1)); // a node always sees itself
        let starts = (first..tree.len()).step_by(block_rows);
        let blocks =
            starts.map(|start| block(tree, first, start..tree.len().min(start + block_rows), window)).collect();
        Self { blocks }
    }

    /// The largest number of scores that a block has, for one head.
    pub fn largest(&self) -> usize {
        self.blocks.iter().map(|block| block.mask.len()).max().unwrap_or(0)
    }
}

/// The nodes that `node` sees, from itself up.
fn visible(tree: &PromptTree, node: usize, window: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(node), |&node| Some(tree.parents[node]).filter(|&parent| parent != NO_PARENT))
        .take_while(move |&key| tree.positions[node] - tree.positions[key] < window)
}

fn block(tree: &PromptTree, first: usize, nodes: Range<usize>, window: usize) -> Block {
    let mut needed = vec![false; nodes.end];
    for node in nodes.clone() {
        visible(tree, node, window).for_each(|key| needed[key] = true);
    }
    let mut runs: Vec<Range<usize>> = Vec::new();
    for key in (0..nodes.end).filter(|&key| needed[key]) {
        match runs.last_mut() {
            Some(run) if key - run.end < JOIN => run.end = key + 1,
            _ => runs.push(key..key + 1),
        }
    }
    let mut columns = 0;
    let mut column_of = vec![usize::MAX; nodes.end];
    let mut segments = Vec::new();
    for keys in runs {
        for key in keys.clone() {
            column_of[key] = columns + key - keys.start;
        }
        segments.push(Segment { columns: columns..columns + keys.len(), keys: keys.clone() });
        columns += keys.len();
    }
    let mut mask = vec![HIDDEN; nodes.len() * columns];
    for (row, node) in nodes.clone().enumerate() {
        visible(tree, node, window).for_each(|key| mask[row * columns + column_of[key]] = 0.0);
    }
    Block { rows: nodes.start - first..nodes.end - first, segments, columns, mask }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn a_row_sees_its_ancestors_in_the_window_and_nothing_else(
            prompts in prop::collection::vec(prop::collection::vec(0u32..2, 1..40), 1..6),
            window in prop::option::of(1usize..20),
            block_rows in 1usize..40,
            skip in any::<bool>(),
        ) {
            let tree = PromptTree::new(&prompts, &[vec![0, 1, 1], vec![1]]);
            let first = if skip { tree.prefix_len } else { 0 };
            let plan = Plan::new(&tree, first, window, block_rows);
            let mut next = first;
            for block in &plan.blocks {
                for (row, node) in block.rows.clone().map(|row| row + first).enumerate() {
                    prop_assert_eq!(node, next);
                    next += 1;
                    let mut seen = Vec::new();
                    for segment in &block.segments {
                        for (key, column) in segment.keys.clone().zip(segment.columns.clone()) {
                            if block.mask[row * block.columns + column] == 0.0 {
                                seen.push(key);
                            }
                        }
                    }
                    let mut expected = Vec::new();
                    let mut key = node;
                    while key != NO_PARENT {
                        if window.is_none_or(|w| tree.positions[node] - tree.positions[key] < w) {
                            expected.insert(0, key);
                        }
                        key = tree.parents[key];
                    }
                    prop_assert_eq!(seen, expected);
                }
            }
            prop_assert_eq!(next, tree.len());
        }
    }
}
