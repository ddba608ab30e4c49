//! Low-rank adapters (Hu et al. 2021) with PEFT's conventions: W x + scale · B (A x), A drawn, B zero.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The linear layers of a decoder block that an adapter may act on, named as checkpoints name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Projection {
    QProj,
    KProj,
    VProj,
    OProj,
    GateProj,
    UpProj,
    DownProj,
}

impl Projection {
    /// All of them, in checkpoint order.
    pub const ALL: [Projection; 7] =
        [Self::QProj, Self::KProj, Self::VProj, Self::OProj, Self::GateProj, Self::UpProj, Self::DownProj];
}

/// Shape of a low-rank adapter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoraConfig {
    /// Rank r of A and B.
    pub rank: usize,
    /// Numerator of the scale: alpha / rank, or alpha / √rank with `rslora`.
    pub alpha: f64,
    /// Scale by √rank instead of rank (Kalajdzievski 2023).
    pub rslora: bool,
    /// The layers it acts on.
    pub targets: Vec<Projection>,
}

impl LoraConfig {
    /// The factor in front of B A x.
    pub fn scale(&self) -> f64 {
        let rank = self.rank as f64;
        if self.rslora { self.alpha / rank.sqrt() } else { self.alpha / rank }
    }
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self { rank: 8, alpha: 16.0, rslora: false, targets: Projection::ALL.to_vec() }
    }
}
