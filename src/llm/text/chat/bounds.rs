//! Limits on what a template may ask for. Templates come with models, and thus in files from strangers: one that loops,
//! doubles a string forty times or nests ten thousand operators must end in an error message, soon and in little
//! memory.
//!
//! The engine's fuel pays for steps and for text. It does not see everything that lists of lists can be made to do, so
//! there is a deadline as well, a thousand times what a conversation takes.

use super::ModelError;
use minijinja::{Environment, Error, ErrorKind};
use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Templates of the supported families have 1 to 10 kB; those with tools and reasoning up to 20.
const TEMPLATE_BYTES_MAX: usize = 64 << 10;
/// Operators in a template, including those in its plain text. Folding constants takes time proportional to the square
/// of a chain's length.
const OPERATORS_MAX: usize = 4_000;
/// The engine's unit is one instruction or 64 bytes of text made, so this is 16 MB of text in all. A conversation of
/// two messages takes a few hundred.
const FUEL: u64 = 250_000;
/// What nested expressions take in a template of the largest size, several times over.
const STACK_BYTES: usize = 128 << 20;
/// The deadline comes in parts, because a program that is put to sleep wakes up with one of them gone.
const DEADLINE_PART: Duration = Duration::from_millis(500);
const DEADLINE_PARTS: u32 = 3;
/// Errors of the engine may quote a line of the template, however long.
const ERROR_CHARACTERS_MAX: usize = 600;

/// Refuses a template by its text alone.
pub(super) fn check_source(source: &str) -> Result<(), ModelError> {
    if source.len() > TEMPLATE_BYTES_MAX {
        let text = format!("{} bytes long, more than the {TEMPLATE_BYTES_MAX} that are read", source.len());
        return Err(ModelError::Template(text));
    }
    let operators = operators(source);
    if operators > OPERATORS_MAX {
        let text = format!("{operators} operators, more than the {OPERATORS_MAX} that are read");
        return Err(ModelError::Template(text));
    }
    Ok(())
}

/// Signs and words in `source` that are operators in expressions, wherever they stand except at the edge of a tag.
fn operators(source: &str) -> usize {
    let edges = ["{%-", "-%}", "{{-", "-}}", "{#-", "-#}", "{%", "%}"];
    let source = edges.iter().fold(source.to_string(), |source, edge| source.replace(edge, " "));
    let signs = source.bytes().filter(|byte| b"+-~*/%".contains(byte)).count();
    let words = source.split(|c: char| !c.is_alphanumeric() && c != '_');
    signs + words.filter(|word| matches!(*word, "and" | "or" | "not")).count()
}

/// Gives `environment` its budget.
pub(super) fn limit(environment: &mut Environment<'static>) {
    environment.set_fuel(Some(FUEL));
    // With it on, errors carry every variable with them.
    environment.set_debug(false);
}

/// Runs `work`, which may descend as deep as a template's expressions nest, on a stack large enough for any template
/// that is read.
///
/// After the deadline it is left to itself: nothing can stop it but the end of the program, which soon follows the
/// error.
pub(super) fn on_deep_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ModelError> {
    let (sender, receiver) = channel();
    // After the deadline, there is no receiver any more.
    let send = move || drop(sender.send(work()));
    let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn(send);
    let worker = worker.map_err(|e| ModelError::Template(format!("no thread to read it on ({e})")))?;
    for _ in 0..DEADLINE_PARTS {
        match receiver.recv_timeout(DEADLINE_PART) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(payload) => resume_unwind(payload),
                Ok(()) => unreachable!("it sends before it ends"),
            },
        }
    }
    let deadline = DEADLINE_PART * DEADLINE_PARTS;
    Err(ModelError::Template(format!("not done after {deadline:?}; take the model's own template")))
}

/// What an error says; where it stands for an exhausted budget, what that means.
pub(super) fn explain(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => {
            "it makes far more text, or takes far more steps, than a conversation can need; take the model's own template"
                .into()
        }
        _ => format!("{error:#}").chars().take(ERROR_CHARACTERS_MAX).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_counted() {
        for (source, found) in [
            ("", 0),
            ("{{ not x and y or - z ~ 'a' }}", 5),
            ("{{ notice.android }}", 0),
            ("é-é", 1),
            ("{%- if x -%}{{- y }}{% endif %}", 0),
        ] {
            assert_eq!(operators(source), found, "{source}");
        }
    }
}
