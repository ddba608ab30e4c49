//! `sim verify RUN`.

use crate::cli::{TickRange, VerifyArgs};
use crate::commands::input::folder::{check_that_it_is_a_run, with_person};
use crate::commands::input::machine::{model_fetcher, open_backend};
use crate::commands::input::scenario::backend_for;
use crate::commands::terminal::exit::{DONE, FAILED, INTERRUPTED};
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::commands::terminal::progress::Display;
use crate::commands::terminal::signals::on_signal;
use crate::policies::person::PERSON;
use crate::run::contents::is_table;
use crate::run::runs::{Content, FoundRun};
use crate::run::verify::{Difference, against_hashes, between, in_window, names};
use crate::run::{Extension, Manifest, Pace, Prepared, RunError, RunOptions, Simulation, Status, Watch};
use crate::scenario::format::PolicySpec;
use crate::scenario::load::load;
use crate::scenario::spawn::asks_servers;
use crate::text::{counted, shown, shown_lines};
use std::path::Path;

pub(in crate::commands) fn execute(args: &VerifyArgs, extend: Extension) -> u8 {
    verified(args, extend).unwrap_or_else(|code| code)
}

/// Checks everything that was asked for; the error is an exit code too.
fn verified(args: &VerifyArgs, extend: Extension) -> Result<u8, u8> {
    let run = &args.run;
    check_that_it_is_a_run(run, "manifest.json").map_err(refuse)?;
    let manifest = finished(args)?;
    if let Some(commit) = version_differs(&manifest) {
        err!("note: the run was made by {commit}; another version may give other results");
    }
    if args.hashes_only && manifest.outputs.is_empty() {
        let shown = run.display();
        return Err(refuse(format!(
            "the manifest of {shown} holds no hashes of tables and adapters, so there is nothing to compare with; leave \
             --hashes-only out, and the run is played again"
        )));
    }
    let mut differences = hashes(run, &manifest)?;
    if !args.hashes_only {
        differences.extend(replay(args, &manifest, extend)?);
    }
    Ok(if differences.is_empty() { DONE } else { FAILED })
}

/// The manifest of the run, if it can be checked as asked.
fn finished(args: &VerifyArgs) -> Result<Manifest, u8> {
    let shown = args.run.display();
    let (manifest, status) = match FoundRun::at(&args.run).map_err(fail)? {
        Some(FoundRun { content: Content::Run(manifest, status), .. }) => (*manifest, status),
        Some(FoundRun { content: Content::Damaged(problem), .. }) => return Err(fail(problem)),
        _ => return Err(fail(format!("{shown} is not the folder of a run"))),
    };
    let played = manifest.ticks_played;
    match (status, args.ticks) {
        (Status::Running, _) => Err(refuse(format!("the run in {shown} is going on; wait until it has ended"))),
        (_, Some(TickRange { last, .. })) if last >= played => {
            let has = if played == 0 { "none".into() } else { format!("0 to {}", played - 1) };
            Err(refuse(format!("tick {last} was not played; of the ticks of {shown} there are {has}")))
        }
        (Status::Done, _) | (_, Some(_)) => Ok(manifest),
        (other, None) => {
            let rows = format!("; compare the ticks that it has with --ticks 0..{}", played.saturating_sub(1));
            let hint = if played == 0 { "" } else { &rows };
            Err(refuse(format!("the run in {shown} is not done ({}){hint}", other.word())))
        }
    }
}

/// What made the run, if that is not this version.
fn version_differs(manifest: &Manifest) -> Option<String> {
    let here = Manifest::this_program();
    let there = (manifest.version.clone(), manifest.commit.clone());
    let said = |(version, commit): &(String, Option<String>)| match commit {
        Some(commit) => format!("sim {version} ({commit})"),
        None => format!("sim {version}"),
    };
    (there != here).then(|| format!("{}, and this is {}", shown(&said(&there)), said(&here)))
}

/// Compares the files with the manifest's hashes, and says what differs.
fn hashes(run: &Path, manifest: &Manifest) -> Result<Vec<Difference>, u8> {
    let differences = against_hashes(run, manifest).map_err(fail)?;
    differences.iter().for_each(told);
    let files = manifest.outputs.len();
    match (files, differences.len()) {
        (0, _) => err!(
            "note: the manifest holds no hashes of tables and adapters: it is of an older version or of an unfinished run"
        ),
        (_, 0) => out!("hashes: all {files} files match the manifest"),
        (_, 1) => out!("hashes: 1 of {files} files differs from the manifest"),
        (_, wrong) => out!("hashes: {wrong} of {files} files differ from the manifest"),
    }
    Ok(differences)
}

fn told(difference: &Difference) {
    out!("{}: {}", shown(&difference.file), shown(&difference.what));
}

