// Means at the end, their intervals, and differences by seed, as intervals on a line and as a table.

views.differences = (section, { rows, ends }) => {
  const groups = report.sections.find(({ name }) => name === "seeds").data.groups;
  const last = ends.map(([from, to]) => (from === to ? `tick ${to}` : `ticks ${from} to ${to}`));
  const when = new Set(last).size === 1 ? last[0] : "the last tenth of each group's recorded ticks";
  const isOff = ({ mean, half_width: half }) => isNumber(half) && Math.abs(mean) > half;
  const pairs = groups.length > 1;
  section.append(
    note(
      `Means over seeds at ${when}, ± half the width of their 95 % intervals.` +
        (pairs ? ` Differences are from ${groups[0].label}, seed by seed; * = interval excludes 0.` : ""),
    ),
  );
  if (pairs) {
    const columns = [...new Set(rows.map(({ column }) => column))];
    const select = h(
      "select",
      { id: "difference-column" },
      columns.map((name) => h("option", { value: name }, heading(name))),
    );
    const here = h("div");
    const draw = () =>
      here.replaceChildren(
        forest(
          rows.filter((row) => row.column === select.value && row.difference && row.difference.n > 0),
          groups,
        ),
      );
    remembered("difference-column", select, draw);
    section.append(
      h("h3", {}, `Difference from ${groups[0].label}`),
      h("div", { class: "tools" }, h("label", {}, "measure", select)),
      here,
    );
    draw();
  }
  section.append(
    dataTable({
      caption: `Means over seeds, ${when}`,
      name: "means_over_seeds",
      columns: [
        "group",
        "population",
        "measure",
        "seeds",
        "mean",
        ...(pairs ? ["difference", "seeds of both"] : []),
      ].map((name) => ({ name })),
      rows: rows.map(({ group, population, column, value, difference }) => [
        groups[group].label,
        population || "all",
        heading(column),
        value.n,
        value.n ? { text: plusMinus(value), value: value.mean } : null,
        ...(pairs
          ? [
              difference && difference.n
                ? { text: plusMinus(difference) + (isOff(difference) ? " *" : ""), value: difference.mean }
                : null,
              difference ? difference.n : null,
            ]
          : []),
      ]),
    }),
  );
};

/** A mean, ± half the width of its interval if it has one. */
const plusMinus = ({ mean, half_width: half }) => (isNumber(half) ? `${short(mean)} ± ${short(half)}` : short(mean));

/** A dot and an interval per row, around a line at 0. */
function forest(rows, groups) {
  if (!rows.length) return note("No seed is in both groups.");
  const ends = rows.flatMap(({ difference: { mean, half_width: half } }) => [mean - (half || 0), mean + (half || 0)]);
  const [low, high] = niceRange([...ends, 0], false);
  const at = (value) => `${(100 * (value - low)) / (high - low)}%`;
  return h(
    "div",
    { class: "bars forest" },
    rows.map(({ group, population, difference }) => {
      const { mean, half_width: half } = difference;
      const name = [population || "all", groups.length > 2 ? groups[group].label : null].filter(Boolean).join(" · ");
      return h(
        "div",
        { class: "bar" },
        h("span", { class: "name", title: name }, name),
        h(
          "span",
          { class: "track " + look(group).class, "aria-hidden": "true" },
          h("i", { style: `left:${at(0)}` }),
          isNumber(half)
            ? h("span", {
                class: "interval",
                style: `left:${at(mean - half)};width:${(100 * 2 * half) / (high - low)}%`,
              })
            : null,
          h("em", { style: `left:${at(mean)}` }),
        ),
        h("span", { class: "value" }, plusMinus(difference)),
      );
    }),
  );
}
