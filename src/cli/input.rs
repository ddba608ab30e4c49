//! What several commands take: where to compute, and how to print.

use crate::host::parse_gibibytes;
use crate::llm::engine::machine::DeviceChoice;
use crate::llm::engine::precision::Precision;
use clap::{Args, ValueEnum};

/// Where to compute.
#[derive(Clone, Debug, Args)]
pub struct MachineArgs {
    /// auto, cpu or cuda:N; auto is cuda:0 where this build can use it and it answers, else cpu. Of several processes
    /// that play a run together, each on a machine takes the next GPU.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// f32 or bf16: number format of products, on a GPU or a CPU with AMX or AVX512-BF16 (elsewhere f32).
    #[arg(long, default_value = "f32", value_name = "FORMAT")]
    pub precision: Precision,
    /// Memory that activations may take on a GPU. Default: a share of what is free.
    #[arg(long, value_name = "GIB", value_parser = parse_gibibytes)]
    pub device_memory: Option<u64>,
    /// Worker threads; results do not depend on it. Default: one per core, shared by the processes on a machine.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}
