// Who takes over whom, and how common each type is in the long run, at a strength of selection and a size of the
// population that the reader chooses.

views.invasion = (section, data) => {
  const { types, strengths, sizes, chosen, mutation } = data;
  const names = types.map(({ name }) => name);
  const slider = (id, count, at) => h("input", { type: "range", id, min: 0, max: count - 1, value: at });
  const strength = remembered("meta-strength", slider("meta-strength", strengths.length, chosen.strength), draw);
  const size = remembered("meta-size", slider("meta-size", sizes.length, chosen.size), draw);
  const told = { strength: h("output", { for: "meta-strength" }), size: h("output", { for: "meta-size" }) };
  const graph = h("figure", { class: "graph" });
  const bars = h("div", { class: "bars" });
  const mutating = mutation ? h("div", { class: "bars" }) : null;
  const says = note();

  function draw() {
    const [n, b] = [Number(size.value), Number(strength.value)];
    told.strength.textContent = ` β = ${short(strengths[b])}`;
    told.size.textContent = ` N = ${sizes[n].toLocaleString("en")}`;
    const cell = data.cells[n][b];
    graph.replaceChildren(
      h("figcaption", {}, h("h4", {}, "Who takes over whom")),
      network(cell.share, ratios(cell, sizes[n]), sizes[n]),
      saveButton(
        "invasion",
        `Who takes over whom, β = ${short(strengths[b])}, N = ${sizes[n]}`,
        () => graph.querySelector("svg"),
        () => [],
      ),
      note(
        "An arrow leads from a resident to an invader that takes over more often than a neutral one, " +
          "1/N; its width grows with how much more often. Circles are as large as the share in the long run.",
      ),
    );
    bars.replaceChildren(...sharesAsBars(cell));
    if (mutating)
      mutating.replaceChildren(
        h("h4", {}, `Mean share with mutation μ = ${short(mutation)}`),
        ...(isNumber(cell.chain?.cooperation[0])
          ? [
              ...sharesAsBars(cell.chain),
              note(`Cooperation: ${interval(...cell.chain.cooperation)}. Over the chain of all compositions.`),
            ]
          : [note("Left out here; the notes on the origin of the numbers, below, say why.")]),
      );
    says.textContent =
      `Cooperation in the long run: ${interval(...cell.cooperation)}. Rare mutants appear evenly, and each takes ` +
      "over or dies out before the next.";
  }

  /** Shares with their intervals, the largest first. */
  function sharesAsBars({ share, low, high }) {
    return names
      .map((name, index) => ({ name, index, share: share[index] }))
      .sort((a, b) => b.share - a.share || a.index - b.index)
      .map(({ name, index, share }) =>
        h(
          "div",
          { class: "bar" },
          h("span", { class: "name", title: name }, name),
          h(
            "span",
            { class: "track", "aria-hidden": "true" },
            h("span", { class: look(index).class, style: `left:0%;width:${Math.max(0.4, 100 * share)}%` }),
            isNumber(low?.[index])
              ? h("i", {
                  class: "range",
                  style: `left:${100 * low[index]}%;width:${100 * (high[index] - low[index])}%`,
                })
              : null,
          ),
          h("span", { class: "value" }, interval(share, low?.[index], high?.[index])),
        ),
      );
  }

  /** A circle of types with arrows; `ratio[resident][mutant]` is how many times more often than a neutral one it takes over. */
  function network(share, ratio, size) {
    const width = 460,
      centre = width / 2,
      radius = 150;
    const place = (index) => {
      const angle = (2 * Math.PI * index) / names.length - Math.PI / 2;
      return [centre + radius * Math.cos(angle), centre + radius * Math.sin(angle), angle];
    };
    const weight = (index) => 6 + 26 * Math.sqrt(share[index]);
    const arrows = [];
    names.forEach((resident, r) =>
      names.forEach((invader, i) => {
        if (i === r || !(ratio[r][i] > 1.0001)) return;
        const [x0, y0] = place(r),
          [x1, y1] = place(i);
        const length = Math.hypot(x1 - x0, y1 - y0);
        const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
        // Arrows of a pair that goes both ways lie beside each other.
        const [sx, sy] = [-4 * uy, 4 * ux];
        const from = weight(r) + 2,
          to = length - weight(i) - 8;
        arrows.push(
          svg(
            "line",
            {
              class: "arrow",
              x1: x0 + ux * from + sx,
              y1: y0 + uy * from + sy,
              x2: x0 + ux * to + sx,
              y2: y0 + uy * to + sy,
              "stroke-width": Math.min(6, 1 + Math.log10(ratio[r][i]) * 2.2).toFixed(2),
              "marker-end": "url(#tip)",
            },
            svg(
              "title",
              {},
              `${invader} takes over ${resident} with probability ${short(ratio[r][i] / size)}, ` +
                `${short(ratio[r][i])} times that of a neutral one`,
            ),
          ),
        );
      }),
    );
    const nodes = names.map((name, index) => {
      const [x, y, angle] = place(index);
      const side = Math.cos(angle) > 0.2 ? "start" : Math.cos(angle) < -0.2 ? "end" : "middle";
      const gap = weight(index) + 6;
      return svg(
        "g",
        { class: look(index).class },
        svg("circle", { class: "node", cx: x, cy: y, r: weight(index) }, svg("title", {}, `${name}: ${short(share[index])}`)),
        svg(
          "text",
          {
            x: x + Math.cos(angle) * gap,
            y: y + Math.sin(angle) * gap + 4,
            "text-anchor": side,
            class: "name",
          },
          name.length > 18 ? name.slice(0, 8) + "…" + name.slice(-9) : name,
        ),
      );
    });
    return svg(
      "svg",
      {
        viewBox: `-110 0 ${width + 220} ${width}`,
        role: "img",
        "aria-label": `${plural(arrows.length, "arrow")} from residents to their invaders; the table of fixation probabilities has the numbers`,
      },
      svg(
        "defs",
        {},
        svg(
          "marker",
          { id: "tip", viewBox: "0 0 8 8", refX: 4, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
          svg("path", { d: "M0 0L8 4L0 8z", class: "arrowhead" }),
        ),
      ),
      arrows,
      nodes,
    );
  }

  section.append(
    h(
      "div",
      { class: "tools", role: "group", "aria-label": "Selection" },
      h("label", {}, "strength of selection", strength),
      told.strength,
      h("label", {}, "population", size),
      told.size,
    ),
    says,
    h("div", { class: "beside" }, graph, h("div", {}, h("h4", {}, "Share in the long run"), bars, mutating)),
    folded("Numbers", () => h("div", {}, fixations(data), shares(data), mutation ? chains(data) : null)),
  );
  draw();
};

/** Chances of fixation over that of a neutral mutant, 1/N. */
const ratios = ({ fixation }, size) => fixation.map((of) => of.map((chance) => chance * size));

/** All chances of fixation at all points of the grid. */
function fixations({ types, strengths, sizes, cells }) {
  const rows = [];
  cells.forEach((of, n) =>
    of.forEach(({ fixation }, b) =>
      types.forEach(({ name: mutant }, i) =>
        types.forEach(({ name: resident }, r) => {
          const chance = fixation[r][i];
          if (i !== r) rows.push([mutant, resident, sizes[n], strengths[b], chance, chance * sizes[n]]);
        }),
      ),
    ),
  );
  return dataTable({
    caption: "Fixation probabilities",
    name: "fixation",
    columns: ["mutant", "resident", "N", "β", "probability", "times neutral"].map((name) => ({ name })),
    rows,
  });
}

function shares({ types, strengths, sizes, cells }) {
  const rows = cells.flatMap((of, n) =>
    of.flatMap(({ share, low, high }, b) =>
      types.map(({ name }, index) => [
        name,
        sizes[n],
        strengths[b],
        share[index],
        low ? low[index] : null,
        high ? high[index] : null,
      ]),
    ),
  );
  return dataTable({
    caption: "Shares in the long run",
    name: "stationary",
    columns: ["type", "N", "β", "share", "low", "high"].map((name) => ({ name })),
    rows,
  });
}

/** Mean shares with mutation at all points of the grid where there are any, beside those under rare mutants. */
function chains({ types, strengths, sizes, cells }) {
  const rows = cells.flatMap((of, n) =>
    of.flatMap(({ share: rare, chain }, b) =>
      chain
        ? types.map(({ name }, index) => [
            name,
            sizes[n],
            strengths[b],
            chain.share[index],
            chain.low ? chain.low[index] : null,
            chain.high ? chain.high[index] : null,
            rare[index],
          ])
        : [],
    ),
  );
  return dataTable({
    caption: "Mean shares with mutation",
    name: "full_chain",
    columns: ["type", "N", "β", "share", "low", "high", "rare mutants"].map((name) => ({ name })),
    rows,
  });
}
