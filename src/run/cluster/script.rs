//! What a task does, in the language of every shell: the commands of its runs, one after another.

use super::LIST;

/// Who gets a signal that asks a task to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signals {
    /// SIGUSR1 comes to the script alone, and SIGTERM to its runs as well: a second one would end them at once.
    Slurm,
    /// SIGTERM comes to the script alone.
    Kubernetes,
}

/// The part of a script that runs the task with the number in the variable `index`, of `$pack` runs each, from the list
/// in `$folder`. After a request to stop, the run writes a checkpoint, and no other is begun. One that fails does not
/// keep those after it from being run.
pub(super) fn task(index: &str, signals: Signals) -> String {
    let relayed = r#"stop=1; [ "$child" = 0 ] || kill -TERM "$child""#;
    let traps = match signals {
        Signals::Slurm => format!("trap '{relayed}' USR1\ntrap 'stop=1' TERM INT"),
        Signals::Kubernetes => format!("trap '{relayed}' TERM INT"),
    };
    format!(
        r#"first=$(({index} * pack + 1))
last=$(({index} * pack + pack))
stop=0 failed=0 child=0
{traps}
while IFS= read -r command; do
  [ -n "$command" ] || continue
  sh -c "exec $command" </dev/null &
  child=$!
  wait "$child"
  code=$?
  # A signal ends the wait, not the run.
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=0
  [ "$code" = 0 ] || failed=$((failed + 1))
  [ "$stop" = 0 ] || break
done <<END
$(sed -n "${{first}},${{last}}p" "$folder/{LIST}")
END
if [ "$stop" = 1 ]; then
  echo "stopped; the same task goes on where it was when it is started again" >&2
  exit 130
fi
if [ "$failed" != 0 ]; then
  echo "$failed of the runs of this task failed" >&2
  exit 1
fi
"#
    )
}