/// Runs the scenario again into a folder that is gone afterwards, and says what differs.
fn replay(args: &VerifyArgs, manifest: &Manifest, extend: Extension) -> Result<Vec<Difference>, u8> {
    let mut simulation = Simulation::extended(extend);
    let prepared = prepared(args, manifest, &simulation, extend)?;
    let folder = tempfile::Builder::new().prefix("sim-verify-").tempdir();
    let folder = folder.map_err(|error| fail(format!("cannot make a folder for the replay: {error}")))?;
    let out = folder.path().join("run");
    let last = args.ticks.map_or(manifest.ticks.saturating_sub(1), |ticks| ticks.last);
    let played = play(&mut simulation, prepared, &out, last)?;
    if let Ok(Some(again)) = Manifest::read(&out) {
        note_differences(manifest, &again);
    }
    let (all, differences, what) = match args.ticks {
        None => {
            let names = names(manifest, &out).map_err(fail)?;
            let found: Result<Vec<_>, RunError> = names.iter().map(|name| between(&args.run, &out, name)).collect();
            (names.len(), found.map_err(fail)?.into_iter().flatten().collect::<Vec<_>>(), "file")
        }
        Some(TickRange { first, last }) => {
            let (mut rows, mut differences) = (0, Vec::new());
            for name in names(manifest, &out).map_err(fail)?.iter().filter(|name| is_table(name)) {
                let (count, difference) = in_window(&args.run, &out, name, (first, last)).map_err(fail)?;
                rows += count;
                differences.extend(difference);
            }
            if rows == 0 && differences.is_empty() {
                return Err(refuse(format!(
                    "no table has a row of the ticks {first} to {last}, so nothing was compared; with `output: (every: K)`, a \
                     table has a row for every K-th tick"
                )));
            }
            (rows, differences, "row")
        }
    };
    differences.iter().for_each(told);
    let ticks = counted(played, "tick");
    match differences.len() {
        0 => out!("replay: {ticks} run again, {} identical", counted(all, what)),
        1 => out!("replay: {ticks} run again, 1 file differs"),
        wrong => out!("replay: {ticks} run again, {wrong} files differ"),
    }
    Ok(differences)
}

/// The run as its folder says, checked and prepared.
fn prepared(
    args: &VerifyArgs,
    manifest: &Manifest,
    simulation: &Simulation,
    extend: Extension,
) -> Result<Prepared, u8> {
    let path = args.run.join("scenario.ron");
    let scenario = load(&path, &[], &simulation.known()).map_err(|errors| {
        if has_person(&path, extend) {
            let shown = args.run.display();
            return refuse(format!(
                "a person played in {shown}, who cannot be asked again; --hashes-only compares its files with the manifest"
            ));
        }
        err!("{}", shown_lines(errors.render(false).trim_end()));
        FAILED
    })?;
    if !manifest.is_of(&scenario.spec) {
        return Err(fail(format!(
            "{} is not the scenario that the manifest records, or is read in another way by this version; it cannot be \
             run again",
            path.display()
        )));
    }
    if let Some(problem) = manifest.changed_input(&scenario.spec) {
        return Err(fail(format!("{problem}, or compare its files with the manifest (--hashes-only)")));
    }
    let backend = backend_for(&open_backend(&args.machine)?, &args.machine, &scenario.spec);
    let options = RunOptions {
        threads: args.machine.threads.map(usize::from),
        backend,
        factors: manifest.factors.clone(),
        // What servers said is part of what was run, and no server is asked again.
        replay: asks_servers(&scenario.spec).then(|| args.run.clone()),
        ..RunOptions::default()
    };
    let prepared = simulation.prepare(&scenario.spec, options, &model_fetcher()).map_err(refuse)?;
    let here = prepared.instructions();
    if let (Some(there), Some(here)) = (&manifest.instructions, here)
        && there != here
    {
        err!(
            "note: the run was made with the instruction set {}, and this is {here}: last digits may differ",
            shown(there)
        );
    }
    Ok(prepared)
}

/// Whether a person plays in the scenario at `path`.
fn has_person(path: &Path, extend: Extension) -> bool {
    let known = Simulation::extended(&with_person(extend)).known();
    let is_person = |policy: &PolicySpec| matches!(policy, PolicySpec::Custom { name, .. } if name == PERSON);
    let loaded = load(path, &[], &known);
    loaded.is_ok_and(|scenario| scenario.spec.populations.iter().any(|population| is_person(&population.policy)))
}

/// Runs it until the tick `last` is played, and returns how many ticks that were.
fn play(simulation: &mut Simulation, mut prepared: Prepared, out: &Path, last: u32) -> Result<u32, u8> {
    let display = Display::new();
    let (interrupt, shown) = (on_signal(), display.clone());
    let stop = interrupt.clone();
    let watch = Watch::new(move |pace: &Pace, cooperation: f64| {
        shown.show(pace, cooperation);
        if pace.done > last {
            stop.request();
        }
    });
    prepared.show(display.progress(), watch);
    prepared.heed(interrupt);
    prepared.write_to(out);
    let ticks = prepared.spec().ticks;
    let finished = simulation.run_prepared(prepared, &model_fetcher());
    display.bar.finish_and_clear();
    match finished {
        Ok(_) => Ok(ticks),
        Err(RunError::Interrupted { played, .. }) if played > last => Ok(played),
        Err(error @ RunError::Interrupted { .. }) => {
            fail(error);
            Err(INTERRUPTED)
        }
        Err(error) => Err(fail(error)),
    }
}

/// Says what else than the program may be the reason for a difference.
fn note_differences(manifest: &Manifest, again: &Manifest) {
    let weights = |manifest: &Manifest| manifest.model.as_ref().map(|model| model.sha256.clone());
    if weights(manifest) != weights(again) {
        err!("note: the weights of the base model are not those that the run was made with");
    }
    if manifest.device != again.device {
        let [there, here] = [&manifest.device, &again.device].map(|device| shown(device).into_owned());
        err!("note: the run was made on the device {there}, and the replay on {here}: last digits may differ");
    }
}
