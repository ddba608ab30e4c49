// How the numbers that agents inherit are distributed over time: a strip for each, darker where more agents are.

views.traits = (section, { file, axis, traits, left_out }) => {
  const WIDTH = 460,
    HIGH = 200,
    SIDE = 44,
    EDGE = 8,
    UNDER = 22;
  /** Shades of a strip: cells of one shade are one path. */
  const SHADES = 12;
  const { from, to } = axis;
  const length = to.length;
  const column = (WIDTH - SIDE - EDGE) / length;
  const when = (point) => (from[point] === to[point] ? `tick ${to[point]}` : `ticks ${from[point]} to ${to[point]}`);

  function strip(trait) {
    const [low, high] = trait.range;
    const bins = trait.bins.map((values) => unfold(values, length));
    const mean = unfold(trait.mean, length);
    const row = (HIGH - EDGE - UNDER) / bins.length;
    const y = (value) => EDGE + (1 - (value - low) / (high - low)) * (HIGH - EDGE - UNDER);
    const ends = (bin) => [low + (bin / bins.length) * (high - low), low + ((bin + 1) / bins.length) * (high - low)];
    const middle = (point) => SIDE + (point + 0.5) * column;
    const shades = Array.from({ length: SHADES }, () => "");
    bins.forEach((shares, bin) => {
      const top = y(ends(bin)[1]).toFixed(2);
      for (let point = 0; point < length; ) {
        // Few agents are told from none.
        const shade = Math.ceil(Math.sqrt(shares[point]) * SHADES);
        let end = point + 1;
        while (end < length && Math.ceil(Math.sqrt(shares[end]) * SHADES) === shade) end += 1;
        if (shade > 0)
          shades[Math.min(shade, SHADES) - 1] +=
            `M${(SIDE + point * column).toFixed(2)} ${top}h${((end - point) * column).toFixed(2)}` +
            `v${row.toFixed(2)}h${(-(end - point) * column).toFixed(2)}z`;
        point = end;
      }
    });
    const parts = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
      const value = low + share * (high - low);
      return [
        svg("line", { class: "grid", x1: SIDE, x2: WIDTH - EDGE, y1: y(value), y2: y(value) }),
        svg("text", { x: SIDE - 6, y: y(value) + 4, "text-anchor": "end" }, short(value)),
      ];
    });
    shades.forEach((d, shade) => {
      if (d) parts.push(svg("path", { class: "shade", d, "fill-opacity": ((shade + 1) / SHADES).toFixed(3) }));
    });
    const labels = Math.min(6, length);
    for (let label = 0; label < labels; label += 1) {
      const point = labels > 1 ? Math.round((label * (length - 1)) / (labels - 1)) : 0;
      const anchor = labels > 1 ? ["start", "middle", "end"][label === 0 ? 0 : label === labels - 1 ? 2 : 1] : "middle";
      parts.push(svg("text", { x: middle(point), y: HIGH - 6, "text-anchor": anchor }, short(to[point])));
    }
    parts.push(...meanLine(mean, middle, y));
    const over = svg("g");
    const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HIGH}`, "aria-hidden": "true" }, parts, over);
    const tip = h("div", { class: "tip", hidden: true });
    const title = heading(trait.name);
    const plot = h(
      "div",
      {
        class: "plot strip",
        tabindex: "0",
        role: "slider",
        "aria-label": `${title}: tick and value`,
        "aria-valuemin": to[0],
        "aria-valuemax": to[length - 1],
        "aria-valuenow": to[0],
        "aria-valuetext": "arrow keys read the shares",
      },
      drawing,
      tip,
    );
    let at = [0, bins.length - 1];
    const point = (place, bin) => {
      at = [Math.max(0, Math.min(length - 1, place)), Math.max(0, Math.min(bins.length - 1, bin))];
      const [x, [lower, upper]] = [at[0], ends(at[1])];
      const text = [`${short(lower)} to ${short(upper)}`, `${short(100 * bins[at[1]][x])} % of all agents`];
      over.replaceChildren(
        svg("rect", { class: "cell", x: SIDE + x * column, y: y(upper), width: column, height: row }),
      );
      tip.replaceChildren(
        h("b", {}, when(x)),
        h("div", {}, text.join(": ")),
        h("div", {}, `mean ${short(mean[x])}`),
      );
      tip.hidden = false;
      const isLeft = x < length / 2;
      tip.style.left = isLeft ? "auto" : "50px";
      tip.style.right = isLeft ? "8px" : "auto";
      plot.setAttribute("aria-valuenow", to[x]);
      plot.setAttribute("aria-valuetext", `${when(x)}: ${text.join(": ")}; mean ${short(mean[x])}`);
    };
    const leave = () => {
      over.replaceChildren();
      tip.hidden = true;
    };
    plot.addEventListener("pointermove", (event) => {
      const box = drawing.getBoundingClientRect();
      const [x, top] = [event.clientX - box.left, event.clientY - box.top].map((part) => (part * WIDTH) / box.width);
      point(Math.floor((x - SIDE) / column), bins.length - 1 - Math.floor((top - EDGE) / row));
    });
    plot.addEventListener("pointerleave", leave);
    plot.addEventListener("blur", leave);
    plot.addEventListener("focus", () => point(...at));
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!step) return;
      event.preventDefault();
      point(at[0] + step[0], at[1] + step[1]);
    });
    const spans = to.some((tick, place) => from[place] !== tick);
    const numbers = () =>
      dataTable({
        caption: `${title}: mean, and shares of all agents by value`,
        name: trait.name,
        columns: [
          ...(spans ? [{ name: "from tick" }, { name: "to tick" }] : [{ name: "tick" }]),
          { name: "mean" },
          ...bins.map((_, bin) => ({ name: ends(bin).map(short).join(" to ") })),
        ],
        rows: to.map((tick, place) => [
          ...(spans ? [from[place], tick] : [tick]),
          mean[place],
          ...bins.map((shares) => shares[place]),
        ]),
      });
    return h(
      "figure",
      { class: "chart", "data-name": trait.name },
      h("figcaption", {}, h("h4", {}, title)),
      plot,
      saveButton(trait.name, title, () => drawing, () => []),
      folded("Numbers", numbers),
    );
  }

  /** The mean over time; a gap where no agent has the trait. */
  function meanLine(mean, middle, y) {
    let d = "";
    mean.forEach((value, point) => {
      if (isNumber(value))
        d += `${isNumber(mean[point - 1]) ? "L" : "M"}${middle(point).toFixed(1)} ${y(value).toFixed(1)}`;
    });
    const isAlone = (_, point) =>
      isNumber(mean[point]) && !isNumber(mean[point - 1]) && !isNumber(mean[point + 1]);
    const dots = mean
      .map((value, point) => ({ value, point }))
      .filter(isAlone)
      .map(({ value, point }) => svg("circle", { class: "mean c1", cx: middle(point), cy: y(value), r: 3.5 }));
    return [svg("path", { class: "mean c1", d }), ...dots];
  }

  section.append(
    note(
      "What agents have inherited: the darker, the more of all agents have such a value; the line is the mean of those " +
        "that have one. A type without such a number is in no shade. From ",
      fileLink(file),
      left_out ? `, which has ${plural(left_out, "more trait")}.` : ".",
    ),
    h("div", { class: "charts" }, traits.map(strip)),
  );
};
