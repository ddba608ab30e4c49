//! Projections that share their input, with their adapters: y = x Wᵀ + scale · (x Aᵀ) Bᵀ, forward and backward, in f32
//! in [`plain`] and in bf16 in [`rounded`].

mod plain;
mod rounded;

use super::frozen::Frozen;
use super::kernels::matrix::{MatRef, Store};
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
        match &self.frozen {
            Frozen::F32(weights) => self.forward_plain(weights, x, y, store, low_rank, a),
            Frozen::Bf16(frozen) => {
                with_packs(|packs| self.forward_rounded(frozen, x, y, store, low_rank, a, packs));
            }
        }
    }

    /// Adds the gradients of A and B to `gradient` and, if asked to, overwrites `dx` with the gradient of x.
    ///
    /// x (rows, inputs) and `low_rank` are those of forward; dy is (rows, outputs).
    pub(super) fn backward(
        &self,
        x: &[f32],
        dy: &[f32],
        low_rank: &[f32],
        dx: Option<&mut [f32]>,
        gradient: &mut [f32],
        buffers: &mut AdapterBuffers,
    ) {
        let rows = x.len() / self.inputs;
        let (x, dy) = (MatRef::new(x, rows, self.inputs), MatRef::new(dy, rows, self.width));
        match &self.frozen {
            Frozen::F32(weights) => self.backward_plain(weights, x, dy, low_rank, dx, gradient, buffers),
            Frozen::Bf16(frozen) => {
                let du = &mut *buffers.d_low_rank;
                with_packs(|packs| self.backward_rounded(frozen, x, dy, low_rank, dx, gradient, du, packs));
            }
        }
    }
}

/// Scratch of [`Linear::backward`].
pub(super) struct AdapterBuffers<'a> {
    pub(super) a: &'a mut Vec<f32>,
    pub(super) d_low_rank: &'a mut Vec<f32>,
    pub(super) d_a: &'a mut Vec<f32>,
}
