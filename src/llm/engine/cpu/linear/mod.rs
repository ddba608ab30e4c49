//! Projections that share their input, with their adapters: y = x Wᵀ + scale · (x Aᵀ) Bᵀ, forward and backward, in f32
//! and, in [`rounded`], in bf16.

mod rounded;

use super::frozen::Frozen;
use super::kernels::matrix::{MatMut, MatRef, Store};
use super::kernels::product::{Sum, multiply_all};
use super::kernels::rows::{add, scale};
use super::kernels::target::Target;
use super::packs::with_packs;
use super::workspace::fit;
use crate::llm::decoder::DecoderConfig;
use crate::llm::decoder::Group;
use crate::llm::lora::{Adapter, AdapterSlot};
use std::ops::Range;

/// The adapter matrices of one projection of a group.
struct Part<'a> {
    /// Which projection of the group.
    index: usize,
    /// Columns of the group's output that it adds to.
    outputs: Range<usize>,
    /// Columns of the group's low-rank rows.
    ranks: Range<usize>,
    slot: &'a AdapterSlot,
}

impl<'a> Part<'a> {
    /// A, (rank, inputs).
    fn a(&self, adapter: &'a Adapter) -> MatRef<'a> {
        let a = &adapter.params[self.slot.a.clone()];
        MatRef::new(a, self.ranks.len(), a.len() / self.ranks.len())
    }

    /// B, (outputs, rank).
    fn b(&self, adapter: &'a Adapter) -> MatRef<'a> {
        MatRef::new(&adapter.params[self.slot.b.clone()], self.outputs.len(), self.ranks.len())
    }
}

/// A group of one layer, ready to multiply.
pub(super) struct Linear<'a> {
    frozen: Frozen<'a>,
    adapter: Option<&'a Adapter>,
    parts: Vec<Part<'a>>,
    inputs: usize,
    /// Columns of the output.
    width: usize,
    threads: usize,
}

impl<'a> Linear<'a> {
    pub(super) fn new(
        config: &DecoderConfig,
        frozen: Frozen<'a>,
        adapter: Option<&'a Adapter>,
        layer: usize,
        group: Group,
        threads: usize,
    ) -> Self {
        let mut parts = Vec::new();
        let (mut column, mut rank) = (0, 0);
        for (index, &projection) in group.projections().iter().enumerate() {
            let range = column..column + config.shape(projection).0;
            column = range.end;
            let slot = adapter.and_then(|a| a.slots.iter().find(|s| s.layer == layer && s.projection == projection));
            if let (Some(slot), Some(adapter)) = (slot, adapter) {
                let ranks = rank..rank + adapter.config.rank;
                rank = ranks.end;
                parts.push(Part { index, outputs: range, ranks, slot });
            }
        }
        let inputs = config.shape(group.projections()[0]).1;
        Self { frozen, adapter, parts, inputs, width: column, threads }
    }

    /// Whether an adapter acts here.
    pub(super) fn is_adapted(&self) -> bool {
        !self.parts.is_empty()
    }

    fn ranks(&self) -> usize {
        self.parts.last().map_or(0, |part| part.ranks.end)
    }

