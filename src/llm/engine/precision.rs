//! Number formats of the frozen weights.

use crate::llm::engine::cpu::kernels::bf16::Unit;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Number format of products with the base model's weights. Adapters are kept in f32 in either case, and so are
/// activations between products and gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits: processors and devices agree up to rounding.
    #[default]
    F32,
    /// 16 bits, with 8 bits of precision: products round both factors to this format and add up in f32. On a CPU these
    /// are all products of a pass but the adapter's own step; on a GPU those with frozen matrices. On a GPU half the
    /// memory and several times the speed; on processors with AMX or AVX512-BF16 several times the products per cycle,
    /// with a second copy of the weights in memory.
    Bf16,
}

impl Precision {
    /// The word that names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }

    /// This format if the processor multiplies it, else f32.
    pub fn on_this_cpu(self) -> Self {
        self.on_cpu(Unit::of_this_cpu() != Unit::Portable)
    }

    /// Like [`Precision::on_this_cpu`], for a processor that does or does not multiply bf16.
    fn on_cpu(self, has_bf16: bool) -> Self {
        if has_bf16 { self } else { Self::F32 }
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::F32, Self::Bf16];
        all.into_iter().find(|precision| precision.name() == text).ok_or_else(|| "expected f32 or bf16".to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::processor_has;

    #[test]
    fn precisions_are_read_and_others_refused() {
        assert_eq!("bf16".parse(), Ok(Precision::Bf16));
        assert_eq!(Precision::F32.name().parse(), Ok(Precision::F32));
        assert!("f16".parse::<Precision>().is_err());
    }

    #[test]
    fn f32_is_what_every_cpu_has() {
        let on = |precision: Precision| [false, true].map(|has| precision.on_cpu(has));
        assert_eq!(on(Precision::F32), [Precision::F32; 2]);
        assert_eq!(on(Precision::Bf16), [Precision::F32, Precision::Bf16]);
    }

    #[test]
    fn bf16_is_taken_where_the_system_lists_it() {
        // Only Linux lists what the processor has.
        if cfg!(target_os = "linux") {
            let expected = if processor_has("avx512_bf16") { Precision::Bf16 } else { Precision::F32 };
            assert_eq!(Precision::Bf16.on_this_cpu(), expected);
        }
    }
}
