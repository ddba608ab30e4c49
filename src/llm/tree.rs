//! Many prompts and all their answers as one token tree, so that each shared token goes through the model once.

use std::collections::BTreeMap;
use std::ops::Range;

/// Marks the first token of a prompt, which has no parent.
pub const NO_PARENT: usize = usize::MAX;

/// One token of an answer: where its log-probability is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// Index into [`PromptTree::logit_nodes`] of the node before the token.
    pub row: usize,
    /// The token.
    pub target: u32,
}

/// A trie over prompts, each continued by every label or by completions of its own, with its nodes in depth-first
/// order.
///
/// Depth-first order puts parents before children and keeps every subtree contiguous. The last token of a label has no
/// node: nothing is read after it. A prompt followed by one label or completion is a *cell*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptTree {
    /// Token of each node.
    pub tokens: Vec<u32>,
    /// Parent of each node, or [`NO_PARENT`].
    pub parents: Vec<usize>,
    /// Distance of each node from the start of its prompt, in tokens.
    pub positions: Vec<usize>,
    /// Nodes whose logits are needed, ascending.
    pub logit_nodes: Vec<usize>,
    /// For each prompt, the row of `logit_nodes` that holds its last token.
    pub prompt_rows: Vec<usize>,
    /// Number of labels; 0 if every prompt has a list of completions of its own.
    pub labels: usize,
    /// Length of the longest token prefix that all prompts share, leaving each prompt at least its last token.
    pub prefix_len: usize,
    /// First cell of each prompt, and the number of cells.
    cell_starts: Vec<usize>,
    reads: Vec<Read>,
    read_starts: Vec<usize>,
}

/// The trie while it grows: nodes in order of arrival.
#[derive(Default)]
struct Trie {
    tokens: Vec<u32>,
    parents: Vec<usize>,
    children: Vec<BTreeMap<u32, usize>>,
    roots: BTreeMap<u32, usize>,
}

impl Trie {
    /// Walks from `node` along `tokens`, adding what is missing; returns the last node.
    fn extend(&mut self, mut node: usize, tokens: &[u32]) -> usize {
        for &token in tokens {
            let fresh = self.tokens.len();
            let children = if node == NO_PARENT { &mut self.roots } else { &mut self.children[node] };
            let child = *children.entry(token).or_insert(fresh);
            if child == fresh {
                self.tokens.push(token);
                self.parents.push(node);
                self.children.push(BTreeMap::new());
            }
            node = child;
        }
        node
    }

    /// The depth-first rank of every node; children go in order of arrival.
    fn depth_first(&self) -> Vec<usize> {
        let arrivals = |children: &BTreeMap<u32, usize>| {
            let mut nodes: Vec<usize> = children.values().copied().collect();
            nodes.sort_unstable_by(|a, b| b.cmp(a));
            nodes
        };
        let mut rank = vec![0; self.tokens.len()];
        let mut stack = arrivals(&self.roots);
        let mut next = 0;
        while let Some(node) = stack.pop() {
            rank[node] = next;
            next += 1;
            stack.extend(arrivals(&self.children[node]));
        }
        rank
    }
}

impl PromptTree {
    /// The tree of every prompt followed by every label.
    ///
    /// # Panics
    /// If there is no prompt or no label, if one of them is empty, or if a label begins another: the caller has checked
    /// its labels, because a message about them needs their words.
    pub fn new(prompts: &[Vec<u32>], labels: &[Vec<u32>]) -> Self {
        assert!(!prompts.is_empty() && prompts.iter().all(|p| !p.is_empty()), "a tree needs prompts with tokens");
        assert!(!labels.is_empty() && labels.iter().all(|l| !l.is_empty()), "a tree needs labels with tokens");
        for (i, label) in labels.iter().enumerate() {
            let clash = labels.iter().enumerate().find(|(j, other)| i != *j && other.starts_with(label));
            assert!(clash.is_none(), "label {i} begins another label, so their probabilities would not add up");
        }
        Self { labels: labels.len(), ..Self::build(prompts, |_| labels) }
    }

    /// The tree of every prompt followed by each completion of its own list, which may be empty.
    ///
    /// # Panics
    /// If there is no prompt, if a prompt or a completion is empty, or if there is not one list for each prompt.
    pub fn with_completions(prompts: &[Vec<u32>], completions: &[Vec<Vec<u32>>]) -> Self {
        assert!(!prompts.is_empty() && prompts.iter().all(|p| !p.is_empty()), "a tree needs prompts with tokens");
        assert_eq!(prompts.len(), completions.len(), "one list of completions for each prompt");
        assert!(completions.iter().flatten().all(|c| !c.is_empty()), "a completion has tokens");
        Self::build(prompts, |prompt| &completions[prompt])
    }

