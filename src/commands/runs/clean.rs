//! `sim clean DIR`.

use crate::cli::CleanArgs;
use crate::commands::input::folder::check_that_it_is_a_folder;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::commands::terminal::table::{Align, table};
use crate::host::readable;
use crate::run::clean::{Cleaning, Rubbish, What};
use crate::text::{counted, shown};

pub(in crate::commands) fn execute(args: &CleanArgs) -> u8 {
    // A link is not followed, not even this one.
    if !args.folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let problem = check_that_it_is_a_folder(&args.folder).err();
        return refuse(problem.unwrap_or_else(|| format!("`{}` is a link", args.folder.display())));
    }
    let Cleaning { rubbish, kept, problems, runs } = Cleaning::of(&args.folder);
    problems.iter().for_each(|problem| err!("note: {}", shown(problem)));
    for (run, why) in &kept {
        out!("kept: {}: {}", shown(&run.display().to_string()), shown(why));
    }
    if rubbish.is_empty() {
        out!("{}; there is nothing to remove.", counted(runs, "run"));
        return DONE;
    }
    let (mut code, mut bytes, mut count) = (DONE, 0, 0);
    let mut rows = Vec::new();
    for item in &rubbish {
        if args.yes
            && let Err(error) = item.remove()
        {
            code = fail(error);
            continue;
        }
        (bytes, count) = (bytes + item.bytes, count + 1);
        rows.push(row(item));
    }
    if !rows.is_empty() {
        out!("{}", table(&[("run", Align::Tail), ("what", Align::Left), ("size", Align::Right)], &rows).trim_end());
    }
    match args.yes {
        true => out!("{count} of {} cleaned: {} are free.", counted(runs, "run"), readable(bytes)),
        false => {
            out!("{count} of {}, {}. Nothing was removed; --yes removes it.", counted(runs, "run"), readable(bytes));
        }
    }
    code
}

fn row(item: &Rubbish) -> Vec<String> {
    let what = match item.what {
        What::Checkpoint => "the checkpoint of a finished run",
        What::Failed => "the folder of a run that failed",
        What::Empty => "the folder of a run without a tick",
    };
    vec![item.run.display().to_string(), what.to_owned(), readable(item.bytes)]
}
