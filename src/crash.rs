//! The report of a panic, for when this program itself is at fault: a file that can be sent to the developers.
//!
//! Panics that are caught where they happen, such as those of libraries that are fed damaged files, concern no one:
//! nothing is printed or written before a panic has reached a caller of [`report`].

use crate::files::write_text;
use std::any::Any;
use std::backtrace::Backtrace;
use std::collections::VecDeque;
use std::fmt::Write;
use std::panic::{PanicHookInfo, set_hook};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// The number of panics that are remembered. Several threads may panic before one of the panics is reported.
const REMEMBERED: usize = 8;

/// The latest panics of this process.
static LATEST: Mutex<VecDeque<Panic>> = Mutex::new(VecDeque::new());

/// A panic, and the place of its report.
struct Panic {
    message: String,
    /// File, line, thread and call stack as text.
    place: String,
    report: Option<PathBuf>,
}

/// Installs a hook: from now on, panics are remembered instead of printed.
pub fn install() {
    set_hook(Box::new(remember));
}

fn remember(info: &PanicHookInfo) {
    let location = info.location().map_or_else(|| "unknown".into(), ToString::to_string);
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("without a name");
    let place = format!("place    {location}\nthread   {thread}\n\n{}", Backtrace::force_capture());
    let Ok(mut latest) = LATEST.lock() else { return };
    if latest.len() == REMEMBERED {
        latest.pop_front();
    }
    latest.push_back(Panic { message: message(info.payload()).to_string(), place, report: None });
}

/// The message of a panic.
pub fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

/// Writes the report of the panic with `payload` into `folder`, unless it already has one, and returns the report's
/// path; `None` if it cannot be written.
pub fn report(payload: &(dyn Any + Send), folder: &Path) -> Option<PathBuf> {
    let message = message(payload);
    let mut latest = LATEST.lock().ok()?;
    let panic = latest.iter_mut().rev().find(|panic| panic.message == message);
    if let Some(path) = panic.as_ref().and_then(|panic| panic.report.clone()) {
        return Some(path);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let path = folder.join(format!("crash-{now}-{}.txt", std::process::id()));
    write_text(&path, &text(message, panic.as_ref().map(|panic| panic.place.as_str()))).ok()?;
    if let Some(panic) = panic {
        panic.report = Some(path.clone());
    }
    Some(path)
}

/// Whether `name` is that of a report.
pub fn is_report(name: &str) -> bool {
    name.starts_with("crash-") && name.ends_with(".txt")
}

fn text(message: &str, place: Option<&str>) -> String {
    let mut text = format!("sim {} stopped because of a defect of its own.\n\n", env!("CARGO_PKG_VERSION"));
    let arguments: Vec<String> = std::env::args_os().map(|word| format!("{}", word.display())).collect();
    let _ = writeln!(text, "message  {message}");
    let _ = writeln!(text, "command  {}", arguments.join(" "));
    let _ = writeln!(text, "system   {} {}", std::env::consts::OS, std::env::consts::ARCH);
    text + place.unwrap_or("place    unknown") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_happened_and_lies_where_it_was_put() {
        let dir = tempfile::tempdir().unwrap();
        let payload: Box<dyn Any + Send> = Box::new("a sentence that only this test says");
        let path = report(payload.as_ref(), dir.path()).unwrap();
        assert!(is_report(path.file_name().unwrap().to_str().unwrap()) && !is_report("notes.txt"));
        let text = std::fs::read_to_string(&path).unwrap();
        for words in ["a sentence that only this test says", "command", env!("CARGO_PKG_VERSION"), "place    unknown"] {
            assert!(text.contains(words), "{words} in {text}");
        }
        assert_eq!(message(&String::from("formatted")), "formatted");
        assert_eq!(message(&7u8), "no message");
        assert_eq!(report(payload.as_ref(), &dir.path().join("nowhere")), None);
    }
}
