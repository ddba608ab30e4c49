//! Why a device cannot be used or has failed.

/// Why a device cannot be used or has failed.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The build has no CUDA.
    #[error(
        "--device cuda:{ordinal}: this build computes on the CPU only; build with `--features cuda`, or use --device cpu"
    )]
    NotBuilt {
        /// The card asked for.
        ordinal: usize,
    },
    /// The card does not answer.
    #[error("--device cuda:{ordinal}: no such device answers ({problem}); use --device cpu, or check the driver")]
    Absent {
        /// The card asked for.
        ordinal: usize,
        /// What the driver said.
        problem: String,
    },
    /// Something in the scenario runs on the CPU only.
    #[error("--device {name}: {what} on the CPU only; use --device cpu")]
    CpuOnly {
        /// The device asked for.
        name: String,
        /// What it is, and what it does.
        what: &'static str,
    },
    /// An operation failed on a device that was there.
    #[error("the device failed: {problem}{}", memory_hint(problem))]
    Failed {
        /// What the driver or a library said.
        problem: String,
    },
}

impl DeviceError {
    /// Whether the command line asked for something that this build cannot do on any machine.
    pub fn is_wrong_input(&self) -> bool {
        matches!(self, Self::NotBuilt { .. })
    }
}

impl From<candle_core::Error> for DeviceError {
    fn from(error: candle_core::Error) -> Self {
        Self::Failed { problem: root_cause(&error) }
    }
}

/// The first line of an error: candle puts a backtrace after it where backtraces are on.
pub(super) fn root_cause(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}

pub(super) fn memory_hint(problem: &str) -> &'static str {
    let problem = problem.to_lowercase();
    let words = ["out_of_memory", "out of memory", "alloc_failed"];
    if words.iter().any(|word| problem.contains(word)) {
        "; it ran out of memory: give its batches less with --device-memory"
    } else {
        ""
    }
}
