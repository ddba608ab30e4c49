//! The products of a group in bf16: a factor is rounded when it is laid out, and laid out once for all products that
//! it takes part in. Adapters are kept and changed in f32.

use super::Linear;
use crate::llm::engine::cpu::frozen::BothWays;
use crate::llm::engine::cpu::kernels::bf16::multiply;
use crate::llm::engine::cpu::kernels::matrix::{MatMut, MatRef, Store};
use crate::llm::engine::cpu::kernels::rows::{add_transposed, scale};
use crate::llm::engine::cpu::packs::Packs;
use crate::llm::engine::cpu::workspace::fit;

impl Linear<'_> {
    /// [`Linear::forward`] in bf16.
    #[expect(clippy::too_many_arguments, reason = "those of the two forwards, and what they share")]
    pub(super) fn forward_rounded(
        &self,
        frozen: &BothWays,
        x: MatRef,
        y: &mut [f32],
        store: Store,
        low_rank: &mut Vec<f32>,
        a: &mut Vec<f32>,
        packs: &mut Packs,
    ) {
        let (rows, threads) = (x.rows(), self.threads);
        let Packs { left, narrow, right, .. } = packs;
        left.fill(x, &[self.inputs], threads);
        multiply(MatMut::new(y, rows, self.width), store, left.all(), &frozen.down, threads);
        let Some(adapter) = self.acting() else { return };
        let ranks = self.ranks();
        let u = fit(low_rank, rows * ranks);
        right.fill(&[self.stack_a(adapter, a).t()], threads);
        multiply(MatMut::new(u, rows, ranks), Store::Set, left.all(), right, threads);
        scale(u, adapter.config.scale() as f32);
        narrow.fill(MatRef::new(u, rows, ranks), &self.rank_lengths(), threads);
        for (i, part) in self.parts.iter().enumerate() {
            right.fill(&[part.b(adapter).t()], threads);
            let y = MatMut::new(y, rows, self.width).column_range(part.outputs.clone());
            multiply(y, Store::Add, narrow.part(i), right, threads);
        }
    }

    /// [`Linear::backward`] in bf16.
    #[expect(clippy::too_many_arguments, reason = "those of the two backwards, and what they share")]
    pub(super) fn backward_rounded(
        &self,
        frozen: &BothWays,
        x: MatRef,
        dy: MatRef,
        low_rank: &[f32],
        mut dx: Option<&mut [f32]>,
        gradient: &mut [f32],
        du: &mut Vec<f32>,
        packs: &mut Packs,
    ) {
        let (rows, inputs, threads) = (x.rows(), self.inputs, self.threads);
        let Packs { left, narrow, right, product } = packs;
        left.fill(dy, &frozen.outputs, threads);
        if let Some(dx) = dx.as_deref_mut() {
            multiply(MatMut::new(dx, rows, inputs), Store::Set, left.all(), &frozen.up, threads);
        }
        let Some(adapter) = self.acting() else { return };
        let ranks = self.ranks();
        let u = MatRef::new(low_rank, rows, ranks);
        let du = fit(du, rows * ranks);
        for part in &self.parts {
            right.fill(&[part.b(adapter)], threads);
            let du = MatMut::new(du, rows, ranks).column_range(part.ranks.clone());
            multiply(du, Store::Set, left.part(part.index), right, threads);
            // The gradient of B as uᵀ dy, because neither factor is then turned but the narrow one.
            let (rank, outputs) = (part.ranks.len(), part.outputs.len());
            narrow.fill(u.column_range(part.ranks.clone()).t(), &[rows], threads);
            right.fill(&[dy.column_range(part.outputs.clone())], threads);
            let product = fit(product, rank * outputs);
            multiply(MatMut::new(product, rank, outputs), Store::Set, narrow.all(), right, threads);
            add_transposed(&mut gradient[part.slot.b.clone()], rank, product);
        }
        scale(du, adapter.config.scale() as f32);
        let du = MatRef::new(du, rows, ranks);
        right.fill(&[x], threads);
        for part in &self.parts {
            narrow.fill(du.column_range(part.ranks.clone()).t(), &[rows], threads);
            let da = MatMut::new(&mut gradient[part.slot.a.clone()], part.ranks.len(), inputs);
            multiply(da, Store::Add, narrow.all(), right, threads);
        }
        if let Some(dx) = dx {
            narrow.fill(du, &self.rank_lengths(), threads);
            right.fill(&self.parts.iter().map(|part| part.a(adapter)).collect::<Vec<_>>(), threads);
            multiply(MatMut::new(dx, rows, inputs), Store::Add, narrow.all(), right, threads);
        }
    }

    /// How many columns of the low-rank rows belong to each adapted projection.
    fn rank_lengths(&self) -> Vec<usize> {
        self.parts.iter().map(|part| part.ranks.len()).collect()
    }
}
