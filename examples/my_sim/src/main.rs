//! `my_sim`: a program of your own with the whole command line of `sim`, and a game, a matchmaker, a reward term, a
//! learner for language models, a strategy, a policy, an update rule and columns of its own. Its scenarios name all but
//! the last as `Custom(name: …, params: (…))`.

mod envy;
mod patient;
mod raft;
mod ring;
mod snowdrift;
mod truncation;
mod trust;
mod trusting;

use std::process::ExitCode;

fn main() -> ExitCode {
    agora::main(|app| {
        app.add_plugins((
            snowdrift::plugin,
            envy::plugin,
            patient::plugin,
            raft::plugin,
            ring::plugin,
            trusting::plugin,
            trust::plugin,
            truncation::plugin,
        ));
    })
}
