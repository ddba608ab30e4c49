// Means over seeds with their intervals: a line per group of runs, or per population if there is one group.

views.seeds = (section, { groups }) => {
  const many = groups.length > 1;
  section.append(
    h(
      "ul",
      { class: "notes" },
      groups.map(({ label, seeds }) =>
        h(
          "li",
          {},
          h("b", {}, label),
          `: ${plural(seeds.length, "seed")} (${seeds.slice(0, 20).join(", ")}${seeds.length > 20 ? ", …" : ""})`,
        ),
      ),
    ),
    note(
      "Lines are means over seeds. Bands are their 95 % intervals by Student's t; bands need two seeds.",
    ),
    ...(common.notes || []).map((text) => note(text)),
  );
  if (groups.some(({ axis }) => axis.to.length > 1)) section.append(tools([switchBox("log", "log axis")]));
  const axis = jointAxis(groups);
  const populations = [...new Set(groups.flatMap(({ curves }) => curves.map(({ population }) => population)))];
  const columnsOf = (population) => [
    ...new Set(
      groups.flatMap(({ curves }) =>
        curves.filter((curve) => curve.population === population).map(({ column }) => column),
      ),
    ),
  ];
  const line = (group, index, population, column, name, key) => {
    const curve = group.curves.find((each) => each.population === population && each.column === column);
    if (!curve) return null;
    const [values, low, high] = [curve.mean, curve.low, curve.high].map((all) =>
      spread(unfold(all, group.axis.to.length), group.axis, axis),
    );
    return { key, name, look: index, values, low, high, meaning: curve.meaning, label: null };
  };
  const range = (column) => (/^(cooperation_rate|illegal_rate|p_c_.*)$/.test(column) ? [0, 1] : null);
  const spec = (name, title, column, curves) => {
    const there = curves.filter(Boolean);
    return there.length
      ? {
          name,
          title,
          note: there[0].meaning ? plainMeaning(there[0].meaning) : null,
          axis,
          curves: there,
          range: range(column),
        }
      : null;
  };
  const show = (title, specs) =>
    section.append(h("h3", {}, title), h("div", { class: "charts" }, specs.filter(Boolean).map(chart)));
  const label = (index) => (groups.length > COLOURS ? String(index + 1) : null);
  if (many) {
    section.append(
      legend(
        groups.map((group, index) => ({ key: "g" + index, name: group.label, look: index, label: label(index) })),
        "Groups of runs",
      ),
    );
    for (const population of populations) {
      show(
        population || "All agents together",
        columnsOf(population).map((column) =>
          spec(
            `${population}:${column}`,
            heading(column),
            column,
            groups.map((group, index) => {
              const drawn = line(group, index, population, column, group.label, "g" + index);
              return drawn && { ...drawn, label: label(index) };
            }),
          ),
        ),
      );
    }
    return;
  }
  const named = populations.filter(Boolean);
  section.append(
    legend(
      named.map((name, index) => ({ key: "p" + index, name, look: index })),
      "Populations",
    ),
  );
  const columns = [...new Set(named.flatMap(columnsOf))];
  show(
    "Populations",
    columns.map((column) =>
      spec(
        column,
        heading(column),
        column,
        named.map((name, index) => line(groups[0], index, name, column, name, "p" + index)),
      ),
    ),
  );
  show(
    "All agents together",
    columnsOf("").map((column, index) =>
      spec(":" + column, heading(column), column, [line(groups[0], index, "", column, heading(column), "s" + column)]),
    ),
  );
};

/** Every point of every group, by its last tick and then its first. */
function jointAxis(groups) {
  const points = new Map();
  for (const { axis } of groups)
    axis.to.forEach((to, index) => points.set(pointKey(axis, index), [axis.from[index], to]));
  const sorted = [...points.values()].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  return { from: sorted.map(([from]) => from), to: sorted.map(([, to]) => to) };
}

/** What tells a point of an axis from those of others: the ticks that it covers. */
const pointKey = ({ from, to }, index) => `${from[index]} ${to[index]}`;

/** Values of the axis `own` at the points of another that has them all: undefined at those that are not its own. */
function spread(values, own, axis) {
  const known = new Map(own.to.map((_, index) => [pointKey(own, index), values[index]]));
  return axis.to.map((_, index) => known.get(pointKey(axis, index)));
}
