// The replicator equation: shares over time from an even start, and the whole simplex where there are three types.

views.replicator = (section, data) => {
  const { types, fitness, times, shares, low, high, mutation, mutator, simplex, rest_points, notes } = data;
  const names = types.map(({ name }) => name);
  const items = names.map((name, index) => ({ key: "m" + index, name, look: index, label: null }));
  section.append(
    note(`Shares grow by ${fitness} less the mean ${fitness}. Bands, where there are any, resample training seeds.`),
    legend(items, "Types"),
    h(
      "div",
      { class: "charts" },
      timeChart("replicator", "Shares over time, from an even start", items, times, { shares, low, high }),
      mutator
        ? timeChart("replicator_mutator", `Shares over time with mutation μ = ${short(mutation)}`, items, times, mutator)
        : null,
      simplex ? triangle(names, simplex, rest_points) : null,
    ),
    rest_points.length
      ? dataTable({
          caption: "Points at rest",
          name: "rest_points",
          columns: [
            ...names.map((name) => ({ name })),
            { name: "stability" },
            { name: "basin", meaning: "share of mixtures that end there" },
          ],
          rows: rest_points.map((point) => [...point.shares, point.stability, point.basin]),
        })
      : "",
    ...notes.map((text) => note(text)),
  );
};

/** Shares over time as lines with bands; time has no ticks of its own, so this is no chart of ticks. */
function timeChart(name, title, items, times, { shares, low, high }) {
  const width = 520,
    height = 260,
    left = 44,
    bottom = 30;
  const last = times[times.length - 1];
  const x = (time) => left + ((width - left - 10) * time) / last,
    y = (share) => 10 + (height - bottom - 10) * (1 - share);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  const draw = () => {
    const parts = [];
    for (const share of [0, 0.25, 0.5, 0.75, 1])
      parts.push(
        svg("line", { class: "grid", x1: left, x2: width - 10, y1: y(share), y2: y(share) }),
        svg("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, short(share)),
      );
    for (const time of niceTicks(0, last, 5))
      parts.push(svg("text", { x: x(time), y: height - 8, "text-anchor": "middle" }, short(time)));
    const line = (values) => "M" + values.map((value, at) => `${x(times[at]).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
    items.forEach(({ key, look: index, name }) => {
      if (!isShown(key)) return;
      const { class: colour, dash } = look(index);
      if (low)
        parts.push(
          svg("path", {
            class: "band " + colour,
            d: line(high[index]) + "L" + line(low[index]).slice(1).split("L").reverse().join("L") + "Z",
          }),
        );
      parts.push(
        svg(
          "path",
          { class: "mean " + colour, d: line(shares[index]), "stroke-dasharray": dash },
          svg("title", {}, `${name}: ${short(shares[index][0])} at first, ${short(shares[index][times.length - 1])} at the end`),
        ),
      );
    });
    drawing.replaceChildren(...parts);
  };
  draw();
  onChoice((change) => "hidden" in change && draw());
  return h(
    "figure",
    {},
    h("figcaption", {}, h("h4", {}, title)),
    drawing,
    saveButton(name, title, () => drawing, () => items.filter(({ key }) => isShown(key))),
    folded("Numbers", () =>
      dataTable({
        caption: title,
        name,
        columns: [{ name: "time" }, ...items.map(({ name }) => ({ name }))],
        rows: times.map((time, at) => [time, ...items.map((_, index) => shares[index][at])]),
      }),
    ),
  );
}

/** Trajectories among three types, and the points at rest. */
function triangle(names, trajectories, rest) {
  const width = 420,
    height = 380,
    side = 320;
  const corners = [
    [width / 2, 40],
    [width / 2 - side / 2, 40 + (side * Math.sqrt(3)) / 2],
    [width / 2 + side / 2, 40 + (side * Math.sqrt(3)) / 2],
  ];
  const at = (shares) => [0, 1].map((axis) => corners.reduce((sum, corner, index) => sum + shares[index] * corner[axis], 0));
  const path = (points) => "M" + points.map((shares) => at(shares).map((value) => value.toFixed(1)).join(" ")).join("L");
  const arrow = (points) => {
    const middle = Math.floor(points.length / 3);
    const [x, y] = at(points[middle]);
    const [x1, y1] = at(points[Math.min(points.length - 1, middle + 1)]);
    if (Math.hypot(x1 - x, y1 - y) < 0.2) return null;
    const angle = (Math.atan2(y1 - y, x1 - x) * 180) / Math.PI;
    return svg("path", { class: "arrowhead", d: "M-4 -3L4 0L-4 3z", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${angle.toFixed(0)})` });
  };
  const kind = { attracts: "full", repels: "empty" };
  const drawing = svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": "Trajectories of the replicator equation; the table below has the points at rest",
      },
      svg("path", { class: "frame", d: "M" + corners.map((corner) => corner.join(" ")).join("L") + "Z" }),
      trajectories.map((points) => svg("path", { class: "flow", d: path(points) })),
      trajectories.map(arrow),
      rest.map(({ shares, stability }) => {
        const [cx, cy] = at(shares);
        return svg("circle", { class: "rest " + (kind[stability] || "half"), cx, cy, r: 6 }, svg("title", {}, stability));
      }),
      names.map((name, index) =>
        svg(
          "text",
          { x: corners[index][0], y: corners[index][1] + (index ? 22 : -14), "text-anchor": "middle", class: "name" },
          name,
        ),
      ),
    );
  return h(
    "figure",
    {},
    h("figcaption", {}, h("h4", {}, "All mixtures of the three types")),
    drawing,
    saveButton("mixtures", "All mixtures of the three types", () => drawing, () => []),
    note("Full circles attract, empty ones repel, grey ones do both, or the payoffs near them do not decide."),
  );
}
