//! Requests from outside to stop: Ctrl-C, `kill`, a closed terminal, a batch system whose time is up.

use super::exit::INTERRUPTED;
use super::print::err;
use crate::run::Interrupt;

/// What the first signal requests; the second ends the process at once.
pub(in crate::commands) fn on_signal() -> Interrupt {
    let interrupt = Interrupt::default();
    let requested = interrupt.clone();
    if let Err(error) = listen(move || heed(&requested)) {
        err!("note: Ctrl-C will stop the run at once, without a checkpoint: {error}");
    }
    interrupt
}

fn heed(interrupt: &Interrupt) {
    if interrupt.request() {
        std::process::exit(i32::from(INTERRUPTED));
    }
    let when =
        if interrupt.is_playing() { "after this tick" } else { "before the first tick, once everything is loaded" };
    err!("\nstopping {when}; Ctrl-C once more stops at once");
}

/// Calls `heed` for every SIGINT, SIGTERM and SIGHUP.
#[cfg(unix)]
pub(in crate::commands) fn listen(heed: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut wanted = vec![SIGINT, SIGTERM];
    if !ignores_hangup() {
        wanted.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || signals.forever().for_each(|_| heed()))?;
    Ok(())
}

/// Whether this process was started to outlive its terminal, as `nohup` does it; true also where that cannot be known,
/// since stopping such a run would be worse.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // One bit per signal, starting with the first; SIGHUP is the first.
    ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).is_none_or(|bits| bits & 1 == 1)
}

#[cfg(not(unix))]
pub(in crate::commands) fn listen(heed: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(heed)
}
