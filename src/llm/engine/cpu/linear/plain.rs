//! The products of a group in f32. Those that do not depend on each other are computed at once, so that threads meet
//! twice in each direction.

use super::{AdapterBuffers, Linear};
use crate::llm::engine::cpu::kernels::matrix::{MatMut, MatRef, Store};
use crate::llm::engine::cpu::kernels::product::{Right, Sum, multiply_all};
use crate::llm::engine::cpu::kernels::rows::{add, scale};
use crate::llm::engine::cpu::kernels::target::Target;
use crate::llm::engine::cpu::workspace::fit;
use crate::llm::weight::Weight;

impl Linear<'_> {
    /// [`Linear::forward`] in f32.
    pub(super) fn forward_plain(
        &self,
        weights: &[&Weight],
        x: MatRef,
        y: &mut [f32],
        store: Store,
        low_rank: &mut Vec<f32>,
        a: &mut Vec<f32>,
    ) {
        let rows = x.rows();
        let adapter = self.acting();
        let mut rest = Target::new(MatMut::new(y, rows, self.width));
        let mut sums = Vec::new();
        for weight in weights {
            let (dst, others) = rest.split_columns(weight.outputs());
            sums.push(Sum { dst, store, terms: vec![(x, Right::Forward(weight))] });
            rest = others;
        }
        let ranks = self.ranks();
        let low_rank = fit(low_rank, rows * ranks);
        if let Some(adapter) = adapter {
            let dst = Target::new(MatMut::new(low_rank, rows, ranks));
            sums.push(Sum { dst, store: Store::Set, terms: vec![(x, self.stack_a(adapter, a).t().into())] });
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
            let terms = vec![(u.column_range(part.ranks.clone()), part.b(adapter).t().into())];
            sums.push(Sum { dst, store: Store::Add, terms });
            (rest, column) = (others, part.outputs.end);
        }
        multiply_all(sums, self.threads);
    }

    /// [`Linear::backward`] in f32.
    #[expect(clippy::too_many_arguments, reason = "those of the two backwards")]
    pub(super) fn backward_plain(
        &self,
        weights: &[&Weight],
        x: MatRef,
        dy: MatRef,
        low_rank: &[f32],
        mut dx: Option<&mut [f32]>,
        gradient: &mut [f32],
        buffers: &mut AdapterBuffers,
    ) {
        let rows = x.rows();
        let mut sums = Vec::new();
        if let Some(dx) = dx.as_deref_mut() {
            let mut column = 0;
            let terms = weights.iter().map(|weight| {
                let columns = column..column + weight.outputs();
                column = columns.end;
                (dy.column_range(columns), Right::Backward(weight))
            });
            let terms = terms.collect();
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
            sums.push(Sum { dst, store: Store::Set, terms: vec![(dy, part.b(adapter).into())] });
            du_rest = others;
            // The projections of a group follow each other in an adapter's numbers.
            let (db, others) = gradient_rest[part.slot.b.start - passed..].split_at_mut(part.slot.b.len());
            let dst = Target::new(MatMut::new(db, part.outputs.len(), part.ranks.len()));
            sums.push(Sum { dst, store: Store::Add, terms: vec![(dy.t(), u.column_range(part.ranks.clone()).into())] });
            (gradient_rest, passed) = (others, part.slot.b.end);
        }
        multiply_all(sums, self.threads);
        scale(du, adapter.config.scale() as f32);
        let du = MatRef::new(du, rows, ranks);
        let da = fit(buffers.d_a, ranks * self.inputs);
        let dst = Target::new(MatMut::new(da, ranks, self.inputs));
        let mut sums = vec![Sum { dst, store: Store::Set, terms: vec![(du.t(), x.into())] }];
        if let Some(dx) = dx {
            let dst = Target::new(MatMut::new(dx, rows, self.inputs));
            sums.push(Sum { dst, store: Store::Add, terms: vec![(du, self.stack_a(adapter, buffers.a).into())] });
        }
        multiply_all(sums, self.threads);
        for part in &self.parts {
            let rows = part.ranks.start * self.inputs..part.ranks.end * self.inputs;
            add(&mut gradient[part.slot.a.clone()], &da[rows]);
        }
    }
}
