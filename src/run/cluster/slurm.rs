//! A script for Slurm: an array of tasks, and a job that merges what they leave.

use super::script::{self, Signals};
use super::tasks::Tasks;
use super::words::quoted;
use super::{LIST, SLURM};

/// The longest name of a job.
const NAME_MAX: usize = 40;
/// Seconds before its time is up at which a task is told to stop, so that its run can write a checkpoint; not more than
/// a quarter of its time.
const WARNING: u32 = 120;

/// The script that submits `tasks` of the sweep `name`, whose list lies in `folder`, to be run by the program `sim` in
/// the folder `home`; all paths are absolute.
///
/// The job that merges waits with `afterany`, not `afterok`: after a task that failed, `afterok` would leave it in the
/// queue for ever, while `sim merge` names the runs that are missing and fails itself.
///
/// # Errors
/// With a sentence, if a path cannot be quoted.
pub fn array_job(name: &str, tasks: &Tasks, sim: &str, folder: &str, home: &str) -> Result<String, String> {
    let last = tasks.count() - 1;
    let Tasks { runs, pack, minutes, mebibytes, threads, gpu } = tasks;
    let gpu = if *gpu { "#SBATCH --gpus=1\n" } else { "" };
    let version = env!("CARGO_PKG_VERSION");
    let (sim, quoted_folder, home) = (quoted(sim)?, quoted(folder)?, quoted(home)?);
    let job = job_name(name);
    let warning = WARNING.min(minutes.0.saturating_mul(15));
    let task = script::task("SLURM_ARRAY_TASK_ID", Signals::Slurm);
    Ok(format!(
        r#"#!/bin/bash
# {runs} runs, {pack} to a task. Written by sim {version}.
#
#   bash {SLURM} [OPTIONS OF SBATCH]    submits the tasks, and a job that merges what they leave
#
# It may be submitted again at any time: runs that are done are skipped, the others go on or begin again.
# time: {minutes_from}
# mem: {bytes_from}
#SBATCH --job-name={job}
#SBATCH --array=0-{last}
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={threads}
#SBATCH --mem={mebibytes}M
#SBATCH --time={minutes}
{gpu}#SBATCH --signal=B:USR1@{warning}
#SBATCH --requeue
#SBATCH --open-mode=append

sim={sim}
folder={quoted_folder}
pack={pack}
cd -- {home} || exit 2

if [ "${{1-}}" = merge ]; then
  exec "$sim" merge "$folder"
fi

if [ -z "${{SLURM_ARRAY_TASK_ID-}}" ]; then
  script=$folder/{SLURM} logs=$folder/logs
  mkdir -p -- "$logs" || exit
  # A percent sign in the path is no placeholder.
  logs=${{logs//%/%%}}
  runs=$(sbatch --parsable --output="$logs/%A_%a.log" "$@" "$script") || exit
  merge=$(sbatch --parsable --job-name={job}-merge --dependency="afterany:${{runs%%;*}}" --output="$logs/merge_%j.log" \
    --open-mode=append "$@" --wrap="exec bash $(printf %q "$script") merge") || exit
  echo "submitted ${{runs%%;*}}, and ${{merge%%;*}} to merge what it leaves; logs are in $folder/logs"
  exit
fi

[ -r "$folder/{LIST}" ] || {{ echo "$folder/{LIST} cannot be read here" >&2; exit 2; }}
{task}"#,
        minutes_from = minutes.1,
        bytes_from = mebibytes.1,
        minutes = minutes.0,
        mebibytes = mebibytes.0,
    ))
}

/// `name` as the name of a job: short, and of characters that need no quoting.
pub(super) fn job_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' };
    let name: String = name.chars().take(NAME_MAX).map(plain).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "sweep".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_jobs_are_plain() {
        assert_eq!(job_name("quick_look"), "quick_look");
        assert_eq!(job_name("it's $(mine)"), "it-s---mine");
        assert_eq!(job_name("☃"), "sweep");
        assert!(job_name(&"a".repeat(90)).len() <= NAME_MAX);
    }
}
