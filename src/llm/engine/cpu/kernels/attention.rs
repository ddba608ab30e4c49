//! Attention over a prompt tree, block by block: scores of a block against the keys that it needs, softmax, values.
//!
//! The backward recomputes the probabilities of a block from its queries and keys instead of keeping them.

use super::heads::HeadShape;
use super::matrix::{MatMut, MatRef, Store};
use super::plan::{Block, Plan};
use super::product;
use super::softmax::{capped_softmax, masked_softmax, multiply, softmax_backward};
use rayon::prelude::*;

/// Rows of a block. Larger blocks compute more scores that the mask then hides; smaller ones make smaller products.
pub const BLOCK_ROWS: usize = 32;

/// What turns dot products into scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRule {
    /// Factor on query · key.
    pub scale: f32,
    /// cap · tanh(x / cap).
    pub softcap: Option<f32>,
}

/// One call of attention: its rows and heads, who sees whom, and what turns dot products into scores.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a> {
    /// Rows and heads.
    pub shape: &'a HeadShape,
    /// Which keys each block of rows looks at.
    pub plan: &'a Plan,
    /// From dot products to scores.
    pub rule: ScoreRule,
}

/// Queries, keys and values of one key-value head, or of all.
#[derive(Clone, Copy, Debug)]
pub struct Heads<'a> {
    /// (rows, group, head_dim), for all heads (kv_heads, …).
    pub q: &'a [f32],
    /// (keys, head_dim).
    pub k: &'a [f32],
    /// (keys, head_dim).
    pub v: &'a [f32],
}

impl<'a> Heads<'a> {
    fn of(&self, shape: &HeadShape, kv: usize) -> Heads<'a> {
        let (queries, keys) = (shape.rows * shape.group() * shape.head_dim, shape.keys() * shape.head_dim);
        let piece = kv * keys..(kv + 1) * keys;
        Heads { q: &self.q[kv * queries..(kv + 1) * queries], k: &self.k[piece.clone()], v: &self.v[piece] }
    }
}

impl Attention<'_> {
    /// How much scratch one head needs, in numbers per use: scores, their gradient, slopes of the cap.
    fn scratch_len(&self) -> usize {
        self.plan.largest() * self.shape.group()
    }
}

/// Fills `out`, laid out like the queries, with Σ softmax(rule(q·k)) v.
pub fn attend(attention: &Attention, heads: Heads, out: &mut [f32], scratch: &mut Vec<f32>, threads: usize) {
    let Attention { shape, plan, .. } = *attention;
    let len = 2 * attention.scratch_len();
    let width = shape.rows * shape.group() * shape.head_dim;
    let task = |kv: usize, out: &mut [f32], scratch: &mut [f32]| {
        let (scores, slopes) = scratch.split_at_mut(scratch.len() / 2);
        let heads = heads.of(shape, kv);
        for block in &plan.blocks {
            let (scores, _) = probabilities(attention, block, &heads, scores, slopes);
            let (rows, piece) = query_rows(shape, block);
            sum_segments(&mut out[piece], shape.head_dim, rows, block, scores, heads.v);
        }
    };
    if threads > 1 {
        super::super::workspace::fit(scratch, len * shape.kv_heads);
        let pieces = out.par_chunks_mut(width).zip(scratch.par_chunks_mut(len)).enumerate();
        pieces.for_each(|(kv, (out, scratch))| task(kv, out, scratch));
    } else {
        let scratch = super::super::workspace::fit(scratch, len);
        out.chunks_mut(width).enumerate().for_each(|(kv, out)| task(kv, out, scratch));
    }
}

/// Gradients of queries, keys and values; keys and values without the frozen prefix.
#[derive(Debug)]
pub struct HeadSlopes<'a> {
    /// Laid out like the queries.
    pub q: &'a mut [f32],
    /// (kv_heads, rows, head_dim).
    pub k: &'a mut [f32],
    /// (kv_heads, rows, head_dim).
    pub v: &'a mut [f32],
}

/// Overwrites `slopes` with the gradients of [`attend`], given ∂loss/∂out in `d_out`.
pub fn attend_backward(
    attention: &Attention,
    heads: Heads,
    d_out: &[f32],
    slopes: HeadSlopes,
    scratch: &mut Vec<f32>,
    threads: usize,
) {
    let shape = attention.shape;
    let len = 3 * attention.scratch_len();
    let (width, own) = (shape.rows * shape.group() * shape.head_dim, shape.rows * shape.head_dim);
    let task = |kv: usize, slopes: HeadSlopes, scratch: &mut [f32]| {
        let d_out = &d_out[kv * width..(kv + 1) * width];
        head_backward(attention, &heads.of(shape, kv), d_out, slopes, scratch);
    };
    let HeadSlopes { q, k, v } = slopes;
    if threads > 1 {
        super::super::workspace::fit(scratch, len * shape.kv_heads);
        let keys = k.par_chunks_mut(own).zip(v.par_chunks_mut(own));
        let pieces = q.par_chunks_mut(width).zip(keys).zip(scratch.par_chunks_mut(len)).enumerate();
        pieces.for_each(|(kv, ((q, (k, v)), scratch))| task(kv, HeadSlopes { q, k, v }, scratch));
    } else {
        let scratch = super::super::workspace::fit(scratch, len);
        let pieces = q.chunks_mut(width).zip(k.chunks_mut(own).zip(v.chunks_mut(own))).enumerate();
        pieces.for_each(|(kv, (q, (k, v)))| task(kv, HeadSlopes { q, k, v }, scratch));
    }
}

