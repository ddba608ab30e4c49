//! `sim report`.

use super::words::WORDS;
use crate::cli::ReportArgs;
use crate::commands::input::folder::{check_that_it_is_a_run, check_that_they_exist};
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{already_there, err, fail, out, refuse};
use crate::files::EVOLUTION_TABLE;
use crate::report;
use std::path::{Path, PathBuf};

pub(in crate::commands) fn execute(args: &ReportArgs) -> u8 {
    if let Err(problem) = check_that_they_exist(&args.folders) {
        return refuse(problem);
    }
    match (args.folders.as_slice(), &args.out) {
        ([run], None) if run.join(EVOLUTION_TABLE).is_file() => match report::write(run, WORDS) {
            Ok(path) => {
                out!("{}", path.display());
                DONE
            }
            Err(error) => fail(error),
        },
        ([folder], None) if !folder.is_dir() => {
            refuse(check_that_it_is_a_run(folder, EVOLUTION_TABLE).err().unwrap_or_else(|| "it is no folder".into()))
        }
        ([folder], None) => many(&args.folders, &folder.join(report::FILE)),
        (_, None) => refuse("several folders given: use --out FILE to say where to write"),
        (_, Some(path)) if path.exists() && !args.force => fail(already_there(path)),
        (folders, Some(path)) => many(folders, path),
    }
}

/// Writes one page about many runs.
fn many(folders: &[PathBuf], path: &Path) -> u8 {
    match report::write_many(folders, path, WORDS) {
        Ok(notes) => {
            for note in notes {
                err!("note: {note}");
            }
            out!("{}", path.display());
            DONE
        }
        Err(error) => fail(error),
    }
}