    fn build<'a>(prompts: &[Vec<u32>], answers: impl Fn(usize) -> &'a [Vec<u32>]) -> Self {
        let mut trie = Trie::default();
        let mut visits = Vec::new(); // (node, target) of every answer's tokens, before renumbering
        let (mut read_starts, mut cell_starts) = (vec![0], vec![0]);
        let mut ends = Vec::new();
        for (prompt, tokens) in prompts.iter().enumerate() {
            let end = trie.extend(NO_PARENT, tokens);
            ends.push(end);
            for answer in answers(prompt) {
                let mut node = end;
                for (i, &target) in answer.iter().enumerate() {
                    visits.push((node, target));
                    if i + 1 < answer.len() {
                        node = trie.extend(node, &[target]);
                    }
                }
                read_starts.push(visits.len());
            }
            cell_starts.push(read_starts.len() - 1);
        }
        Self { cell_starts, ..Self::number(&trie, &visits, read_starts, &ends, shared_prefix(prompts)) }
    }

    /// Renumbers the trie depth-first and points the reads at rows of logits.
    fn number(
        trie: &Trie,
        visits: &[(usize, u32)],
        read_starts: Vec<usize>,
        ends: &[usize],
        prefix_len: usize,
    ) -> Self {
        let rank = trie.depth_first();
        let count = rank.len();
        let (mut tokens, mut parents, mut positions) = (vec![0; count], vec![NO_PARENT; count], vec![0; count]);
        for (old, &new) in rank.iter().enumerate() {
            tokens[new] = trie.tokens[old];
            parents[new] = if trie.parents[old] == NO_PARENT { NO_PARENT } else { rank[trie.parents[old]] };
        }
        for node in 0..count {
            positions[node] = if parents[node] == NO_PARENT { 0 } else { positions[parents[node]] + 1 };
        }
        let read = visits.iter().map(|&(node, _)| node).chain(ends.iter().copied());
        let mut logit_nodes: Vec<usize> = read.map(|node| rank[node]).collect();
        logit_nodes.sort_unstable();
        logit_nodes.dedup();
        let row = |node: usize| {
            logit_nodes.binary_search(&rank[node]).expect("every node that is read was put into the list above")
        };
        let reads = visits.iter().map(|&(node, target)| Read { row: row(node), target }).collect();
        let prompt_rows = ends.iter().map(|&node| row(node)).collect();
        let cell_starts = Vec::new();
        Self {
            tokens,
            parents,
            positions,
            logit_nodes,
            prompt_rows,
            labels: 0,
            prefix_len,
            cell_starts,
            reads,
            read_starts,
        }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is no node; a tree always has some.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Number of prompts.
    pub fn prompts(&self) -> usize {
        self.prompt_rows.len()
    }

    /// Number of (prompt, label) or (prompt, completion) pairs.
    pub fn cells(&self) -> usize {
        self.read_starts.len() - 1
    }

    /// The cells of `prompt`, in the order of its labels or completions.
    pub fn cells_of(&self, prompt: usize) -> Range<usize> {
        self.cell_starts[prompt]..self.cell_starts[prompt + 1]
    }

    /// Where the tokens of a cell are read; their log-probabilities add up to the cell's.
    pub fn cell_reads(&self, cell: usize) -> &[Read] {
        &self.reads[self.read_starts[cell]..self.read_starts[cell + 1]]
    }

    /// Where the tokens of the label or completion numbered `label` after `prompt` are read.
    pub fn reads(&self, prompt: usize, label: usize) -> &[Read] {
        self.cell_reads(self.cell_starts[prompt] + label)
    }

    /// Adds a node after all others and returns it. The order is then no longer depth-first, and the new node is in no
    /// cell.
    pub(super) fn grow(&mut self, parent: usize, token: u32) -> usize {
        self.tokens.push(token);
        self.parents.push(parent);
        self.positions.push(if parent == NO_PARENT { 0 } else { self.positions[parent] + 1 });
        self.tokens.len() - 1
    }
}

