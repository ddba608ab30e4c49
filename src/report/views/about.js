// The head of the page: what was run.

views.about = (section, { manifest, scenario, files, files_left_out: leftOut }) => {
  const m = manifest || {};
  const facts = [];
  const fact = (name, ...values) => {
    const shown = values.filter((value) => value !== null && value !== undefined && value !== "");
    if (shown.length) facts.push([name, shown.join(", ")]);
  };
  const day = (iso, seconds) => {
    const date = iso ? new Date(iso) : isNumber(seconds) ? new Date(seconds * 1000) : null;
    return date && !Number.isNaN(date.getTime())
      ? date
          .toISOString()
          .replace("T", " ")
          .replace(/\.\d+Z|Z/, " UTC")
      : null;
  };
  const played =
    isNumber(m.ticks_played) && isNumber(m.ticks) ? `${m.ticks_played} of ${plural(m.ticks, "tick")}` : null;
  const words = { running: "in progress", done: "done", failed: "failed", interrupted: "interrupted" };
  fact("scenario", m.scenario);
  fact("seed", m.seed);
  fact("status", words[m.status] || m.status, played);
  for (const [path, value] of Object.entries(m.factors || {})) fact(`varied: ${path}`, String(value));
  fact("model", m.model && m.model.name, m.model && m.model.sha256 && m.model.sha256.slice(0, 12));
  fact("device", m.device, m.instructions, isNumber(m.threads) ? plural(m.threads, "thread") : null);
  fact("started", day(m.started, m.started_unix_seconds));
  fact("ended", day(m.ended));
  fact("duration", isNumber(m.seconds) ? span(m.seconds) : null);
  fact("program", m.version && `sim ${m.version}`, m.commit && `commit ${m.commit}`);
  fact("scenario's SHA-256", m.scenario_sha256 && m.scenario_sha256.slice(0, 12));
  fact("resumed at tick", ...(m.resumed_at || []));
  fact("stopped by", m.error);
  if (Array.isArray(m.command)) fact("command", m.command.join(" "));
  section.append(
    facts.length
      ? h(
          "dl",
          { class: "facts" },
          facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
        )
      : note("There is no manifest.json beside the tables: what was run, and on what, is not known."),
  );
  for (const { agent, tick, reason } of m.halted || [])
    section.append(note(`${agent} stopped learning at tick ${tick}: ${reason}`));
  if (scenario)
    section.append(
      folded("The whole scenario, with every default (scenario.ron)", () => h("pre", { tabindex: "0" }, scenario)),
    );
  if (files.length) {
    const size = (bytes) =>
      bytes < 1e3 ? `${bytes} B` : bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
    section.append(
      h("p", { class: "note" }, "Files beside this page:"),
      h(
        "ul",
        { class: "files" },
        files.map(([name, bytes]) => h("li", {}, fileLink(name), ` ${size(bytes)}`)),
        leftOut ? h("li", {}, `and ${leftOut} more`) : null,
      ),
    );
  }
};

/** Seconds in words. */
function span(seconds) {
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