fn head_backward(attention: &Attention, heads: &Heads, d_out: &[f32], slopes: HeadSlopes, scratch: &mut [f32]) {
    let Attention { shape, plan, rule } = *attention;
    let dim = shape.head_dim;
    slopes.k.fill(0.0);
    slopes.v.fill(0.0);
    let (scores, rest) = scratch.split_at_mut(scratch.len() / 3);
    let (d_scores, cap_slopes) = rest.split_at_mut(rest.len() / 2);
    for block in &plan.blocks {
        let (p, cap_slopes) = probabilities(attention, block, heads, scores, cap_slopes);
        let (rows, piece) = query_rows(shape, block);
        let d_scores = &mut d_scores[..p.len()];
        let d_out = MatRef::new(&d_out[piece.clone()], rows, dim);
        let p = &*p;
        for segment in &block.segments {
            let values = MatRef::new(&heads.v[segment.keys.start * dim..], segment.keys.len(), dim);
            let columns = MatMut::new(d_scores, rows, block.columns).column_range(segment.columns.clone());
            product::multiply(columns, Store::Set, d_out, values.t(), 1);
        }
        add_to_keys(shape, block, rows, p, d_out, slopes.v);
        softmax_backward(p, d_scores, block.columns, rule.scale);
        if rule.softcap.is_some() {
            multiply(d_scores, cap_slopes);
        }
        sum_segments(&mut slopes.q[piece.clone()], dim, rows, block, d_scores, heads.k);
        add_to_keys(shape, block, rows, d_scores, MatRef::new(&heads.q[piece], rows, dim), slopes.k);
    }
}

/// Number of query rows of a block (all heads of a group), and where they lie.
fn query_rows(shape: &HeadShape, block: &Block) -> (usize, std::ops::Range<usize>) {
    let width = shape.group() * shape.head_dim;
    (block.rows.len() * shape.group(), block.rows.start * width..block.rows.end * width)
}

/// The attention probabilities (query rows, columns) of a block, and the cap's slopes if there is a cap.
fn probabilities<'a>(
    attention: &Attention,
    block: &Block,
    heads: &Heads,
    scores: &'a mut [f32],
    slopes: &'a mut [f32],
) -> (&'a mut [f32], &'a [f32]) {
    let Attention { shape, rule, .. } = *attention;
    let dim = shape.head_dim;
    let (rows, piece) = query_rows(shape, block);
    let len = rows * block.columns;
    let (scores, slopes) = (&mut scores[..len], &mut slopes[..len]);
    let queries = MatRef::new(&heads.q[piece], rows, dim);
    for segment in &block.segments {
        let keys = MatRef::new(&heads.k[segment.keys.start * dim..], segment.keys.len(), dim);
        let columns = MatMut::new(scores, rows, block.columns).column_range(segment.columns.clone());
        product::multiply(columns, Store::Set, queries, keys.t(), 1);
    }
    match rule.softcap {
        None => masked_softmax(scores, &block.mask, block.columns, shape.group(), rule.scale),
        Some(cap) => capped_softmax(scores, slopes, &block.mask, block.columns, shape.group(), rule.scale, cap),
    }
    (scores, slopes)
}

/// out = Σ over segments of weights · rows of `from`.
fn sum_segments(out: &mut [f32], dim: usize, rows: usize, block: &Block, weights: &[f32], from: &[f32]) {
    for (i, segment) in block.segments.iter().enumerate() {
        let weights = MatRef::new(weights, rows, block.columns).column_range(segment.columns.clone());
        let from = MatRef::new(&from[segment.keys.start * dim..], segment.keys.len(), dim);
        let store = if i == 0 { Store::Set } else { Store::Add };
        product::multiply(MatMut::new(out, rows, dim), store, weights, from, 1);
    }
}

