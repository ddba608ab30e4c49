//! From named tensors to a [`BaseModel`]: which tensors a family has, and that each has the right shape.

use crate::llm::decoder::Projection;
use crate::llm::decoder::{BaseModel, DecoderConfig, LayerWeights};
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::weight::Weight;

/// A file or set of files that hands out f32 tensors by the part they play.
pub(crate) trait TensorSource {
    /// The name that this source gives to `part`.
    fn name(&self, part: Part) -> String;
    /// Row-major values of `part`, which must have `shape`. Norm weights include the 1 that some families' files leave
    /// out; q and k suit half rotation.
    fn take(&mut self, part: Part, shape: &[usize]) -> Result<Vec<f32>, ModelError>;
}

/// What is wrong with the values of the tensor called `name`, if one is not a finite number: it would spread to
/// everything the model says.
pub(crate) fn not_finite(name: &str, values: &[f32]) -> Option<String> {
    let place = values.iter().position(|value| !value.is_finite())?;
    Some(format!(
        "tensor {name} holds {} (value {place} of {}), expected finite numbers; the file is damaged, or its training went \
         wrong: take another",
        values[place],
        values.len()
    ))
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Embedding,
    FinalNorm,
    LmHead,
    AttentionNorm(usize),
    MlpNorm(usize),
    AttentionPostNorm(usize),
    MlpPostNorm(usize),
    QNorm(usize),
    KNorm(usize),
    Bias(usize, Projection),
    Weight(usize, Projection),
}

impl Part {
    /// Whether this is the weight of an RMSNorm.
    pub(crate) fn is_norm(self) -> bool {
        !matches!(self, Self::Embedding | Self::LmHead | Self::Bias(..) | Self::Weight(..))
    }
}

/// Reads a whole model from `source`.
pub(crate) fn assemble(
    family: Family,
    config: DecoderConfig,
    tied: bool,
    source: &mut impl TensorSource,
) -> Result<BaseModel, ModelError> {
    let table = |source: &mut _, part| matrix(source, part, config.vocab, config.hidden);
    let embedding = table(source, Part::Embedding)?;
    let layers = (0..config.layers()).map(|i| layer(family, &config, i, source)).collect::<Result<_, _>>()?;
    let final_norm = source.take(Part::FinalNorm, &[config.hidden])?;
    let lm_head = if tied { None } else { Some(table(source, Part::LmHead)?) };
    Ok(BaseModel { config, embedding, layers, final_norm, lm_head })
}

fn matrix(source: &mut impl TensorSource, part: Part, outputs: usize, inputs: usize) -> Result<Weight, ModelError> {
    Ok(Weight::new(source.take(part, &[outputs, inputs])?, outputs, inputs))
}

fn layer(
    family: Family,
    config: &DecoderConfig,
    i: usize,
    source: &mut impl TensorSource,
) -> Result<LayerWeights, ModelError> {
    let rules = family.rules();
    let mut vector = |part: Part, present: bool, len: usize| {
        if present { source.take(part, &[len]).map(Some) } else { Ok(None) }
    };
    let attention_post_norm = vector(Part::AttentionPostNorm(i), rules.post_norms, config.hidden)?;
    let mlp_post_norm = vector(Part::MlpPostNorm(i), rules.post_norms, config.hidden)?;
    let q_norm = vector(Part::QNorm(i), rules.qk_norm, config.head_dim)?;
    let k_norm = vector(Part::KNorm(i), rules.qk_norm, config.head_dim)?;
    let mut bias = |projection| source.take(Part::Bias(i, projection), &[config.shape(projection).0]);
    let qkv_bias = if rules.qkv_bias {
        Some([bias(Projection::QProj)?, bias(Projection::KProj)?, bias(Projection::VProj)?])
    } else {
        None
    };
    let [q, k, v, o, gate, up, down] = Projection::ALL.map(|projection| {
        let (outputs, inputs) = config.shape(projection);
        matrix(source, Part::Weight(i, projection), outputs, inputs)
    });
    let projections = [q?, k?, v?, o?, gate?, up?, down?];
    Ok(LayerWeights {
        attention_norm: source.take(Part::AttentionNorm(i), &[config.hidden])?,
        mlp_norm: source.take(Part::MlpNorm(i), &[config.hidden])?,
        attention_post_norm,
        mlp_post_norm,
        q_norm,
        k_norm,
        qkv_bias,
        projections,
    })
}
