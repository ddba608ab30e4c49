//! The device that is checked, the machine it is in, and its memory.

use super::Outcome;
use agora::host;
use agora::llm::engine::device::{DeviceEngine, free_memory};
use agora::llm::engine::machine::{Backend, DeviceChoice};
use agora::llm::engine::precision::Precision;
use candle_core::Device;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, SystemTime};

/// The device that is checked.
pub(crate) struct Machine {
    pub(crate) device: Device,
    /// As `--device` names it; candle's CPU device has a name of its own, since `cpu` is the CPU's engine.
    pub(crate) name: String,
    /// What it says of itself.
    pub(crate) card: String,
    /// Bytes that it could give out before anything was copied to it; `None` for the machine's own memory.
    free: Option<u64>,
}

impl Machine {
    /// Opens the device that was asked for.
    ///
    /// # Errors
    /// If it does not answer, or this build cannot use it.
    pub(crate) fn open(choice: DeviceChoice) -> Outcome<Self> {
        let cuda = |ordinal| Ok((format!("cuda:{ordinal}"), DeviceEngine::cuda(ordinal)?));
        let here = || ("candle-cpu".to_owned(), Device::Cpu);
        let (name, device) = match choice {
            DeviceChoice::Cpu => Ok(here()),
            DeviceChoice::Auto(number) => cuda(number).or_else(|_: Box<dyn std::error::Error>| Ok(here())),
            DeviceChoice::Cuda(ordinal) => cuda(ordinal),
        }?;
        let (card, free) = (card(&device)?, free_memory(&device)?);
        Ok(Self { device, name, card, free })
    }

    /// Whether candle's CPU device takes the place of a GPU.
    pub(crate) fn is_host(&self) -> bool {
        self.device.is_cpu()
    }

    /// The device engine on this device, never the CPU's.
    pub(crate) fn backend(&self, precision: Precision) -> Backend {
        Backend::Device { name: self.name.clone(), device: self.device.clone(), precision, memory: None }
    }

    /// Bytes that are free on the device, or in this machine if the device is its CPU; `None` if nobody says.
    pub(crate) fn free(&self) -> Outcome<Option<u64>> {
        Ok(free_memory(&self.device)?.or_else(host::available))
    }

    /// Bytes in use on the device since it was opened; of this process, if the device is the machine's own memory.
    fn used(&self) -> Option<u64> {
        match self.free {
            Some(before) => Some(before.saturating_sub(free_memory(&self.device).ok()??)),
            None => resident(),
        }
    }

    /// Does `work` and says how much memory was in use meanwhile at most, seen every few milliseconds.
    pub(crate) fn watching_memory<T>(&self, work: impl FnOnce() -> T) -> (T, String) {
        let (working, ended) = channel::<()>();
        thread::scope(|scope| {
            let watch = scope.spawn(move || {
                let mut most = self.used();
                // The sender is dropped when the work is done, also when it panics.
                while ended.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Timeout) {
                    most = most.max(self.used());
                }
                most.max(self.used())
            });
            let done = work();
            drop(working);
            let most = watch.join().ok().flatten();
            (done, most.map_or_else(|| "not known".into(), host::readable))
        })
    }
}

/// Bytes of this process in memory, where Linux says so.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// What the device says of itself.
#[cfg(feature = "cuda")]
fn card(device: &Device) -> Outcome<String> {
    let Device::Cuda(cuda) = device else { return Ok("candle's CPU device".into()) };
    let stream = cuda.cuda_stream();
    let context = stream.context();
    let ((major, minor), (_, total)) = (context.compute_capability()?, context.mem_get_info()?);
    let memory = host::readable(total as u64);
    Ok(format!("{}, compute capability {major}.{minor}, {memory}", context.name()?))
}

/// What the device says of itself: without CUDA there is one, and it says nothing.
#[cfg(not(feature = "cuda"))]
fn card(_: &Device) -> Outcome<String> {
    Ok("candle's CPU device".into())
}

/// What this program was built for.
pub(crate) fn build() -> &'static str {
    if cfg!(feature = "cuda") { "built with CUDA" } else { "built without CUDA" }
}

/// Today's date by Greenwich.
pub(crate) fn today() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string().chars().take("2026-12-01".len()).collect()
}

/// The machine around the device, and what is `told` of it.
pub(crate) fn host(told: Option<&str>) -> String {
    let instructions = Backend::default().instructions().unwrap_or_default();
    let processors = format!("{} processors, {instructions}", host::processors());
    [Some(processors.as_str()), told].into_iter().flatten().collect::<Vec<_>>().join("; ")
}
