//! Standard output and standard error, either of which may be full or gone at any time.
//!
//! A reader that has seen enough, as `head` has, closes its end: what comes later is thrown away, and that is no
//! failure. Any other failure of standard output is reported at the end, after the work is done, and makes a command
//! that would have succeeded fail.

use super::exit::{DONE, FAILED, WRONG_INPUT};
use crate::files::write_text;
use crate::text::shown_lines;
use std::fmt::Arguments;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Longest line that is read from standard input.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// The first failure of standard output; nothing is written there after it.
static FAILURE: Mutex<Option<io::Error>> = Mutex::new(None);

/// Whether this process leaves the talking to another.
static IS_HUSHED: AtomicBool = AtomicBool::new(false);

/// The last line that a hushed process did not print on standard error.
static UNSAID: Mutex<Option<String>> = Mutex::new(None);

/// Prints nothing from now on: another process prints for this one.
pub(in crate::commands) fn hush() {
    IS_HUSHED.store(true, Ordering::Relaxed);
}

fn is_hushed() -> bool {
    IS_HUSHED.load(Ordering::Relaxed)
}

/// The last line that a hushed process would have printed on standard error.
pub(in crate::commands) fn unsaid() -> Option<String> {
    UNSAID.lock().ok()?.take()
}

/// A line on standard output.
macro_rules! out {
    ($($text:tt)*) => { $crate::commands::terminal::print::line(format_args!($($text)*)) };
}

/// A line on standard error.
macro_rules! err {
    ($($text:tt)*) => { $crate::commands::terminal::print::error_line(format_args!($($text)*)) };
}

pub(in crate::commands) use {err, out};

/// Writes `text` and a line break to standard output.
pub(in crate::commands) fn line(text: Arguments) {
    let Ok(mut failure) = FAILURE.lock() else { return };
    if failure.is_none() && !is_hushed() {
        *failure = writeln!(io::stdout(), "{text}").err();
    }
}

/// Writes `text` to standard output at once, without a line break.
pub(in crate::commands) fn part(text: &str) {
    raw(text.as_bytes());
    let _ = io::stdout().flush();
}

/// Writes `bytes` to standard output.
pub(in crate::commands) fn raw(bytes: &[u8]) {
    let Ok(mut failure) = FAILURE.lock() else { return };
    if failure.is_none() && !is_hushed() {
        *failure = io::stdout().write_all(bytes).err();
    }
}

/// Shows `prompt` and reads a line of standard input; `None` at its end. A line is at most a mebibyte; what goes beyond
/// counts as the next one.
pub(in crate::commands) fn ask(prompt: &str) -> Option<String> {
    part(prompt);
    let mut line = Vec::new();
    let read = io::stdin().lock().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
    if !io::stdin().is_terminal() {
        // What was piped in is not on the screen.
        self::line(format_args!(""));
    }
    match read {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned()),
    }
}

/// Writes `text` and a line break to standard error. If that is gone, there is no one to tell.
pub(in crate::commands) fn error_line(text: Arguments) {
    if is_hushed() {
        if let Ok(mut unsaid) = UNSAID.lock() {
            *unsaid = Some(text.to_string());
        }
        return;
    }
    let _ = writeln!(io::stderr(), "{text}");
}

/// The exit code of a command that would end with `code`, now that everything is printed.
pub(in crate::commands) fn finish(code: u8) -> u8 {
    let Ok(mut failure) = FAILURE.lock() else { return code };
    if failure.is_none() {
        *failure = io::stdout().flush().err();
    }
    match failure.as_ref().filter(|failure| failure.kind() != ErrorKind::BrokenPipe) {
        None => code,
        Some(failure) => {
            err!("error: not everything could be printed: {failure}");
            if code == DONE { FAILED } else { code }
        }
    }
}

/// Prints an error and returns the exit code of a failure.
pub(in crate::commands) fn fail(error: impl std::fmt::Display) -> u8 {
    err!("error: {}", shown_lines(&error.to_string()));
    FAILED
}

/// Prints what is wrong with the input and returns the exit code of that.
pub(in crate::commands) fn refuse(problem: impl std::fmt::Display) -> u8 {
    err!("error: {}", shown_lines(&problem.to_string()));
    WRONG_INPUT
}

/// The refusal to overwrite `path`.
pub(in crate::commands) fn already_there(path: &Path) -> String {
    format!("{} already exists; name another file with --out, or overwrite it with --force", path.display())
}

/// Prints `text`, or writes it to the file `to`; the exit code.
pub(in crate::commands) fn deliver(text: &str, to: Option<&Path>) -> u8 {
    let Some(path) = to else {
        out!("{}", text.trim_end());
        return DONE;
    };
    match write_text(path, text) {
        Ok(()) => DONE,
        Err(error) => fail(format!("cannot write {}: {error}", path.display())),
    }
}

/// Whether people look at standard error, and may see colour there.
pub(in crate::commands) fn colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
