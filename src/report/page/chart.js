// Curves over ticks: crosshair, zoom, members behind their mean, bands, marks; bars where there is one point.

const HEIGHT = 236, LEFT = 50, TOP = 10, BOTTOM = 24;
/** The most curves that a tooltip lists. */
const LISTED = 12;

const watching = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) target.draw(isIntersecting);
}, { rootMargin: "300px" });

/**
 * spec: { title, note, name, axis: { from, to }, per_point, range, unit,
 *   curves: [{ key, name, look, label, values, low, high, members: [{ name, values }] }] }
 * `low` and `high` are the ends of a band.
 */
function chart(spec) {
  const caption = h("figcaption", {}, h("h4", {}, spec.title), spec.note ? h("span", { class: "note" }, spec.note) : null);
  const figure = h("figure", { class: "chart", "data-name": spec.name }, caption);
  figure.append(spec.axis.to.length === 1 ? bars(spec) : lines(spec, figure), folded("Numbers", () => numbersOf(spec)));
  return figure;
}

/** The chart's numbers as a table. */
function numbersOf(spec) {
  const all = spec.curves.flatMap((curve) => [curve, ...(curve.members || [])]);
  const curves = all.length <= 40 ? all : spec.curves;
  const { from, to } = spec.axis;
  const ends = curves.flatMap((curve) =>
    curve.low ? [{ name: curve.name }, { name: curve.name + " low" }, { name: curve.name + " high" }] : [{ name: curve.name }]);
  const cells = (point) => curves.flatMap((curve) =>
    curve.low ? [curve.values[point], curve.low[point], curve.high[point]] : [curve.values[point]]);
  const spans = spec.per_point > 1;
  return dataTable({
    caption: spec.title, name: spec.name,
    columns: [...(spans ? [{ name: "from tick" }, { name: "to tick" }] : [{ name: "tick" }]), ...ends],
    rows: to.map((tick, point) => [...(spans ? [from[point], tick] : [tick]), ...cells(point)]),
  });
}

/** The only point of each curve as a bar with its value; members are ticks on it. */
function bars(spec) {
  const list = h("div", { class: "bars" });
  const draw = () => {
    const shown = spec.curves.filter((curve) => isShown(curve.key));
    const values = shown.flatMap((curve) => [curve, ...(curve.members || [])].map((each) => each.values[0])).concat(0);
    const [low, high] = spec.range || niceRange(values, false);
    const at = (value) => (100 * (value - low)) / (high - low);
    list.replaceChildren(...shown.map((curve) => {
      const value = curve.values[0];
      const [a, b] = isNumber(value) ? [at(Math.min(0, value)), at(Math.max(0, value))] : [0, 0];
      const members = state.members ? curve.members || [] : [];
      const marks = members.filter((member) => isNumber(member.values[0])).map((member) =>
        h("i", { style: `left:${at(member.values[0])}%`, title: `${member.name}: ${short(member.values[0])}` }));
      const bar = isNumber(value) ? h("span", { class: look(curve.look).class, style: `left:${a}%;width:${Math.max(0.4, b - a)}%` }) : null;
      return h("div", { class: "bar" }, h("span", { class: "name", title: curve.name }, curve.name),
        h("span", { class: "track", "aria-hidden": "true" }, bar, marks), h("span", { class: "value" }, short(value)));
    }));
  };
  draw();
  onChoice((change) => ("hidden" in change || "members" in change) && draw());
  return list;
}

