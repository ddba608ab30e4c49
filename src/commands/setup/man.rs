//! `sim man`.

use crate::cli::Cli;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{fail, raw, refuse};
use crate::text::{did_you_mean, nearest};
use clap::{Command, CommandFactory};

/// Prints the manual page of `sim`, or of one of its commands.
pub(in crate::commands) fn execute(command: Option<&str>) -> u8 {
    let mut cli = Cli::command();
    cli.build();
    let page = match command {
        None => cli,
        Some(name) => match cli.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let known: Vec<&str> = cli.get_subcommands().map(Command::get_name).collect();
                let hint = did_you_mean(nearest(name, known));
                return refuse(format!("sim has no command `{name}`{hint}"));
            }
        },
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).render(&mut text) {
        Ok(()) => {
            raw(&text);
            DONE
        }
        Err(error) => fail(error),
    }
}
