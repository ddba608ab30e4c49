//! From projected rows to attention heads and back: head norms (Qwen3, Gemma 3) and rotary positions (Su et al. 2021).
//!
//! Projected rows are (rows, queries of all heads | keys of all heads | values of all heads). Attention wants one
//! key-value head after another: queries (kv_heads, rows, group, head_dim) with the heads that share keys side by side,
//! keys and values (kv_heads, keys, head_dim).

use super::machine::vectorised;
use super::norm::{norm_row, norm_row_backward_in_place};
use super::rows::each_row;
use crate::llm::decoder::{LayerAttention, RopeScaling};
use rayon::prelude::*;

/// Shape of one attention call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadShape {
    /// Number of query tokens.
    pub rows: usize,
    /// Keys before the first row's own: the length of a frozen prefix.
    pub first: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
}

impl HeadShape {
    /// Query heads per key head.
    pub fn group(&self) -> usize {
        self.heads / self.kv_heads
    }

    /// Number of keys.
    pub fn keys(&self) -> usize {
        self.first + self.rows
    }

    /// Width of a projected row.
    pub fn projected(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.head_dim
    }
}

/// Norm weights of query and key heads, and their ε.
#[derive(Clone, Copy, Debug)]
pub struct HeadNorms<'a> {
    /// (head_dim).
    pub query: Option<&'a [f32]>,
    /// (head_dim).
    pub key: Option<&'a [f32]>,
    /// ε.
    pub eps: f32,
}

/// Cosines and sines of every row's rotary angles, each (rows, head_dim / 2).
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Rotation {
    /// The angles of tokens at `positions`.
    pub fn new(attention: &LayerAttention, head_dim: usize, positions: &[usize]) -> Self {
        let frequencies = frequencies(attention, head_dim);
        let mut rotation = Self::default();
        for &position in positions {
            for frequency in &frequencies {
                let (sin, cos) = (position as f64 * frequency).sin_cos();
                rotation.cos.push(cos as f32);
                rotation.sin.push(sin as f32);
            }
        }
        rotation
    }

    /// Cosines and sines, each (rows, head_dim / 2).
    pub fn tables(&self) -> (&[f32], &[f32]) {
        (&self.cos, &self.sin)
    }
}

/// Radians per token of every pair of coordinates.
fn frequencies(attention: &LayerAttention, head_dim: usize) -> Vec<f64> {
    let theta = f64::from(attention.rope_theta);
    let plain = (0..head_dim / 2).map(|i| theta.powf(-2.0 * i as f64 / head_dim as f64));
    match attention.rope_scaling {
        RopeScaling::None => plain.collect(),
        RopeScaling::Linear { factor } => plain.map(|f| f / f64::from(factor)).collect(),
        RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
            let (factor, context) = (f64::from(factor), f64::from(original_context));
            let (low, high) = (f64::from(low_freq_factor), f64::from(high_freq_factor));
            plain
                .map(|f| {
                    let turns = context * f / std::f64::consts::TAU;
                    let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                    f * (kept + (1.0 - kept) / factor)
                })
                .collect()
        }
    }
}

/// How heads are placed: their shape, their norms and the angles of their rows.
#[derive(Clone, Copy, Debug)]
pub struct Placement<'a> {
    /// Rows and heads.
    pub shape: HeadShape,
    /// Norms applied to heads before they are rotated.
    pub norms: HeadNorms<'a>,
    /// Angles by which they are rotated.
    pub rotation: &'a Rotation,
}

#[inline(always)]
fn rotate(head: &mut [f32], cos: &[f32], sin: &[f32], direction: f32) {
    let (left, right) = head.split_at_mut(head.len() / 2);
    for (((a, b), cos), sin) in left.iter_mut().zip(right).zip(cos).zip(sin) {
        let (x, y, sin) = (*a, *b, direction * sin);
        *a = x * cos - y * sin;
        *b = y * cos + x * sin;
    }
}