    /// The A matrices of the group, stacked one below the other.
    fn stack_a<'b>(&self, adapter: &Adapter, buffer: &'b mut Vec<f32>) -> MatRef<'b> {
        let stacked = fit(buffer, self.ranks() * self.inputs);
        for part in &self.parts {
            let rows = part.ranks.start * self.inputs..part.ranks.end * self.inputs;
            stacked[rows].copy_from_slice(&adapter.params[part.slot.a.clone()]);
        }
        MatRef::new(stacked, self.ranks(), self.inputs)
    }

    /// The adapter, if it acts here.
    fn acting(&self) -> Option<&'a Adapter> {
        self.adapter.filter(|_| self.is_adapted())
    }

    /// Overwrites y (rows, outputs) with the group's outputs for x (rows, inputs), or adds them to it; keeps
    /// scale · x Aᵀ in `low_rank`.
    pub(super) fn forward(&self, x: &[f32], y: &mut [f32], store: Store, low_rank: &mut Vec<f32>, a: &mut Vec<f32>) {
        let rows = x.len() / self.inputs;
        let x = MatRef::new(x, rows, self.inputs);
        if let Frozen::Bf16(frozen) = self.frozen {
            return with_packs(|packs| self.forward_rounded(frozen, x, y, store, low_rank, a, packs));
        }
        let Frozen::F32(matrices) = &self.frozen else { return };
        let adapter = self.acting();
        let mut rest = Target::new(MatMut::new(y, rows, self.width));
        let mut sums = Vec::new();
        for matrix in matrices {
            let (dst, others) = rest.split_columns(matrix.rows());
            sums.push(Sum { dst, store, terms: vec![(x, matrix.t())] });
            rest = others;
        }
        let ranks = self.ranks();
        let low_rank = fit(low_rank, rows * ranks);
        if let Some(adapter) = adapter {
            let dst = Target::new(MatMut::new(low_rank, rows, ranks));
            sums.push(Sum { dst, store: Store::Set, terms: vec![(x, self.stack_a(adapter, a).t())] });
        }
        multiply_all(sums, self.threads);
        let Some(adapter) = adapter else { return };
        scale(low_rank, adapter.config.scale() as f32);
        let u = MatRef::new(low_rank, rows, ranks);
        let mut rest = Target::new(MatMut::new(y, rows, self.width));
        let (mut sums, mut column) = (Vec::new(), 0);
        for part in &self.parts {
            let (_, others) = rest.split_columns(part.outputs.start - column);
            let (dst, others) = others.split_columns(part.outputs.len());
            let terms = vec![(u.column_range(part.ranks.clone()), part.b(adapter).t())];
            sums.push(Sum { dst, store: Store::Add, terms });
            (rest, column) = (others, part.outputs.end);
        }
        multiply_all(sums, self.threads);
    }

    /// Adds the gradients of A and B to `gradient` and, if asked to, overwrites `dx` with the gradient of x.
    ///
    /// x (rows, inputs) and `low_rank` are those of forward; dy is (rows, outputs).
    pub(super) fn backward(
        &self,
        x: &[f32],
        dy: &[f32],
        low_rank: &[f32],
        mut dx: Option<&mut [f32]>,
        gradient: &mut [f32],
        buffers: &mut AdapterBuffers,
    ) {
        let rows = x.len() / self.inputs;
        let (x, dy) = (MatRef::new(x, rows, self.inputs), MatRef::new(dy, rows, self.width));
        if let Frozen::Bf16(frozen) = self.frozen {
            let du = &mut *buffers.d_low_rank;
            return with_packs(|packs| self.backward_rounded(frozen, x, dy, low_rank, dx, gradient, du, packs));
        }
        let Frozen::F32(matrices) = &self.frozen else { return };
        let mut sums = Vec::new();
        if let Some(dx) = dx.as_deref_mut() {
            let mut column = 0;
            let slopes_of = |matrix: &MatRef| {
                let columns = column..column + matrix.rows();
                column = columns.end;
                dy.column_range(columns)
            };
            let terms = matrices.iter().map(slopes_of).zip(matrices.iter().copied()).collect();
            sums.push(Sum { dst: Target::new(MatMut::new(dx, rows, self.inputs)), store: Store::Set, terms });
        }
        let Some(adapter) = self.acting() else { return multiply_all(sums, self.threads) };
        let ranks = self.ranks();
        let u = MatRef::new(low_rank, rows, ranks);
        let du = fit(buffers.d_low_rank, rows * ranks);
        let (mut du_rest, mut gradient_rest, mut passed) =
            (Target::new(MatMut::new(du, rows, ranks)), &mut *gradient, 0);
        for part in &self.parts {
            let dy = dy.column_range(part.outputs.clone());
            let (dst, others) = du_rest.split_columns(part.ranks.len());
            sums.push(Sum { dst, store: Store::Set, terms: vec![(dy, part.b(adapter))] });
            du_rest = others;
            // The projections of a group follow each other in an adapter's numbers.
            let (db, others) = gradient_rest[part.slot.b.start - passed..].split_at_mut(part.slot.b.len());
            let dst = Target::new(MatMut::new(db, part.outputs.len(), part.ranks.len()));
            sums.push(Sum { dst, store: Store::Add, terms: vec![(dy.t(), u.column_range(part.ranks.clone()))] });
            (gradient_rest, passed) = (others, part.slot.b.end);
        }
        multiply_all(sums, self.threads);
        scale(du, adapter.config.scale() as f32);
        let du = MatRef::new(du, rows, ranks);
        let da = fit(buffers.d_a, ranks * self.inputs);
        let dst = Target::new(MatMut::new(da, ranks, self.inputs));
        let mut sums = vec![Sum { dst, store: Store::Set, terms: vec![(du.t(), x)] }];
        if let Some(dx) = dx {
            let dst = Target::new(MatMut::new(dx, rows, self.inputs));
            sums.push(Sum { dst, store: Store::Add, terms: vec![(du, self.stack_a(adapter, buffers.a))] });
        }
        multiply_all(sums, self.threads);
        for part in &self.parts {
            let rows = part.ranks.start * self.inputs..part.ranks.end * self.inputs;
            add(&mut gradient[part.slot.a.clone()], &da[rows]);
        }
    }
}

/// Scratch of [`Linear::backward`].
pub(super) struct AdapterBuffers<'a> {
    pub(super) a: &'a mut Vec<f32>,
    pub(super) d_low_rank: &'a mut Vec<f32>,
    pub(super) d_a: &'a mut Vec<f32>,
}
