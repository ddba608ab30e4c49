//! `--emit`: the list of a sweep's runs, a command for each, and what starts them.

use super::known::{Found, forecast, largest, models, peak};
use crate::cli::{Emit, SweepArgs};
use crate::commands::input::machine::device_word;
use crate::commands::input::scenario::ChangedFile;
use crate::commands::running::sweep::Order;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, out, refuse};
use crate::files::write_text;
use crate::llm::engine::machine::DeviceChoice;
use crate::run::Forecast;
use crate::run::cluster::listed::{FILE, Listed};
use crate::run::cluster::tasks::{TASKS_MAX, Tasks, Wanted};
use crate::run::cluster::words::{Words, quoted, text_of};
use crate::run::cluster::{KUBERNETES, LIST, Pod, SLURM, array_job, job};
use crate::run::sweep::{Sweep, field};
use crate::text::{counted, shown};
use std::fs;
use std::path::{Path, PathBuf};

/// The most models that are told to be missing.
const TOLD_MAX: usize = 10;

/// Writes the list of runs and what starts them; the exit code.
pub(super) fn emit(args: &SweepArgs, sweep: &Sweep, form: Emit) -> u8 {
    let missing = models(sweep).into_iter().filter(|(_, found, _)| *found == Found::Problem);
    missing.take(TOLD_MAX).for_each(|(_, _, text)| err!("note: {}", shown(&text)));
    match written(args, sweep, form) {
        Ok(said) => {
            out!("{said}");
            DONE
        }
        Err(problem) => refuse(problem),
    }
}

/// Where things are, as absolute paths.
struct Places {
    /// This program.
    sim: String,
    scenario: String,
    /// The folder of the runs.
    folder: String,
    /// Where the command was given.
    home: String,
}

impl Places {
    fn of(args: &SweepArgs, sweep: &Sweep, form: Emit) -> Result<Self, String> {
        let absolute = |path: &Path| {
            let path = std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?;
            text_of(&path).map(String::from)
        };
        let scenario = absolute(&ChangedFile::of(&args.each).path()?)?;
        let (folder, home) = (absolute(&sweep.parent)?, absolute(Path::new("."))?);
        let sim = match form {
            Emit::K8s => "sim".into(),
            Emit::List | Emit::Slurm => {
                let program = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
                text_of(&program)?.into()
            }
        };
        Ok(Self { sim, scenario, folder, home })
    }
}