/// Copies one projected head to its place, normed and rotated by the angles of its row.
#[inline(always)]
fn place(source: &[f32], norm: Option<&[f32]>, eps: f32, cos: &[f32], sin: &[f32], head: &mut [f32]) {
    match norm {
        Some(weight) => norm_row(source, weight, eps, head),
        None => head.copy_from_slice(source),
    }
    rotate(head, cos, sin, 1.0);
}

vectorised! {
    /// Fills the queries, keys and values of one key-value head.
    fn split_kv_head(
        placement: &Placement, kv: usize, projected: &[f32], q: &mut [f32], k: &mut [f32], v: &mut [f32],
    ) {
        let Placement { shape, norms, rotation } = placement;
        let (dim, half, group) = (shape.head_dim, shape.head_dim / 2, shape.group());
        let own = shape.first * dim..;
        let keys = k[own.clone()].chunks_exact_mut(dim).zip(v[own].chunks_exact_mut(dim));
        let rows = projected.chunks_exact(shape.projected()).zip(q.chunks_exact_mut(group * dim)).zip(keys).enumerate();
        for (i, ((row, queries), (key, value))) in rows {
            let (cos, sin) = (&rotation.cos[i * half..][..half], &rotation.sin[i * half..][..half]);
            for (g, query) in queries.chunks_exact_mut(dim).enumerate() {
                let source = &row[(kv * group + g) * dim..][..dim];
                place(source, norms.query, norms.eps, cos, sin, query);
            }
            place(&row[(shape.heads + kv) * dim..][..dim], norms.key, norms.eps, cos, sin, key);
            value.copy_from_slice(&row[(shape.heads + shape.kv_heads + kv) * dim..][..dim]);
        }
    }
}

/// Fills `q`, and the part of `k` and `v` after the frozen prefix, from projected rows.
pub fn split_heads(
    placement: &Placement,
    projected: &[f32],
    q: &mut [f32],
    k: &mut [f32],
    v: &mut [f32],
    threads: usize,
) {
    let shape = &placement.shape;
    let width = shape.keys() * shape.head_dim;
    let queries = shape.rows * shape.group() * shape.head_dim;
    let task = |kv: usize, q: &mut [f32], k: &mut [f32], v: &mut [f32]| {
        split_kv_head(placement, kv, projected, q, k, v);
    };
    if threads > 1 {
        let keys = k.par_chunks_mut(width).zip(v.par_chunks_mut(width));
        q.par_chunks_mut(queries).zip(keys).enumerate().for_each(|(kv, (q, (k, v)))| task(kv, q, k, v));
    } else {
        let keys = k.chunks_mut(width).zip(v.chunks_mut(width));
        q.chunks_mut(queries).zip(keys).enumerate().for_each(|(kv, (q, (k, v)))| task(kv, q, k, v));
    }
}

vectorised! {
    fn split_rows_backward(
        placement: &Placement, first: usize, projected: &[f32],
        dq: &[f32], dk: &[f32], dv: &[f32], slopes: &mut [f32],
    ) {
        let Placement { shape, norms, rotation } = placement;
        let (dim, half, group, rows) = (shape.head_dim, shape.head_dim / 2, shape.group(), shape.rows);
        let width = shape.projected();
        for (i, (slopes, projected)) in slopes.chunks_exact_mut(width).zip(projected.chunks_exact(width)).enumerate() {
            let row = first + i;
            let (cos, sin) = (&rotation.cos[row * half..][..half], &rotation.sin[row * half..][..half]);
            for (head, (slopes, source)) in slopes.chunks_exact_mut(dim).zip(projected.chunks_exact(dim)).enumerate() {
                let (from, norm) = if head < shape.heads {
                    let (kv, g) = (head / group, head % group);
                    (&dq[((kv * rows + row) * group + g) * dim..][..dim], norms.query)
                } else if head < shape.heads + shape.kv_heads {
                    (&dk[((head - shape.heads) * rows + row) * dim..][..dim], norms.key)
                } else {
                    let kv = head - shape.heads - shape.kv_heads;
                    slopes.copy_from_slice(&dv[(kv * rows + row) * dim..][..dim]);
                    continue;
                };
                slopes.copy_from_slice(from);
                rotate(slopes, cos, sin, -1.0);
                if let Some(weight) = norm {
                    norm_row_backward_in_place(source, weight, norms.eps, slopes);
                }
            }
        }
    }
}