/// Length of the common prefix of all prompts, at most one less than the shortest.
fn shared_prefix(prompts: &[Vec<u32>]) -> usize {
    let first = &prompts[0];
    let common = |other: &Vec<u32>| first.iter().zip(other).take_while(|(a, b)| a == b).count();
    let shortest = prompts.iter().map(Vec::len).min().unwrap_or(0);
    prompts.iter().map(common).min().unwrap_or(0).min(shortest.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;

    #[test]
    fn shares_prefixes_and_leaves_out_last_label_tokens() {
        let tree = PromptTree::new(&[vec![1, 2, 3], vec![1, 2, 4]], &[vec![7, 8], vec![7, 9], vec![5]]);
        assert_eq!(tree.tokens, [1, 2, 3, 7, 4, 7]);
        assert_eq!(tree.parents, [NO_PARENT, 0, 1, 2, 1, 4]);
        assert_eq!(tree.positions, [0, 1, 2, 3, 2, 3]);
        assert_eq!(tree.logit_nodes, [2, 3, 4, 5]);
        assert_eq!(tree.prompt_rows, [0, 2]);
        assert_eq!(tree.prefix_len, 2);
        assert_eq!(tree.reads(1, 1), [Read { row: 2, target: 7 }, Read { row: 3, target: 9 }]);
        assert_eq!(tree.reads(0, 2), [Read { row: 0, target: 5 }]);
    }

    #[test]
    fn the_prefix_leaves_every_prompt_its_last_token() {
        let tree = PromptTree::new(&[vec![1, 2, 3, 4], vec![1, 2, 3]], &[vec![9]]);
        assert_eq!(tree.prefix_len, 2);
        assert_eq!(PromptTree::new(&[vec![1, 2]], &[vec![9]]).prefix_len, 1);
    }

    #[test]
    fn prompts_may_have_completions_of_their_own() {
        let completions = [vec![vec![7, 8], vec![7, 9, 9]], vec![], vec![vec![5]]];
        let tree = PromptTree::with_completions(&[vec![1, 2], vec![1, 3], vec![1, 2, 7]], &completions);
        assert_eq!(tree.tokens, [1, 2, 7, 9, 3]);
        assert_eq!((tree.cells(), tree.cells_of(0), tree.cells_of(1), tree.cells_of(2)), (3, 0..2, 2..2, 2..3));
        assert_eq!(tree.logit_nodes, [1, 2, 3, 4]);
        assert_eq!(tree.prompt_rows, [0, 3, 1]);
        assert_eq!(
            tree.cell_reads(1),
            [Read { row: 0, target: 7 }, Read { row: 1, target: 9 }, Read { row: 2, target: 9 }]
        );
        assert_eq!(tree.reads(2, 0), [Read { row: 1, target: 5 }]);
        // The same list everywhere is the tree of labels.
        let (prompts, labels) = ([vec![1, 2, 3], vec![1, 4]], vec![vec![7, 8], vec![5]]);
        let same = PromptTree::with_completions(&prompts, &[labels.clone(), labels.clone()]);
        assert_eq!(PromptTree { labels: 2, ..same }, PromptTree::new(&prompts, &labels));
    }

    #[test]
    #[should_panic(expected = "label 1 begins another")]
    fn refuses_labels_that_begin_one_another() {
        PromptTree::new(&[vec![1]], &[vec![2, 3], vec![2]]);
    }

    proptest! {
        #![proptest_config(property_config(256))]

        #[test]
        fn every_prompt_and_label_can_be_read_back(
            prompts in prop::collection::vec(prop::collection::vec(0u32..3, 1..7), 1..6),
        ) {
            let labels = [vec![0, 1], vec![1], vec![0, 2, 2]];
            let tree = PromptTree::new(&prompts, &labels);
            let spell = |mut node: usize| {
                let mut tokens = Vec::new();
                while node != NO_PARENT {
                    tokens.insert(0, tree.tokens[node]);
                    prop_assert!(tree.parents[node] == NO_PARENT || tree.parents[node] < node);
                    node = tree.parents[node];
                }
                Ok(tokens)
            };
            for (p, prompt) in prompts.iter().enumerate() {
                prop_assert_eq!(&spell(tree.logit_nodes[tree.prompt_rows[p]])?, prompt);
                for (l, label) in labels.iter().enumerate() {
                    for (i, read) in tree.reads(p, l).iter().enumerate() {
                        let mut expected = prompt.clone();
                        expected.extend(&label[..i]);
                        prop_assert_eq!(spell(tree.logit_nodes[read.row])?, expected);
                        prop_assert_eq!(read.target, label[i]);
                    }
                }
            }
            for node in 0..tree.prefix_len {
                prop_assert_eq!(tree.positions[node], node);
            }
        }
    }
}
