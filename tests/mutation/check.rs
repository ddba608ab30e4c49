//! Runs `sim` under limits and judges how it ends.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Processor seconds after which an input counts as a hang.
const SECONDS_MAX: u32 = 5;
/// Wall time after which a process that computes nothing is given up on.
const WALL_MAX: Duration = Duration::from_secs(60);
/// KiB of address space: 2 GiB.
const MEMORY_MAX: u32 = 2 << 20;

/// How `sim` ended.
pub(crate) enum Ending {
    /// With this exit code: 0, 1 or 2.
    Said(i32),
    /// In a way that no input may bring about.
    Defect(String),
}

/// Runs `sim` in `folder`; its output stays there as `stdout` and `stderr`.
pub(crate) fn run(folder: &Path, arguments: &[String]) -> Ending {
    let file = |name: &str| File::create(folder.join(name)).expect("the folder can be written to");
    // A shell sets the limits, because doing it here would take unsafe code, which the crate forbids.
    let limits = format!("ulimit -v {MEMORY_MAX} -t {SECONDS_MAX} -c 0; exec \"$0\" \"$@\"");
    let mut child = Command::new("bash")
        .args(["-c", &limits, env!("CARGO_BIN_EXE_sim")])
        .args(arguments)
        .current_dir(folder)
        .env("AGORA_CACHE", folder.join("cache"))
        .env("HF_HUB_OFFLINE", "1")
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(file("stdout"))
        .stderr(file("stderr"))
        .spawn()
        .expect("bash is installed");
    let started = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => break status,
            None if started.elapsed() > WALL_MAX => {
                let _ = child.kill();
                let _ = child.wait();
                return Ending::Defect("hangs without computing".into());
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let said = String::from_utf8_lossy(&fs::read(folder.join("stderr")).unwrap_or_default()).into_owned();
    if said.contains("panicked at") || said.contains("is a defect of sim") {
        return Ending::Defect("panics".into());
    }
    match (status.code(), status.signal()) {
        (Some(code @ 0..=2), _) => Ending::Said(code),
        (Some(code), _) => Ending::Defect(format!("exits with {code}")),
        (None, Some(9 | 24)) => Ending::Defect(format!("takes more than {SECONDS_MAX} processor seconds")),
        (None, Some(6)) if said.contains("memory allocation") => Ending::Defect("takes more than 2 GiB".into()),
        (None, signal) => Ending::Defect(format!("is ended by signal {}", signal.unwrap_or_default())),
    }
}