/// Adds weightsᵀ · queries to the gradient of the block's keys that are not in the frozen prefix.
fn add_to_keys(shape: &HeadShape, block: &Block, rows: usize, weights: &[f32], queries: MatRef, slopes: &mut [f32]) {
    let dim = shape.head_dim;
    for segment in block.segments.iter().filter(|segment| segment.keys.end > shape.first) {
        let frozen = shape.first.saturating_sub(segment.keys.start);
        let columns = segment.columns.start + frozen..segment.columns.end;
        let own = (segment.keys.start + frozen - shape.first) * dim;
        let weights = MatRef::new(weights, rows, block.columns).column_range(columns.clone());
        let slopes = MatMut::new(&mut slopes[own..own + columns.len() * dim], columns.len(), dim);
        product::multiply(slopes, Store::Add, weights.t(), queries, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, numbers, slope};
    use super::*;
    use crate::llm::tree::{NO_PARENT, PromptTree};

    const DIM: usize = 4;
    const GROUP: usize = 2;

    /// Attention by the definition on (q, own k, own v) with frozen keys before.
    fn reference(
        tree: &PromptTree,
        shape: &HeadShape,
        rule: ScoreRule,
        window: Option<usize>,
        x: &[f64],
        frozen: &[f64],
    ) -> Vec<f64> {
        let (rows, keys) = (shape.rows, shape.keys());
        let (q, rest) = x.split_at(2 * rows * GROUP * DIM);
        let (own_k, own_v) = rest.split_at(2 * rows * DIM);
        let (frozen_k, frozen_v) = frozen.split_at(frozen.len() / 2);
        let key = |own: &[f64], frozen: &[f64], kv: usize, key: usize, j: usize| match key.checked_sub(shape.first) {
            Some(row) => own[(kv * rows + row) * DIM + j],
            None => frozen[(kv * shape.first + key) * DIM + j],
        };
        let mut out = vec![0.0; q.len()];
        for kv in 0..2 {
            for row in 0..rows {
                for g in 0..GROUP {
                    let at = ((kv * rows + row) * GROUP + g) * DIM;
                    let mut weights = vec![0.0; keys];
                    let mut node = row + shape.first;
                    while node != NO_PARENT {
                        let back = tree.positions[row + shape.first] - tree.positions[node];
                        if window.is_none_or(|w| back < w) {
                            let dot: f64 = (0..DIM).map(|j| q[at + j] * key(own_k, frozen_k, kv, node, j)).sum();
                            let score = dot * f64::from(rule.scale);
                            weights[node] =
                                rule.softcap.map_or(score, |c| f64::from(c) * (score / f64::from(c)).tanh()).exp();
                        }
                        node = tree.parents[node];
                    }
                    let total: f64 = weights.iter().sum();
                    for j in 0..DIM {
                        out[at + j] = (0..keys).map(|n| weights[n] / total * key(own_v, frozen_v, kv, n, j)).sum();
                    }
                }
            }
        }
        out
    }

    #[test]
    fn forward_and_backward_match_finite_differences() {
        let trunk: Vec<u32> = (0..20).collect();
        let prompts: Vec<Vec<u32>> = (0..3).map(|i| [trunk.clone(), vec![30 + i; 12]].concat()).collect();
        let tree = PromptTree::new(&prompts, &[vec![1, 2], vec![3]]);
        for (first, window, softcap) in
            [(0, None, None), (17, None, Some(1.5)), (20, Some(6), None), (0, Some(9), Some(2.0))]
        {
            let rows = tree.len() - first;
            let shape = HeadShape { rows, first, heads: 4, kv_heads: 2, head_dim: DIM };
            let rule = ScoreRule { scale: 0.6, softcap };
            let plan = Plan::new(&tree, first, window, BLOCK_ROWS);
            let (queries, own) = (2 * rows * GROUP * DIM, 2 * rows * DIM);
            let (x, frozen) = (numbers(1, queries + 2 * own), numbers(2, 4 * first * DIM));
            let with_prefix = |own: &[f32], frozen: &[f32]| {
                let pieces = (0..2).flat_map(|kv| {
                    [frozen[kv * first * DIM..][..first * DIM].to_vec(), own[kv * rows * DIM..][..rows * DIM].to_vec()]
                });
                pieces.flatten().collect::<Vec<f32>>()
            };
            let (frozen_k, frozen_v) = frozen.split_at(frozen.len() / 2);
            let k = with_prefix(&x[queries..queries + own], frozen_k);
            let v = with_prefix(&x[queries + own..], frozen_v);
            let heads = Heads { q: &x[..queries], k: &k, v: &v };
            let mut out = vec![0.0; queries];
            let mut scratch = Vec::new();
            let attention = Attention { shape: &shape, plan: &plan, rule };
            attend(&attention, heads, &mut out, &mut scratch, 1);
            let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
            let frozen = wide(&frozen);
            assert_close(&out, &reference(&tree, &shape, rule, window, &wide(&x), &frozen), 1e-5);

            let d_out = numbers(3, queries);
            let mut slopes = vec![9.0; x.len()];
            let (q, rest) = slopes.split_at_mut(queries);
            let (dk, dv) = rest.split_at_mut(own);
            attend_backward(&attention, heads, &d_out, HeadSlopes { q, k: dk, v: dv }, &mut scratch, 2);
            let expected = slope(&x, &d_out, |x| reference(&tree, &shape, rule, window, x, &frozen));
            assert_close(&slopes, &expected, 1e-5);
        }
    }
}
