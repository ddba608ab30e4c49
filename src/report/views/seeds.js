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
          per_point: 1,
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

/** Every point of every group. */
function jointAxis(groups) {
  const points = new Map();
  for (const { axis } of groups) axis.to.forEach((to, index) => points.has(to) || points.set(to, axis.from[index]));
  const to = [...points.keys()].sort((a, b) => a - b);
  return { from: to.map((tick) => points.get(tick)), to };
}

/** Values of one axis at the points of another that has them all; between its points they are on the line. */
function spread(values, from, axis) {
  const known = new Map(from.to.map((tick, index) => [tick, values[index]]));
  if (known.size === axis.to.length) return values;
  return axis.to.map((tick) => {
    if (known.has(tick)) return known.get(tick);
    const after = from.to.findIndex((other) => other > tick);
    if (after <= 0) return null;
    const [a, b] = [from.to[after - 1], from.to[after]];
    const [x, y] = [values[after - 1], values[after]];
    return isNumber(x) && isNumber(y) ? x + ((y - x) * (tick - a)) / (b - a) : null;
  });
}