/// Overwrites `slopes`, laid out like `projected`, with the gradient of [`split_heads`].
///
/// `dq` is laid out like the queries; `dk` and `dv` are (kv_heads, rows, head_dim), without the frozen prefix.
pub fn split_heads_backward(
    placement: &Placement,
    projected: &[f32],
    dq: &[f32],
    dk: &[f32],
    dv: &[f32],
    slopes: &mut [f32],
    threads: usize,
) {
    let width = placement.shape.projected();
    each_row(slopes, width, threads, |first, slopes| {
        let projected = &projected[first * width..][..slopes.len()];
        split_rows_backward(placement, first, projected, dq, dk, dv, slopes);
    });
}

/// Copies (kv_heads, rows, group, head_dim) to (rows, heads · head_dim).
pub fn merge_heads(shape: &HeadShape, split: &[f32], merged: &mut [f32], threads: usize) {
    let width = shape.group() * shape.head_dim;
    each_row(merged, shape.heads * shape.head_dim, threads, |first, merged| {
        for (i, row) in merged.chunks_exact_mut(shape.heads * shape.head_dim).enumerate() {
            for (kv, heads) in row.chunks_exact_mut(width).enumerate() {
                heads.copy_from_slice(&split[(kv * shape.rows + first + i) * width..][..width]);
            }
        }
    });
}

