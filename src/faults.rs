//! Mishaps for tests: between the steps by which files are written there are places at which the process can be made to
//! die, or a step to fail.
//!
//! Nothing in `sim` lays a mishap: no option, no variable and no feature does. Only a program that calls [`lay`] can,
//! as `tests/faults` does. Without one, a place costs one load of an atomic.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The process dies, with no chance to clean up.
    Dies,
    /// The step fails as on a full disk. Later ones work again.
    Fails,
    /// The step fails as on a full disk, and so does everything that needs room after it.
    StaysFull,
}

/// A mishap and where it happens.
#[derive(Debug, Default)]
pub struct Plan {
    /// The number of the place, counted from 0, and what happens there; `None`: nothing does.
    pub mishap: Option<(u64, Mishap)>,
    /// Where each place that is passed is written down, in a line of its own.
    pub log: Option<File>,
}

/// Steps that need room on a disk.
const GROWING: [&str; 2] = ["create", "write"];

struct Laid {
    plan: Plan,
    passed: AtomicU64,
}

static LAID: OnceLock<Laid> = OnceLock::new();

/// Has `plan` carried out by this process from now on; false if there is one already.
pub fn lay(plan: Plan) -> bool {
    LAID.set(Laid { plan, passed: AtomicU64::new(0) }).is_ok()
}

/// The place before `step` of writing `path`.
///
/// # Errors
/// If the step is to fail.
pub(crate) fn before(step: &str, path: &Path) -> io::Result<()> {
    match LAID.get() {
        None => Ok(()),
        Some(laid) => laid.pass("before", step, path),
    }
}

/// The place after `step` of writing `path`, which can no longer fail.
pub(crate) fn after(step: &str, path: &Path) {
    if let Some(laid) = LAID.get() {
        // What is done stays done.
        let _ = laid.pass("after", step, path);
    }
}

/// The place in the middle of writing to `file`, which is at `path` and has grown by `bytes` bytes: if something
/// happens there, only the first half of them arrives.
///
/// # Errors
/// If the step is to fail.
pub(crate) fn amid(file: &mut File, bytes: u64, path: &Path) -> io::Result<()> {
    let Some(laid) = LAID.get() else { return Ok(()) };
    if laid.is_next() {
        let length = file.metadata()?.len();
        file.set_len(length - (bytes.div_ceil(2)).min(length))?;
    }
    laid.pass("amid", "write", path)
}

/// Writes all of `bytes` to `file`, which is at `path`.
///
/// # Errors
/// With the system's error, or that of a mishap.
pub(crate) fn write_all(file: &mut File, bytes: &[u8], path: &Path) -> io::Result<()> {
    before("write", path)?;
    file.write_all(bytes)?;
    amid(file, bytes.len() as u64, path)
}

impl Laid {
    /// Whether something happens at the next place.
    fn is_next(&self) -> bool {
        self.plan.mishap.is_some_and(|(place, _)| place == self.passed.load(Ordering::SeqCst))
    }

    fn pass(&self, when: &str, step: &str, path: &Path) -> io::Result<()> {
        let number = self.passed.fetch_add(1, Ordering::SeqCst);
        if let Some(mut log) = self.plan.log.as_ref() {
            let names: Vec<_> = path.iter().rev().take(2).map(|name| name.to_string_lossy()).collect();
            let names = names.into_iter().rev().collect::<Vec<_>>().join("/");
            // A log that cannot be written is missed by the test that reads it.
            let _ = log.write_all(format!("{when} {step} {names}\n").as_bytes());
        }
        let full = || Err(io::Error::from(ErrorKind::StorageFull));
        match self.plan.mishap {
            Some((place, Mishap::Dies)) if number == place => std::process::abort(),
            Some((place, _)) if number == place && when != "after" => full(),
            Some((place, Mishap::StaysFull)) if number > place && when != "after" && GROWING.contains(&step) => full(),
            _ => Ok(()),
        }
    }
}
