//! The adapters of a batch's agents as grouped low-rank matrices, and projections with them: y = x Wᵀ + scale · (x Aᵀ)
//! Bᵀ.

use super::ops::product;
use crate::llm::decoder::DecoderConfig;
use crate::llm::decoder::Projection;
use crate::llm::lora::Adapter;
use candle_core::{DType, Device, Result, Tensor};

/// One matrix's A (agents, rank, in) and B (agents, out, rank).
#[derive(Clone, Debug)]
struct Slot {
    layer: usize,
    projection: Projection,
    a: Tensor,
    b: Tensor,
}

/// The adapters of all agents of a batch, which share one shape.
#[derive(Debug)]
pub(super) struct Adapters {
    scale: f64,
    slots: Vec<Slot>,
}

/// ∂loss/∂A and ∂loss/∂B of every slot.
pub(super) type SlotGradients = Vec<Option<(Tensor, Tensor)>>;

/// A projection's frozen matrix (out, in) and, where an adapter acts, its slot.
pub(super) struct Linear<'a> {
    weight: &'a Tensor,
    slot: Option<(usize, &'a Slot)>,
    scale: f64,
}

impl Adapters {
    /// Copies the adapters to the device, in one transfer.
    pub(super) fn new(adapters: &[&Adapter], config: &DecoderConfig, device: &Device) -> Result<Self> {
        let (first, agents) = (adapters[0], adapters.len());
        let params: Vec<f32> = adapters.iter().flat_map(|adapter| adapter.params.iter().copied()).collect();
        let params = Tensor::from_vec(params, (agents, first.params.len()), device)?;
        let rank = first.config.rank;
        let slots = first.slots.iter().map(|slot| {
            let (rows, columns) = config.shape(slot.projection);
            let piece = |range: &std::ops::Range<usize>, shape: (usize, usize)| {
                params.narrow(1, range.start, range.len())?.contiguous()?.reshape((agents, shape.0, shape.1))
            };
            let (a, b) = (piece(&slot.a, (rank, columns))?, piece(&slot.b, (rows, rank))?);
            Ok(Slot { layer: slot.layer, projection: slot.projection, a, b })
        });
        Ok(Self { scale: first.config.scale(), slots: slots.collect::<Result<_>>()? })
    }

    /// No gradients yet.
    pub(super) fn no_gradients(&self) -> SlotGradients {
        vec![None; self.slots.len()]
    }

    /// The lowest layer with an adapter.
    pub(super) fn lowest(&self) -> Option<usize> {
        self.slots.iter().map(|slot| slot.layer).min()
    }

    /// Gradients laid out like the agents' parameters, (agents, parameters).
    pub(super) fn flatten(&self, gradients: SlotGradients) -> Result<Vec<Vec<f32>>> {
        let mut pieces = Vec::new();
        for (slot, gradient) in self.slots.iter().zip(gradients) {
            let (a, b) = match gradient {
                Some(pair) => pair,
                None => (slot.a.zeros_like()?, slot.b.zeros_like()?),
            };
            pieces.push(a.flatten_from(1)?);
            pieces.push(b.flatten_from(1)?);
        }
        Tensor::cat(&pieces, 1)?.to_vec2()
    }

    fn slot(&self, layer: usize, projection: Projection) -> Option<(usize, &Slot)> {
        self.slots.iter().enumerate().find(|(_, slot)| slot.layer == layer && slot.projection == projection)
    }
}

impl<'a> Linear<'a> {
    pub(super) fn new(
        weight: &'a Tensor,
        adapters: Option<&'a Adapters>,
        layer: usize,
        projection: Projection,
    ) -> Self {
        let slot = adapters.and_then(|adapters| adapters.slot(layer, projection));
        Self { weight, slot, scale: adapters.map_or(1.0, |adapters| adapters.scale) }
    }

    pub(super) fn is_adapted(&self) -> bool {
        self.slot.is_some()
    }

    /// y (agents, rows, out) of x (agents, rows, in), and x Aᵀ where an adapter acts.
    pub(super) fn forward(&self, x: &Tensor) -> Result<(Tensor, Option<Tensor>)> {
        let y = base_product(x, &self.weight.t()?)?;
        let Some((_, slot)) = self.slot else { return Ok((y, None)) };
        let u = product(x, &slot.a.t()?)?;
        let y = (y + (product(&u, &slot.b.t()?)? * self.scale)?)?;
        Ok((y, Some(u)))
    }

    /// ∂loss/∂x given ∂loss/∂y, if it is `wanted`; also stores the slot's gradients.
    pub(super) fn backward(
        &self,
        x: &Tensor,
        u: Option<&Tensor>,
        dy: &Tensor,
        wanted: bool,
        gradients: &mut SlotGradients,
    ) -> Result<Option<Tensor>> {
        let dx = if wanted { Some(base_product(dy, self.weight)?) } else { None };
        let (Some((index, slot)), Some(u)) = (self.slot, u) else { return Ok(dx) };
        let du = (product(dy, &slot.b)? * self.scale)?;
        let db = (product(&dy.t()?, u)? * self.scale)?;
        let da = product(&du.t()?, x)?;
        gradients[index] = Some((da, db));
        dx.map(|dx| dx + product(&du, &slot.a)?).transpose()
    }
}

/// x (agents, rows, k) times one frozen matrix (k, n), all rows at once, in the matrix's precision; the result is f32.
pub(super) fn base_product(x: &Tensor, matrix: &Tensor) -> Result<Tensor> {
    let (agents, rows, width) = x.dims3()?;
    let flat = x.contiguous()?.reshape((agents * rows, width))?.to_dtype(matrix.dtype())?;
    product(&flat, matrix)?.to_dtype(DType::F32)?.reshape((agents, rows, matrix.dim(1)?))
}
