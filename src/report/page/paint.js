// The drawing of a chart: axes, marks, curves, bands, labels.

/** Where ticks and values lie; also readies each curve's drawn values. */
function makeScale(spec, curves, [first, last], width) {
  const right = curves.some((curve) => curve.label) ? 26 : 12;
  const isIn = (point) => spec.axis.to[point] >= first && spec.axis.to[point] <= last;
  const inside = [];
  for (const curve of curves) {
    curve.drawn = smoothed(curve.values, state.smooth);
    const all = [
      curve.drawn,
      curve.low,
      curve.high,
      ...(state.members ? (curve.members || []).map((m) => m.values) : []),
    ];
    for (const values of all) if (values) values.forEach((value, point) => isIn(point) && inside.push(value));
  }
  const isLog = state.log;
  const [low, high] = spec.range && !isLog ? spec.range : niceRange(inside, isLog);
  const f = isLog ? Math.log10 : (value) => value;
  const across = width - LEFT - right,
    up = HEIGHT - TOP - BOTTOM;
  const span = last - first || 1;
  return {
    low,
    high,
    isLog,
    width,
    right,
    first,
    last,
    left: inside.filter((value) => isLog && isNumber(value) && value <= 0).length,
    x: (tick) => LEFT + ((tick - first) / span) * across,
    tick: (x) => first + ((x - LEFT) / across) * span,
    y: (value) =>
      isNumber(value) && !(isLog && value <= 0) ? TOP + up * (1 - (f(value) - f(low)) / (f(high) - f(low))) : NaN,
  };
}

/** A curve as the path of a line, and its isolated points. What is undefined is passed by, what is null is a gap. */
function trace(values, to, scale) {
  let path = "",
    alone = [],
    run = [];
  const close = () => {
    if (run.length === 1) alone.push(run[0]);
    else if (run.length) path += "M" + run.map(([x, y]) => x.toFixed(1) + " " + y.toFixed(1)).join("L");
    run = [];
  };
  values.forEach((value, point) => {
    if (value === undefined) return;
    const y = scale.y(value);
    if (isNumber(y)) run.push([scale.x(to[point]), y]);
    else close();
  });
  close();
  return { path, alone };
}

function paint(drawing, spec, curves, scale) {
  const { width } = scale;
  const right = width - scale.right,
    bottom = HEIGHT - BOTTOM;
  const to = spec.axis.to;
  drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const parts = [];
  for (const value of scale.isLog ? logTicks(scale.low, scale.high) : niceTicks(scale.low, scale.high, 5)) {
    const y = scale.y(value);
    parts.push(
      svg("line", { class: "grid", x1: LEFT, x2: right, y1: y, y2: y }),
      svg("text", { x: LEFT - 7, y: y + 4, "text-anchor": "end" }, short(value)),
    );
  }
  for (const tick of niceTicks(scale.first, scale.last, Math.max(2, Math.floor(width / 90)), true)) {
    const x = scale.x(tick);
    parts.push(
      svg("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
      svg("text", { x, y: HEIGHT - 7, "text-anchor": "middle" }, tick.toLocaleString("en")),
    );
  }
  parts.push(
    svg("line", { class: "axis", x1: LEFT, x2: right, y1: bottom, y2: bottom }),
    svg("text", { x: LEFT - 14, y: HEIGHT - 7, "text-anchor": "end" }, "tick"),
  );
  for (const mark of common.marks || []) {
    if (mark.tick < scale.first || mark.tick > scale.last) continue;
    const x = scale.x(mark.tick);
    parts.push(svg("line", { class: "mark", x1: x, x2: x, y1: TOP, y2: bottom }));
  }
  const id = newId();
  const clip = svg("clipPath", { id }, svg("rect", { x: LEFT - 4, y: 0, width: right - LEFT + 8, height: HEIGHT }));
  const behind = [],
    front = [];
  for (const curve of curves) {
    const { class: colour, dash } = look(curve.look);
    const draw = (values, kind) => {
      const { path, alone } = trace(values, to, scale);
      const dots = alone.map(([x, y]) => svg("circle", { class: kind, cx: x, cy: y, r: kind === "mean" ? 3 : 1.5 }));
      return [
        path ? svg("path", { class: kind, d: path, "stroke-dasharray": kind === "mean" ? dash : null }) : null,
        dots,
      ];
    };
    const thin = state.members ? (curve.members || []).map((member) => draw(member.values, "member")) : [];
    behind.push(
      svg(
        "g",
        { class: "curve " + colour, "data-key": curve.key },
        curve.low ? band(curve, to, scale) : null,
        ...thin,
      ),
    );
    front.push(svg("g", { class: "curve " + colour, "data-key": curve.key }, ...draw(curve.drawn, "mean")));
  }
  parts.push(clip, svg("g", { "clip-path": `url(#${id})` }, behind, front), ...labels(curves, to, scale));
  if (scale.left) parts.push(svg("text", { x: LEFT + 4, y: TOP + 10 }, "zero and below: not on a log axis"));
  drawing.replaceChildren(...parts);
}

/** The area between the ends of a band. */
function band(curve, to, scale) {
  const areas = [];
  let run = [];
  const close = () => {
    if (run.length > 1) {
      const points = (end) => run.map((p) => `${scale.x(to[p]).toFixed(1)} ${scale.y(end[p]).toFixed(1)}`);
      areas.push("M" + points(curve.high).join("L") + "L" + points(curve.low).reverse().join("L") + "Z");
    }
    run = [];
  };
  to.forEach((_, point) => {
    if (curve.low[point] === undefined) return;
    if (isNumber(scale.y(curve.low[point])) && isNumber(scale.y(curve.high[point]))) run.push(point);
    else close();
  });
  close();
  return svg("path", { class: "band", d: areas.join("") });
}

/** Labels at the ends of curves, where colours and dashes are too many to be told apart; those that fit. */
function labels(curves, to, scale) {
  const ends = [];
  for (const curve of curves.filter((each) => each.label)) {
    let point = to.length - 1;
    while (point >= 0 && (to[point] > scale.last || !isNumber(scale.y(curve.drawn[point])))) point--;
    if (point >= 0) ends.push({ curve, y: scale.y(curve.drawn[point]) });
  }
  ends.sort((a, b) => a.y - b.y);
  const placed = [];
  for (const end of ends) {
    if (placed.length && end.y < placed[placed.length - 1].y + 10) continue;
    placed.push(end);
  }
  return placed.map(({ curve, y }) =>
    svg("text", { class: "end " + look(curve.look).class, x: scale.width - scale.right + 5, y: y + 4 }, curve.label),
  );
}
