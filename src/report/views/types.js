// How the shares of types change: bands on top of each other, and their fitness as a table.

views.types = (section, { file, axis, names, others, shares, fitness }) => {
  const WIDTH = 760,
    HIGH = 260,
    SIDE = 46,
    UNDER = 24;
  const length = axis.to.length;
  const bands = shares.map((values, index) => ({
    values: unfold(values, length),
    fitness: unfold(fitness[index], length),
    name: index < names.length ? names[index] : plural(others, "other type"),
    colour: `c${index}`,
  }));
  const shown = others ? bands : bands.slice(0, names.length);
  const [first, last] = [axis.from[0], axis.to[length - 1]];
  const x = (tick) => SIDE + ((tick - first) / (last - first || 1)) * (WIDTH - SIDE - 12);
  const y = (share) => 8 + (1 - share) * (HIGH - 8 - UNDER);
  // One generation alone is as wide as the picture.
  const across = length > 1 ? axis.to.map(x) : [x(first), WIDTH - 12];
  const at = (values, point) => values[length > 1 ? point : 0] || 0;
  const below = across.map(() => 0);
  const parts = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    svg("line", { class: "grid", x1: SIDE, x2: WIDTH - 12, y1: y(share), y2: y(share) }),
    svg("text", { x: SIDE - 6, y: y(share) + 4, "text-anchor": "end" }, short(share)),
  ]);
  for (const band of shown) {
    const lower = across.map((left, point) => `${left.toFixed(1)} ${y(below[point]).toFixed(1)}`);
    across.forEach((_, point) => (below[point] += at(band.values, point)));
    const upper = across.map((left, point) => `${left.toFixed(1)} ${y(below[point]).toFixed(1)}`);
    parts.push(
      svg(
        "path",
        { class: `${band.colour} stack`, d: `M${upper.join("L")}L${lower.reverse().join("L")}Z` },
        svg("title", {}, band.name),
      ),
    );
  }
  for (const tick of niceTicks(first, last, 6, true)) {
    if (tick >= first && tick <= last)
      parts.push(svg("text", { x: x(tick), y: HIGH - 6, "text-anchor": "middle" }, short(tick)));
  }
  const mean = (values) => {
    const numbers = values.filter(isNumber);
    return numbers.length ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length : null;
  };
  section.append(
    note("Shares of all agents by type, the most frequent below. From ", fileLink(file), "."),
    h(
      "figure",
      {},
      svg(
        "svg",
        {
          viewBox: `0 0 ${WIDTH} ${HIGH}`,
          role: "img",
          "aria-label": "Shares of the types over the ticks; the table below has the numbers",
        },
        parts,
      ),
      h(
        "ul",
        { class: "keys" },
        shown.map((band) => h("li", { class: band.colour }, h("i", { class: "swatch" }), " " + band.name)),
      ),
    ),
    dataTable({
      caption: "Types: share at the beginning and the end, mean share, mean fitness",
      name: "types",
      columns: ["type", "first share", "last share", "mean share", "mean fitness"].map((name) => ({ name })),
      rows: shown.map((band) => [
        band.name,
        band.values[0],
        band.values[length - 1],
        mean(band.values),
        mean(band.fitness),
      ]),
    }),
  );
};