function lines(spec, figure) {
  const { from, to } = spec.axis;
  const drawing = svg("svg", { "aria-hidden": "true", height: HEIGHT });
  const over = svg("g");
  const tip = h("div", { class: "tip", hidden: true });
  const plot = h("div", {
    class: "plot", tabindex: "0", role: "slider", "aria-label": `${spec.title}: tick`,
    "aria-valuemin": to[0], "aria-valuemax": to[to.length - 1], "aria-valuenow": to[0],
    "aria-valuetext": "arrow keys read the values, plus and minus zoom", title: null,
  }, drawing, tip);
  const chart = { width: 0, at: null, isVisible: false, isStale: true };
  let scale = null;

  const shown = () => spec.curves.filter((curve) => isShown(curve.key));
  const domain = () => state.zoom || [to[0], to[to.length - 1]];

  function draw() {
    chart.isStale = false;
    chart.width = Math.max(240, plot.clientWidth || 460);
    scale = makeScale(spec, shown(), domain(), chart.width);
    paint(drawing, spec, shown(), scale);
    drawing.append(over);
    over.replaceChildren();
    tip.hidden = true;
  }
  plot.draw = (isVisible) => {
    chart.isVisible = isVisible;
    if (isVisible && (chart.isStale || Math.abs(plot.clientWidth - chart.width) > 1)) draw();
  };
  const touch = () => {
    chart.isStale = true;
    if (chart.isVisible) draw();
  };
  onChoice((change) => ["hidden", "members", "log", "smooth", "zoom"].some((key) => key in change) && touch());
  new ResizeObserver(() => chart.isVisible && plot.draw(true)).observe(plot);
  addEventListener("beforeprint", () => chart.isStale && draw());
  watching.observe(plot);

  /** The crosshair at a point; `y` is where the pointer is, if one is. */
  function point(index, y) {
    if (!scale || chart.isStale) draw();
    chart.at = index;
    const x = scale.x(to[index]);
    const rows = shown().map((curve) => ({ curve, value: curve.values[index], y: scale.y(curve.drawn[index]) }));
    const here = rows.filter((row) => isNumber(row.value));
    const distance = (row) => (isNumber(row.y) ? Math.abs(row.y - y) : Infinity);
    const nearest = y === undefined ? null : here.reduce((best, row) => (!best || distance(row) < distance(best) ? row : best), null);
    over.replaceChildren(svg("line", { class: "cross", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
      ...here.filter((row) => isNumber(row.y)).map((row) =>
        svg("circle", { class: "dot " + look(row.curve.look).class, cx: x, cy: row.y, r: row === nearest ? 5 : 3.5 })));
    for (const group of drawing.querySelectorAll("g.curve")) {
      group.classList.toggle("faded", nearest !== null && here.length > 4 && group.dataset.key !== nearest.curve.key);
    }
    tell(rows, nearest, index, x, y);
  }

  function tell(rows, nearest, index, x, y) {
    const when = from[index] === to[index] ? `tick ${to[index]}` : `ticks ${from[index]} to ${to[index]}${spec.per_point > 1 ? " (means)" : ""}`;
    let listed = rows;
    if (rows.length > LISTED) {
      const rank = (row) => (isNumber(row.y) ? Math.abs(row.y - (y ?? 0)) : Infinity);
      const near = [...rows].sort((a, b) => rank(a) - rank(b)).slice(0, LISTED);
      listed = rows.filter((row) => near.includes(row));
    }
    const marks = common.marks ? common.marks.filter((mark) => mark.tick >= from[index] && mark.tick <= to[index]) : [];
    const value = ({ curve }) => {
      const text = short(curve.values[index]);
      if (curve.low && isNumber(curve.low[index])) return `${text} (${short(curve.low[index])} to ${short(curve.high[index])})`;
      return text;
    };
    const others = rows.length - listed.length;
    tip.replaceChildren(h("b", {}, when),
      h("table", {}, listed.map((row) => h("tr", { class: row === nearest ? "near" : null },
        h("td", {}, swatch(row.curve.look)), h("td", {}, row.curve.name), h("td", { class: "value" }, value(row))))),
      others ? h("div", {}, `and ${others} more; the nearest are listed`) : "",
      ...marks.map((mark) => h("div", {}, mark.text)));
    tip.hidden = false;
    const onRight = x < chart.width / 2;
    tip.style.left = onRight ? `${x + 14}px` : "auto";
    tip.style.right = onRight ? "auto" : `${chart.width - x + 14}px`;
    plot.setAttribute("aria-valuenow", to[index]);
    plot.setAttribute("aria-valuetext", `${when}: ` + listed.map((row) => `${row.curve.name} ${value(row)}`).join(", "));
  }

  function leave() {
    over.replaceChildren();
    tip.hidden = true;
    chart.at = null;
    for (const group of drawing.querySelectorAll("g.curve")) group.classList.remove("faded");
  }

  interact(plot, to, { chart, point, leave, over, domain, scale: () => scale });
  return plot;
}

/** Pointer and keys. */
function interact(plot, to, { chart, point, leave, over, domain, scale }) {
  let start = null;
  const place = (event) => {
    const box = plot.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const nearest = (x) => {
    const tick = scale().tick(x);
    let best = -1;
    for (let i = 0; i < to.length; i++) {
      if (to[i] < domain()[0] || to[i] > domain()[1]) continue;
      if (best < 0 || Math.abs(to[i] - tick) < Math.abs(to[best] - tick)) best = i;
    }
    return best;
  };
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = place(event)[0];
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener("pointermove", (event) => {
    if (!scale()) return;
    const [x, y] = place(event);
    if (start !== null && Math.abs(x - start) > 8) {
      over.replaceChildren(svg("rect", { class: "drag", x: Math.min(x, start), width: Math.abs(x - start), y: TOP, height: HEIGHT - TOP - BOTTOM }));
      return;
    }
    const index = nearest(x);
    if (index >= 0) point(index, y);
  });
  const release = (event) => {
    const x = place(event)[0];
    if (start !== null && Math.abs(x - start) > 8 && event.type === "pointerup") {
      const ends = [scale().tick(Math.min(x, start)), scale().tick(Math.max(x, start))];
      const inside = to.filter((tick) => tick >= ends[0] && tick <= ends[1]);
      if (inside.length > 1) choose({ zoom: [inside[0], inside[inside.length - 1]] });
    }
    start = null;
  };
  plot.addEventListener("pointerup", release);
  plot.addEventListener("pointercancel", release);
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("blur", leave);
  plot.addEventListener("dblclick", () => choose({ zoom: null }));
  plot.addEventListener("keydown", (event) => {
    const inside = to.map((_, index) => index).filter((index) => to[index] >= domain()[0] && to[index] <= domain()[1]);
    const at = inside.indexOf(chart.at);
    const go = (next) => point(inside[Math.max(0, Math.min(inside.length - 1, next))]);
    const zoom = (factor) => {
      const middle = to[chart.at ?? inside[0]];
      const half = ((domain()[1] - domain()[0]) * factor) / 2;
      const ends = [Math.max(to[0], middle - half), Math.min(to[to.length - 1], middle + half)];
      if (to.filter((tick) => tick >= ends[0] && tick <= ends[1]).length > 1) {
        const kept = chart.at;
        choose({ zoom: factor > 1 && ends[0] === to[0] && ends[1] === to[to.length - 1] ? null : ends });
        if (kept !== null) point(kept);
      }
    };
    const keys = {
      ArrowRight: () => go(at + 1), ArrowLeft: () => go(at < 0 ? inside.length - 1 : at - 1), Home: () => go(0),
      End: () => go(inside.length - 1), PageDown: () => go(at + 10), PageUp: () => go(at - 10),
      "+": () => zoom(0.5), "-": () => zoom(2), Escape: () => (state.zoom ? choose({ zoom: null }) : leave()),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
}

/** Where ticks and values lie; also readies each curve's drawn values. */
function makeScale(spec, curves, [first, last], width) {
  const right = curves.some((curve) => curve.label) ? 26 : 12;
  const isIn = (point) => spec.axis.to[point] >= first && spec.axis.to[point] <= last;
  const inside = [];
  for (const curve of curves) {
    curve.drawn = smoothed(curve.values, state.smooth);
    const all = [curve.drawn, curve.low, curve.high, ...(state.members ? (curve.members || []).map((m) => m.values) : [])];
    for (const values of all) if (values) values.forEach((value, point) => isIn(point) && inside.push(value));
  }
  const isLog = state.log;
  const [low, high] = spec.range && !isLog ? spec.range : niceRange(inside, isLog);
  const f = isLog ? Math.log10 : (value) => value;
  const across = width - LEFT - right, up = HEIGHT - TOP - BOTTOM;
  const span = last - first || 1;
  return {
    low, high, isLog, width, right, first, last,
    left: inside.filter((value) => isLog && isNumber(value) && value <= 0).length,
    x: (tick) => LEFT + ((tick - first) / span) * across,
    tick: (x) => first + ((x - LEFT) / across) * span,
    y: (value) => (isNumber(value) && !(isLog && value <= 0) ? TOP + up * (1 - (f(value) - f(low)) / (f(high) - f(low))) : NaN),
  };
}

/** A curve as the path of a line, and its isolated points. */
function trace(values, to, scale) {
  let path = "", alone = [], run = [];
  const close = () => {
    if (run.length === 1) alone.push(run[0]);
    else if (run.length) path += "M" + run.map(([x, y]) => x.toFixed(1) + " " + y.toFixed(1)).join("L");
    run = [];
  };
  values.forEach((value, point) => {
    const y = scale.y(value);
    if (isNumber(y)) run.push([scale.x(to[point]), y]);
    else close();
  });
  close();
  return { path, alone };
}

function paint(drawing, spec, curves, scale) {
  const { width } = scale;
  const right = width - scale.right, bottom = HEIGHT - BOTTOM;
  const to = spec.axis.to;
  drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const parts = [];
  for (const value of scale.isLog ? logTicks(scale.low, scale.high) : niceTicks(scale.low, scale.high, 4)) {
    const y = scale.y(value);
    parts.push(svg("line", { class: "grid", x1: LEFT, x2: right, y1: y, y2: y }),
      svg("text", { x: LEFT - 7, y: y + 4, "text-anchor": "end" }, short(value)));
  }
  for (const tick of niceTicks(scale.first, scale.last, Math.max(2, Math.floor(width / 90)), true)) {
    const x = scale.x(tick);
    parts.push(svg("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
      svg("text", { x, y: HEIGHT - 7, "text-anchor": "middle" }, tick.toLocaleString("en")));
  }
  parts.push(svg("line", { class: "axis", x1: LEFT, x2: right, y1: bottom, y2: bottom }));
  for (const mark of common.marks || []) {
    if (mark.tick < scale.first || mark.tick > scale.last) continue;
    const x = scale.x(mark.tick);
    parts.push(svg("line", { class: "mark", x1: x, x2: x, y1: TOP, y2: bottom }));
  }
  const id = newId();
  const clip = svg("clipPath", { id }, svg("rect", { x: LEFT - 4, y: 0, width: right - LEFT + 8, height: HEIGHT }));
  const behind = [], front = [];
  for (const curve of curves) {
    const { class: colour, dash } = look(curve.look);
    const draw = (values, kind) => {
      const { path, alone } = trace(values, to, scale);
      const dots = alone.map(([x, y]) => svg("circle", { class: kind, cx: x, cy: y, r: kind === "mean" ? 3 : 1.5 }));
      return [path ? svg("path", { class: kind, d: path, "stroke-dasharray": kind === "mean" ? dash : null }) : null, dots];
    };
    const thin = state.members ? (curve.members || []).map((member) => draw(member.values, "member")) : [];
    behind.push(svg("g", { class: "curve " + colour, "data-key": curve.key }, curve.low ? band(curve, to, scale) : null, ...thin));
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
  to.forEach((_, point) => (isNumber(scale.y(curve.low[point])) && isNumber(scale.y(curve.high[point])) ? run.push(point) : close()));
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
    svg("text", { class: "end " + look(curve.look).class, x: scale.width - scale.right + 5, y: y + 4 }, curve.label));
}
