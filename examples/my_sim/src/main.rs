//! `my_sim`: a program of one's own with the whole command line of `sim`, and a game, a reward term, a strategy, a policy
//! and columns of its own. Its scenarios name the first four as `Custom(name: …, params: (…))`.

mod envy;
mod patient;
mod snowdrift;
mod trust;
mod trusting;

use std::process::ExitCode;

fn main() -> ExitCode {
    agora::main(|app| {
        app.add_plugins((snowdrift::plugin, envy::plugin, patient::plugin, trusting::plugin, trust::plugin));
    })
}
