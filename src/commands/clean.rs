//! `sim clean DIR`.

use super::exit::DONE;
use super::folder::check_that_it_is_a_folder;
use super::print::{fail, out, refuse};
use super::table::{Align, table};
use crate::cli::CleanArgs;
use crate::host::readable;
use crate::run::clean::{Cleaning, Rubbish, What};
use crate::text::shown;

pub(super) fn execute(args: &CleanArgs) -> u8 {
    // A link is not followed, not even this one.
    if !args.folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let problem = check_that_it_is_a_folder(&args.folder).err();
        return refuse(problem.unwrap_or_else(|| format!("`{}` is a link", args.folder.display())));
    }
    let Cleaning { rubbish, kept, runs } = match Cleaning::of(&args.folder) {
        Ok(cleaning) => cleaning,
        Err(error) => return fail(error),
    };
    for (run, why) in &kept {
        out!("kept: {}: {}", shown(&run.display().to_string()), shown(why));
    }
    if rubbish.is_empty() {
        out!("{runs} runs; there is nothing to remove.");
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
        true => out!("{count} of {runs} runs cleaned: {} are free.", readable(bytes)),
        false => out!("{count} of {runs} runs, {}. Nothing was removed; --yes removes it.", readable(bytes)),
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