/// Undoes [`merge_heads`].
pub fn unmerge_heads(shape: &HeadShape, merged: &[f32], split: &mut [f32], threads: usize) {
    let width = shape.group() * shape.head_dim;
    each_row(split, width, threads, |first, split| {
        for (i, heads) in split.chunks_exact_mut(width).enumerate() {
            let (kv, row) = ((first + i) / shape.rows, (first + i) % shape.rows);
            heads.copy_from_slice(&merged[(row * shape.kv_heads + kv) * width..][..width]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, numbers, slope};
    use super::*;

    const SHAPE: HeadShape = HeadShape { rows: 3, first: 2, heads: 4, kv_heads: 2, head_dim: 6 };

    fn attention(rope_scaling: RopeScaling) -> LayerAttention {
        LayerAttention { rope_theta: 100.0, rope_scaling, window: None }
    }

    /// (q, own k, own v), one after another, by the definition.
    fn reference(projected: &[f64], norms: &HeadNorms, positions: &[usize]) -> Vec<f64> {
        let dim = SHAPE.head_dim;
        let head = |row: usize, head: usize, norm: Option<&[f32]>, turn: bool| {
            let x = &projected[row * SHAPE.projected() + head * dim..][..dim];
            let rms = (x.iter().map(|x| x * x).sum::<f64>() / dim as f64 + f64::from(norms.eps)).sqrt();
            let x: Vec<f64> = match norm {
                Some(w) => x.iter().zip(w).map(|(x, w)| x / rms * f64::from(*w)).collect(),
                None => x.to_vec(),
            };
            (0..dim)
                .map(|j| {
                    let half = dim / 2;
                    let angle = positions[row] as f64 * 100f64.powf(-2.0 * (j % half) as f64 / dim as f64);
                    let other = if j < half { -x[j + half] } else { x[j - half] };
                    if turn { x[j] * angle.cos() + other * angle.sin() } else { x[j] }
                })
                .collect::<Vec<f64>>()
        };
        let mut out = Vec::new();
        for kv in 0..2 {
            for row in 0..3 {
                for g in 0..2 {
                    out.extend(head(row, kv * 2 + g, norms.query, true));
                }
            }
        }
        for (start, norm, turn) in [(4, norms.key, true), (6, None, false)] {
            for kv in 0..2 {
                for row in 0..3 {
                    out.extend(head(row, start + kv, norm, turn));
                }
            }
        }
        out
    }

    #[test]
    fn forward_and_backward_match_finite_differences() {
        let (query, key) = (numbers(1, 6), numbers(2, 6));
        let positions = [2, 3, 3];
        let rotation = Rotation::new(&attention(RopeScaling::None), 6, &positions);
        let projected = numbers(3, 3 * SHAPE.projected());
        for norms in [
            HeadNorms { query: None, key: None, eps: 1e-6 },
            HeadNorms { query: Some(&query), key: Some(&key), eps: 1e-6 },
        ] {
            let placement = Placement { shape: SHAPE, norms, rotation: &rotation };
            let (mut q, mut k, mut v) = (vec![0.0; 72], vec![7.0; 60], vec![7.0; 60]);
            split_heads(&placement, &projected, &mut q, &mut k, &mut v, 2);
            let own = |x: &[f32]| x.chunks(30).flat_map(|head| head[12..].to_vec()).collect::<Vec<_>>();
            let found = [q, own(&k), own(&v)].concat();
            assert!(k.chunks(30).chain(v.chunks(30)).all(|head| head[..12] == [7.0; 12]), "the prefix was overwritten");
            let wide: Vec<f64> = projected.iter().map(|&x| f64::from(x)).collect();
            assert_close(&found, &reference(&wide, &norms, &positions), 1e-5);

            let slopes = numbers(4, found.len());
            let mut back = vec![0.0; projected.len()];
            let (dq, dk, dv) = (&slopes[..72], &slopes[72..108], &slopes[108..]);
            split_heads_backward(&placement, &projected, dq, dk, dv, &mut back, 2);
            assert_close(&back, &slope(&projected, &slopes, |x| reference(x, &norms, &positions)), 1e-5);
        }
    }

    #[test]
    fn merging_and_unmerging_undo_each_other() {
        let split = numbers(5, 72);
        let (mut merged, mut back) = (vec![0.0; 72], vec![0.0; 72]);
        merge_heads(&SHAPE, &split, &mut merged, 2);
        unmerge_heads(&SHAPE, &merged, &mut back, 2);
        assert_eq!(split, back);
        // Row 1, head 2 = key-value head 1, first of its group.
        assert_eq!(merged[24 + 12..24 + 18], split[(3 + 1) * 12..(3 + 1) * 12 + 6]);
    }

    #[test]
    fn llama3_scaling_keeps_high_divides_low_and_blends_between() {
        let scaling =
            RopeScaling::Llama3 { factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_context: 8192.0 };
        let plain = frequencies(&LayerAttention { rope_theta: 5e5, ..attention(RopeScaling::None) }, 128);
        let scaled = frequencies(&LayerAttention { rope_theta: 5e5, ..attention(scaling) }, 128);
        let mut blended = 0;
        for (plain, scaled) in plain.iter().zip(&scaled) {
            let wavelength = std::f64::consts::TAU / plain;
            if wavelength < 8192.0 / 4.0 {
                assert_eq!(plain, scaled);
            } else if wavelength > 8192.0 {
                assert!((plain / 8.0 - scaled).abs() < 1e-12);
            } else {
                let smooth = (8192.0 / wavelength - 1.0) / 3.0;
                assert!(((1.0 - smooth) * plain / 8.0 + smooth * plain - scaled).abs() < 1e-12);
                blended += 1;
            }
        }
        assert!(blended > 0);
        let halved = frequencies(&attention(RopeScaling::Linear { factor: 2.0 }), 6);
        assert_eq!(halved[0], 0.5);
    }
}
