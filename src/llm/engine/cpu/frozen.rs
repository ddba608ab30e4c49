//! The frozen matrices as the CPU engine multiplies by them: in f32 as the model holds them, or rounded to bf16.

use super::kernels::bf16::{Panels, multiply};
use super::kernels::matrix::{MatMut, MatRef, Store};
use super::kernels::product::{self, Right};
use super::packs::with_packs;
use crate::llm::decoder::{BaseModel, Group, LayerWeights};
use crate::llm::weight::Weight;
use rayon::prelude::*;

/// Matrices (out, in) with a common input, stacked one below the other.
#[derive(Clone, Debug)]
pub(super) enum Frozen<'a> {
    /// Each by itself.
    F32(Vec<&'a Weight>),
    /// All as one.
    Bf16(&'a BothWays),
}

impl Frozen<'_> {
    /// Overwrites y (rows, outputs) with x Wᵀ for x (rows, inputs), or adds x Wᵀ to y.
    pub(super) fn forward(&self, x: MatRef, y: &mut [f32], store: Store, threads: usize) {
        match self {
            Self::F32(parts) => {
                let width = parts.iter().map(|part| part.outputs()).sum();
                let mut column = 0;
                for part in parts {
                    let columns = column..column + part.outputs();
                    column = columns.end;
                    let y = MatMut::new(y, x.rows(), width).column_range(columns);
                    product::multiply(y, store, x, Right::Forward(part), threads);
                }
            }
            Self::Bf16(both) => with_packs(|packs| {
                packs.left.fill(x, &[x.columns()], threads);
                let y = MatMut::new(y, x.rows(), both.down.columns());
                multiply(y, store, packs.left.all(), &both.down, threads);
            }),
        }
    }

    /// Overwrites dx (rows, inputs) with dy W for dy (rows, outputs).
    pub(super) fn backward(&self, dy: MatRef, dx: &mut [f32], threads: usize) {
        match self {
            Self::F32(parts) => {
                let mut column = 0;
                for part in parts {
                    let store = if column == 0 { Store::Set } else { Store::Add };
                    let columns = column..column + part.outputs();
                    column = columns.end;
                    let dx = MatMut::new(dx, dy.rows(), part.inputs());
                    product::multiply(dx, store, dy.column_range(columns), Right::Backward(part), threads);
                }
            }
            Self::Bf16(both) => with_packs(|packs| {
                packs.left.fill(dy, &both.outputs, threads);
                let dx = MatMut::new(dx, dy.rows(), both.up.columns());
                multiply(dx, Store::Set, packs.left.all(), &both.up, threads);
            }),
        }
    }
}

/// All matrices of a model in bf16.
#[derive(Clone, Debug)]
pub(super) struct Bf16Weights {
    /// In each layer, one for each of [`Group::ALL`].
    layers: Vec<[BothWays; 4]>,
    output: BothWays,
}

/// Matrices (out, in) with a common input, laid out for either direction.
#[derive(Clone, Debug)]
pub(super) struct BothWays {
    /// From inputs to outputs, forward.
    pub down: Panels,
    /// From outputs to inputs, backward: a part for each matrix.
    pub up: Panels,
    /// How many outputs each matrix has.
    pub outputs: Vec<usize>,
}

impl BothWays {
    fn new(weights: &[&Weight]) -> Self {
        let inputs = weights[0].inputs();
        let stacked: Vec<f32> =
            weights.iter().flat_map(|weight| (0..weight.outputs()).flat_map(|output| weight.row(output))).collect();
        let outputs: Vec<usize> = weights.iter().map(|weight| weight.outputs()).collect();
        let mut row = 0;
        let part = |&outputs: &usize| {
            let numbers = &stacked[row * inputs..];
            row += outputs;
            MatRef::new(numbers, outputs, inputs)
        };
        let up = Panels::new(&outputs.iter().map(part).collect::<Vec<_>>());
        let stacked = MatRef::new(&stacked, outputs.iter().sum(), inputs);
        Self { down: Panels::new(&[stacked.t()]), up, outputs }
    }
}

impl Bf16Weights {
    /// Rounds the matrices of `model`.
    pub(super) fn new(model: &BaseModel) -> Self {
        let group = |layer: &LayerWeights, group: Group| {
            let weights = group.projections().iter().map(|&part| &layer.projections[part as usize]);
            BothWays::new(&weights.collect::<Vec<_>>())
        };
        let layers = model.layers.par_iter().map(|layer| Group::ALL.map(|g| group(layer, g))).collect();
        let output = BothWays::new(&[model.output_matrix()]);
        Self { layers, output }
    }

    /// The matrices of a group.
    pub(super) fn group(&self, layer: usize, group: Group) -> Frozen<'_> {
        Frozen::Bf16(&self.layers[layer][group as usize])
    }

    /// The matrix of logits.
    pub(super) fn output(&self) -> Frozen<'_> {
        Frozen::Bf16(&self.output)
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        self.layers.iter().flatten().chain([&self.output]).map(|both| both.down.bytes() + both.up.bytes()).sum()
    }
}
