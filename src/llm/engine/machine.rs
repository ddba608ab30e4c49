//! Where the base model runs: what was asked for, what answers, and the engine for it.

use super::budget::plan::MemoryPlan;
use super::device::{DeviceEngine, DeviceError};
use super::precision::Precision;
use super::{Engine, Keep};
use crate::llm::decoder::BaseModel;
use crate::llm::engine::budget::pass::ModelShape;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::kernels::bf16::Unit;
use crate::llm::engine::cpu::kernels::machine::instructions;
use candle_core::Device;
use rayon::ThreadPool;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Products in f32 as chains of fused multiply-adds, which no processor computes differently.
pub const FUSED: &str = "fma";

/// The device that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The GPU of this number, which is 0 unless several processes share a machine, if this build can use one and it
    /// answers; else the CPU.
    Auto(usize),
    /// The CPU.
    #[default]
    Cpu,
    /// This GPU and nothing else.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ordinal = match text {
            "auto" => return Ok(Self::Auto(0)),
            "cpu" => return Ok(Self::Cpu),
            "cuda" => Some(0),
            _ => text.strip_prefix("cuda:").and_then(|number| number.parse().ok()),
        };
        ordinal.map(Self::Cuda).ok_or_else(|| "expected auto, cpu or cuda:N".to_string())
    }
}

impl DeviceChoice {
    /// What the process of this `number` among those on one machine is to open: each has a GPU of its own.
    pub fn of_process(self, number: usize) -> Self {
        match self {
            Self::Auto(first) => Self::Auto(first + number),
            Self::Cpu => Self::Cpu,
            Self::Cuda(first) => Self::Cuda(first + number),
        }
    }
}

/// The device that answers.
#[derive(Clone, Debug)]
pub enum Backend {
    /// The CPU engine.
    Cpu {
        /// Number format of the frozen weights.
        precision: Precision,
    },
    /// A device of candle's.
    Device {
        /// As `--device` names it.
        name: String,
        /// Its handle.
        device: Device,
        /// Number format of the frozen weights.
        precision: Precision,
        /// Bytes that activations may take; `None`: a share of what is free.
        memory: Option<u64>,
    },
}

impl Default for Backend {
    fn default() -> Self {
        Self::Cpu { precision: Precision::F32 }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.precision() {
            Precision::F32 => Ok(()),
            Precision::Bf16 => f.write_str(", bf16"),
        }
    }
}

impl Backend {
    /// Opens the device that was asked for. On the CPU, a format that the processor does not multiply is replaced by
    /// f32; see [`Backend::precision`].
    pub fn open(choice: DeviceChoice, precision: Precision, memory: Option<u64>) -> Result<Self, DeviceError> {
        let found = match choice {
            DeviceChoice::Cpu => None,
            DeviceChoice::Auto(ordinal) => DeviceEngine::cuda(ordinal).ok().map(|device| (ordinal, device)),
            DeviceChoice::Cuda(ordinal) => Some((ordinal, DeviceEngine::cuda(ordinal)?)),
        };
        Ok(match found {
            Some((ordinal, device)) => Self::Device { name: format!("cuda:{ordinal}"), device, precision, memory },
            None => Self::Cpu { precision: precision.on_this_cpu() },
        })
    }

    /// As `--device` names it.
    pub fn name(&self) -> &str {
        match self {
            Self::Cpu { .. } => "cpu",
            Self::Device { name, .. } => name,
        }
    }

    /// Whether this is the CPU.
    pub fn is_cpu(&self) -> bool {
        matches!(self, Self::Cpu { .. })
    }

    /// Number format of the frozen weights.
    pub fn precision(&self) -> Precision {
        match self {
            Self::Cpu { precision } | Self::Device { precision, .. } => *precision,
        }
    }

    /// What decides the last digits of a run's products, where the CPU computes them: results are the same to the byte
    /// on all processors that have the same. In f32 it is [`FUSED`], the same on every processor; products in bf16 and
    /// those of frozen players depend on the instruction set. `None` if a device computes.
    pub fn arithmetic(&self, frozen_players: bool) -> Option<&'static str> {
        match self {
            Self::Cpu { precision: Precision::F32 } if !frozen_players => Some(FUSED),
            _ => self.instructions(),
        }
    }

    /// The instruction set that products with the base model's matrices use, where the CPU runs it. `None` if a device
    /// runs it.
    pub fn instructions(&self) -> Option<&'static str> {
        match self {
            Self::Cpu { precision: Precision::Bf16 } => Some(Unit::of_this_cpu().name()),
            Self::Cpu { .. } => Some(instructions()),
            Self::Device { .. } => None,
        }
    }

    /// An engine over `model` on this device, with the workers of `pool`; on the CPU, every learner keeps its pass
    /// until another plan is set.
    pub fn engine(&self, model: &Arc<BaseModel>, pool: ThreadPool) -> Result<Engine, DeviceError> {
        match self {
            Self::Cpu { precision } => {
                let engine = pool.install(|| CpuEngine::with_precision(model.clone(), *precision));
                Ok(Engine::on_cpu(engine, pool, MemoryPlan::Together(Keep::Everything)))
            }
            Self::Device { device, precision, memory, .. } => {
                let engine = DeviceEngine::new(model.clone(), device.clone(), *precision, *memory)?;
                Ok(Engine::on_device(engine, pool))
            }
        }
    }

    /// About how many bytes of memory the CPU's engine holds besides the model.
    pub fn extra_bytes(&self, shape: &ModelShape) -> u64 {
        match self {
            // Both directions, half the bytes each.
            Self::Cpu { precision: Precision::Bf16 } => shape.weight_bytes(),
            Self::Cpu { precision: Precision::F32 } | Self::Device { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_and_others_refused() {
        let read = |text: &str| text.parse::<DeviceChoice>();
        assert_eq!((read("auto"), read("cpu")), (Ok(DeviceChoice::Auto(0)), Ok(DeviceChoice::Cpu)));
        assert_eq!((read("cuda"), read("cuda:3")), (Ok(DeviceChoice::Cuda(0)), Ok(DeviceChoice::Cuda(3))));
        for wrong in ["gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let of_third = [DeviceChoice::Auto(0), DeviceChoice::Cpu, DeviceChoice::Cuda(1)].map(|own| own.of_process(2));
        assert_eq!(of_third, [DeviceChoice::Auto(2), DeviceChoice::Cpu, DeviceChoice::Cuda(3)]);
    }

    #[test]
    fn the_cpu_needs_nothing_and_computes_in_what_it_has() {
        let f32 = Backend::open(DeviceChoice::Cpu, Precision::F32, None).unwrap();
        assert_eq!((f32.to_string(), f32.precision()), ("cpu".to_string(), Precision::F32));
        let bf16 = Backend::open(DeviceChoice::Cpu, Precision::Bf16, None).unwrap();
        assert_eq!(bf16.precision(), Precision::Bf16.on_this_cpu());
        assert_eq!(Backend::Cpu { precision: Precision::Bf16 }.to_string(), "cpu, bf16");
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn without_cuda_auto_is_the_cpu_and_a_card_is_refused() {
        assert_eq!(Backend::open(DeviceChoice::Auto(0), Precision::F32, None).unwrap().name(), "cpu");
        let error = Backend::open(DeviceChoice::Cuda(1), Precision::F32, None).unwrap_err();
        assert!(error.to_string().contains("--features cuda"), "{error}");
    }
}
