//! Limits on what a template may ask for. Templates come with models, so with files of strangers: one that loops, doubles a
//! string forty times or nests ten thousand operators must end in a sentence, soon, and in little memory.

use super::ModelError;
use minijinja::{Environment, Error, ErrorKind};
use std::panic::resume_unwind;
use std::thread;

/// Templates of the supported families have 1 to 10 kB; those with tools and reasoning up to 20.
const TEMPLATE_BYTES_MAX: usize = 64 << 10;
/// The engine's unit is an instruction or 64 bytes of text made, so this is 16 MB of text in all. A conversation of two
/// messages takes some hundreds.
const FUEL: u64 = 250_000;
/// Signs and `not` in front of one value. The parser descends once for each.
const SIGNS_MAX: usize = 500;
/// What nested expressions of a template of the largest size take, several times over.
const STACK_BYTES: usize = 128 << 20;

/// Refuses a template by its text alone.
pub(super) fn check_source(source: &str) -> Result<(), ModelError> {
    if source.len() > TEMPLATE_BYTES_MAX {
        let text = format!("{} bytes long, more than the {TEMPLATE_BYTES_MAX} that are read", source.len());
        return Err(ModelError::Template(text));
    }
    if longest_run_of_signs(source) > SIGNS_MAX {
        let text = format!("more than {SIGNS_MAX} signs or `not` in a row");
        return Err(ModelError::Template(text));
    }
    Ok(())
}

/// The longest run of `-`, `+` and `not` with nothing but blanks between, wherever in the text.
fn longest_run_of_signs(source: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let taken = if rest.starts_with("not") { 3 } else { c.len_utf8() };
        if taken == 3 && c == 'n' || matches!(c, '-' | '+') {
            run += 1;
            longest = longest.max(run);
        } else if !c.is_whitespace() {
            run = 0;
        }
        rest = &rest[taken..];
    }
    longest
}

/// Gives `environment` its budget.
pub(super) fn limit(environment: &mut Environment<'static>) {
    environment.set_fuel(Some(FUEL));
    // With it on, errors carry every variable along.
    environment.set_debug(false);
}

/// Runs `work`, which may descend as deep as a template's expressions nest, on a stack large enough for any that is read.
pub(super) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, ModelError> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let worker = worker.map_err(|e| ModelError::Template(format!("no thread to read it on ({e})")))?;
        worker.join().or_else(|panic| resume_unwind(panic))
    })
}

/// What an error says, with what it stands for where that is a budget.
pub(super) fn explain(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => {
            "it makes far more text, or takes far more steps, than a conversation can need; take the model's own template"
                .into()
        }
        _ => format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_signs_are_measured() {
        for (source, run) in [("", 0), ("{{ not not\n- x - y }}", 3), ("notnot", 2), ("{#-- a --#}", 2), ("é-é", 1)] {
            assert_eq!(longest_run_of_signs(source), run, "{source}");
        }
    }
}
