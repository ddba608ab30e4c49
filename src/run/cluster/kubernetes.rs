//! A manifest for Kubernetes: a Job whose pods are numbered, one for each task.

use super::LIST;
use super::script::{self, Signals};
use super::slurm::job_name;
use super::tasks::Tasks;
use super::words::quoted;

/// Seconds that a pod has to write a checkpoint when it is told to stop.
const GRACE: u32 = 120;
/// How often a task may fail, on average over the tasks, before the Job is given up.
const RETRIES: usize = 3;
/// The longest name of a Job, in characters.
const NAME_MAX: usize = 50;
/// Blanks before the lines of the script.
const INDENT: &str = "              ";

/// What pods are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pod<'a> {
    /// The image of their container, which has `sim` on its path.
    pub image: &'a str,
    /// The claim of the volume that holds the scenario and the runs.
    pub claim: &'a str,
    /// Where that volume is mounted, and commands are run.
    pub home: &'a str,
}

/// The manifest of `tasks` of the sweep `name`, whose list lies in `folder`.
///
/// # Errors
/// With a sentence, if a path cannot be quoted.
pub fn job(name: &str, tasks: &Tasks, folder: &str, pod: &Pod) -> Result<String, String> {
    let count = tasks.count();
    let Tasks { runs, pack, minutes, mebibytes, threads, gpu } = tasks;
    let lower = job_name(name).to_lowercase().replace('_', "-");
    let lower: String = lower.chars().take(NAME_MAX).collect();
    let lower = lower.trim_matches('-');
    let script = format!(
        "folder={}\npack={pack}\n{}",
        quoted(folder)?,
        script::task("JOB_COMPLETION_INDEX", Signals::Kubernetes)
    );
    let lines: Vec<String> = script.lines().map(|line| format!("{INDENT}{line}")).collect();
    let script = lines.join("\n");
    let [image, claim, home] = [pod.image, pod.claim, pod.home].map(|text| serde_json::Value::from(text).to_string());
    let gpu = if *gpu { "\n              nvidia.com/gpu: \"1\"" } else { "" };
    let (version, retries, seconds) =
        (env!("CARGO_PKG_VERSION"), count.saturating_mul(RETRIES), u64::from(minutes.0) * 60);
    let mebibytes = mebibytes.0;
    Ok(format!(
        r#"# {runs} runs, {pack} to a task; their commands are in {LIST}. Written by sim {version}.
# It may be applied again at any time, once the Job before it is deleted: runs that are done are skipped.
apiVersion: batch/v1
kind: Job
metadata:
  name: "{lower}"
spec:
  completionMode: Indexed
  completions: {count}
  parallelism: {count}
  backoffLimit: {retries}
  template:
    spec:
      restartPolicy: Never
      activeDeadlineSeconds: {seconds}
      terminationGracePeriodSeconds: {GRACE}
      containers:
        - name: sim
          image: {image}
          workingDir: {home}
          command: ["/bin/sh", "-c"]
          args:
            - |
{script}
          resources:
            requests:
              cpu: "{threads}"
              memory: "{mebibytes}Mi"
            limits:
              memory: "{mebibytes}Mi"{gpu}
          volumeMounts:
            - name: runs
              mountPath: {home}
      volumes:
        - name: runs
          persistentVolumeClaim:
            claimName: {claim}
"#
    ))
}