/// Writes everything, and returns what to do next.
fn written(args: &SweepArgs, sweep: &Sweep, form: Emit) -> Result<String, String> {
    let places = Places::of(args, sweep, form)?;
    let listed = Listed::of(sweep, &Order::of(args).machine());
    let line = |(number, id): (usize, &str)| Ok(command(args, &places, sweep, number, id)?.line()? + "\n");
    let list =
        listed.runs.iter().map(|run| run.id.as_str()).enumerate().map(line).collect::<Result<String, String>>()?;
    let folder = PathBuf::from(&places.folder);
    let quoted_folder = quoted(&places.folder)?;
    let merge = format!("  {} merge {quoted_folder}", quoted(&places.sim)?);
    let (script, then) = match form {
        Emit::List => {
            let from = quoted(text_of(&folder.join(LIST))?)?;
            let all = "each may be repeated at any time. Two side by side, and their results taken together:";
            let xargs = format!("  tr '\\n' '\\0' < {from} | xargs -0 -n 1 -P 2 sh -c");
            (None, format!("{}, {all}\n{xargs}\n{merge}", counted(listed.runs.len(), "command")))
        }
        Emit::Slurm => {
            let tasks = tasks(args, sweep);
            let Places { sim, folder: runs, home, .. } = &places;
            let text = array_job(&listed.scenario, &tasks, sim, runs, home)?;
            let submit = format!("  bash {} [OPTIONS OF SBATCH]", quoted(text_of(&folder.join(SLURM))?)?);
            let all = "To submit them, and a job that merges what they leave, now or again at any time:";
            (Some((SLURM, text)), format!("{}. {all}\n{submit}", packed(&tasks)))
        }
        Emit::K8s => {
            let tasks = tasks(args, sweep);
            let text = job(&listed.scenario, &tasks, &places.folder, &pod(args, &places)?)?;
            let apply = format!("  kubectl apply -f {}", quoted(text_of(&folder.join(KUBERNETES))?)?);
            let all = "To start them, and to take the results together where the volume is mounted:";
            (Some((KUBERNETES, text)), format!("{}. {all}\n{apply}\n{merge}", packed(&tasks)))
        }
    };
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let files: Vec<(&str, &str)> =
        [(LIST, list.as_str())].into_iter().chain(script.iter().map(|(name, text)| (*name, text.as_str()))).collect();
    for path in files.iter().map(|(name, _)| folder.join(name)) {
        if !folder.join(FILE).exists() && path.symlink_metadata().is_ok() {
            return Err(format!("{} is there, and no {FILE} beside it says what it is; move it away", path.display()));
        }
    }
    listed.write(&folder)?;
    for (name, text) in files {
        let path = folder.join(name);
        write_text(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(then)
}

/// How runs are packed.
fn packed(tasks: &Tasks) -> String {
    if tasks.count() > TASKS_MAX {
        err!(
            "note: {} tasks are more than the {TASKS_MAX} that Slurm takes unless it is told otherwise; --pack packs more \
             runs into each",
            tasks.count()
        );
    }
    format!("{} in {}", counted(tasks.runs, "run"), counted(tasks.count(), "task"))
}

/// What pods are made of; an error says what is missing.
fn pod<'a>(args: &'a SweepArgs, places: &'a Places) -> Result<Pod<'a>, String> {
    let Places { scenario, folder, home, .. } = places;
    let (Some(image), Some(claim)) = (&args.cluster.image, &args.cluster.claim) else {
        return Err(
            "--emit k8s needs --image, an image with `sim` on its path, and --claim, the claim of the volume that \
                    holds the scenario and the runs"
                .into(),
        );
    };
    match [scenario, folder].into_iter().find(|path| !Path::new(path).starts_with(home)) {
        Some(outside) => Err(format!(
            "{outside} is not in {home}, where the volume is mounted; give the command in a folder that holds both"
        )),
        None => Ok(Pod { image, claim, home }),
    }
}

/// The command of the run with this number.
fn command(args: &SweepArgs, places: &Places, sweep: &Sweep, number: usize, id: &str) -> Result<Words, String> {
    let each = &args.each;
    let mut words = Words::default();
    words.word(&places.sim).word("sweep").word(&places.scenario);
    for set in each.set.iter().filter(|set| set.split('=').next().is_none_or(|path| field(path) != "seed")) {
        words.option("--set", set);
    }
    if let Some(ticks) = each.ticks {
        words.option("--ticks", ticks);
    }
    for varied in sweep.factors(number).overrides() {
        words.option("--vary", varied);
    }
    words.option("--seeds", sweep.slots[number].seed);
    match each.checkpoint.0 {
        Some(time) => words.option("--checkpoint", time.as_secs_f64() / 60.0),
        None => words.option("--checkpoint", "never"),
    };
    if let Some(most) = each.max_requests {
        words.option("--max-requests", most);
    }
    if let Some(most) = each.max_tokens {
        words.option("--max-tokens", most);
    }
    let machine = &each.machine;
    words.option("--device", device_word(machine.device)).option("--precision", machine.precision.name());
    if let Some(bytes) = machine.device_memory {
        words.option("--device-memory", gibibytes(bytes));
    }
    words.option("--threads", machine.threads.unwrap_or(1));
    if let Some(bytes) = args.cluster.memory {
        words.option("--memory", gibibytes(bytes));
    }
    words.option("--out", &places.folder).option("--task", id);
    Ok(words)
}

fn gibibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// The tasks of the sweep.
fn tasks(args: &SweepArgs, sweep: &Sweep) -> Tasks {
    let cell = largest(sweep);
    let cluster = &args.cluster;
    let wanted = Wanted {
        pack: cluster.pack,
        minutes: cluster.walltime,
        bytes: cluster.memory,
        threads: args.each.machine.threads,
        gpu: matches!(args.each.machine.device, DeviceChoice::Cuda(_)),
    };
    // What is known needs no measuring.
    let forecast = match (wanted.pack, wanted.minutes) {
        (Some(_), Some(_)) => Forecast::Unknown,
        _ => forecast(args, cell),
    };
    Tasks::of(sweep.slots.len(), cell.spec().ticks, forecast, peak(sweep), &wanted)
}
