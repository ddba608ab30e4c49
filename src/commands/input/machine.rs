//! What a command opens before it works: the device and the models.

use crate::cli::MachineArgs;
use crate::commands::terminal::exit::WRONG_INPUT;
use crate::commands::terminal::print::{err, fail};
use crate::llm::engine::machine::{Backend, DeviceChoice};
use crate::llm::files::fetch::{Fetcher, terminal_progress};
use crate::text::shown;

/// Finds models as the environment says, and tells the user what takes long.
pub(in crate::commands) fn model_fetcher() -> Fetcher {
    Fetcher { notice: |what| err!("{}", shown(what)), ..Fetcher::from_env(terminal_progress()) }
}

/// The device as the command line names it.
pub(in crate::commands) fn device_word(device: DeviceChoice) -> String {
    match device {
        DeviceChoice::Auto(_) => "auto".into(),
        DeviceChoice::Cpu => "cpu".into(),
        DeviceChoice::Cuda(number) => format!("cuda:{number}"),
    }
}

/// Opens the device that the command line asks for; if there is none, says so and returns the exit code.
pub(in crate::commands) fn open_backend(machine: &MachineArgs) -> Result<Backend, u8> {
    let backend = Backend::open(machine.device, machine.precision, machine.device_memory).map_err(|error| {
        let wrong_input = error.is_wrong_input();
        let failed = fail(error);
        if wrong_input { WRONG_INPUT } else { failed }
    })?;
    if backend.precision() != machine.precision {
        let asked = machine.precision.name();
        err!(
            "note: --precision {asked}: this processor has neither AMX nor AVX512-BF16; the CPU computes in f32 instead"
        );
    }
    Ok(backend)
}
