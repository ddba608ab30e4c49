//! `sim schema`.

use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::out;
use crate::run::{Extension, Simulation};
use crate::scenario::check::shape::published_schema;

/// Prints the schema of scenario files.
pub(in crate::commands) fn execute(extend: Extension) -> u8 {
    let known = Simulation::extended(extend).known();
    let schema = published_schema(&known.offered);
    out!("{schema:#}");
    DONE
}
