//! `sim man`.

use super::exit::DONE;
use super::print::{fail, raw, refuse};
use crate::cli::Cli;
use crate::text::nearest;
use clap::{Command, CommandFactory};

/// Prints the manual page of `sim`, or of one of its commands.
pub(super) fn execute(command: Option<&str>) -> u8 {
    let mut cli = Cli::command();
    cli.build();
    let page = match command {
        None => cli,
        Some(name) => match cli.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let known: Vec<&str> = cli.get_subcommands().map(Command::get_name).collect();
                let hint = nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                return refuse(format!("sim has no command `{name}`{hint}"));
            }
        },
    };
    let mut text = Vec::new();
    // A title without an empty date and a version with blanks around it.
    let source = format!("sim {}", env!("CARGO_PKG_VERSION"));
    match clap_mangen::Man::new(page).source(source).render(&mut text) {
        Ok(()) => {
            raw(&text);
            DONE
        }
        Err(error) => fail(error),
    }
}
