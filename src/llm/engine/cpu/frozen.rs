//! The frozen matrices as the CPU engine multiplies by them: in f32 as the model holds them, or rounded to bf16.

use super::kernels::bf16::{Panels, multiply};
use super::kernels::matrix::{MatMut, MatRef, Store};
use super::kernels::product;
use super::packs::with_packs;
use crate::llm::decoder::{BaseModel, Group, LayerWeights, Projection};
use rayon::prelude::*;

/// Matrices (out, in) with a common input, stacked one below the other.
#[derive(Clone, Debug)]
pub(super) enum Frozen<'a> {
    /// Each by itself.
    F32(Vec<MatRef<'a>>),
    /// All as one.
    Bf16(&'a BothWays),
}

impl Frozen<'_> {
    /// Overwrites y (rows, outputs) with x Wᵀ for x (rows, inputs), or adds x Wᵀ to y.
    pub(super) fn forward(&self, x: MatRef, y: &mut [f32], store: Store, threads: usize) {
        match self {
            Self::F32(parts) => {
                let width = parts.iter().map(MatRef::rows).sum();
                let mut column = 0;
                for part in parts {
                    let columns = column..column + part.rows();
                    column = columns.end;
                    let y = MatMut::new(y, x.rows(), width).column_range(columns);
                    product::multiply(y, store, x, part.t(), threads);
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
                    let columns = column..column + part.rows();
                    column = columns.end;
                    let dx = MatMut::new(dx, dy.rows(), part.columns());
                    product::multiply(dx, store, dy.column_range(columns), *part, threads);
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
    fn new(matrices: &[MatRef]) -> Self {
        let stacked: Vec<f32> = matrices.iter().flat_map(|matrix| matrix.slice()).copied().collect();
        let outputs: Vec<usize> = matrices.iter().map(MatRef::rows).collect();
        let stacked = MatRef::new(&stacked, outputs.iter().sum(), matrices[0].columns());
        Self { down: Panels::new(&[stacked.t()]), up: Panels::new(matrices), outputs }
    }
}

impl Bf16Weights {
    /// Rounds the matrices of `model`.
    pub(super) fn new(model: &BaseModel) -> Self {
        let group = |layer: &LayerWeights, group: Group| {
            let matrix = |&part: &Projection| {
                let (rows, columns) = model.config.shape(part);
                MatRef::new(&layer.projections[part as usize], rows, columns)
            };
            BothWays::new(&group.projections().iter().map(matrix).collect::<Vec<_>>())
        };
        let layers = model.layers.par_iter().map(|layer| Group::ALL.map(|g| group(layer, g))).collect();
        let output = BothWays::new(&[MatRef::new(model.output_matrix(), model.config.vocab, model.config.hidden)]);
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
