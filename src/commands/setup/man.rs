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
    let source = format!("sim {}", env!("CARGO_PKG_VERSION"));
    match clap_mangen::Man::new(page).source(source).render(&mut text) {
        Ok(()) => {
            raw(titled(&String::from_utf8_lossy(&text)).as_bytes());
            DONE
        }
        Err(error) => fail(error),
    }
}

/// `page` with an empty date where its title has none, and without a blank at the title's end.
fn titled(page: &str) -> String {
    let line = |line: &str| match line.starts_with(".TH ") {
        true => line.trim_end().replacen("  ", " \"\" ", 1) + "\n",
        false => format!("{line}\n"),
    };
    page.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_no_stray_blank() {
        assert_eq!(titled(".TH sim 1  \"sim 0.1.0\" \n.SH NAME\n"), ".TH sim 1 \"\" \"sim 0.1.0\"\n.SH NAME\n");
    }
}
