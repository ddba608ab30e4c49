// Curves over ticks: crosshair, zoom, members behind their mean, bands, marks; bars where there is one point.

const HEIGHT = 236,
  LEFT = 50,
  TOP = 10,
  BOTTOM = 24;
/** The most curves that a tooltip lists. */
const LISTED = 12;

const watching = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) target.draw(isIntersecting);
  },
  { rootMargin: "300px" },
);

/**
 * spec: { title, note, name, axis: { from, to }, range, unit,
 *   curves: [{ key, name, look, label, values, low, high, members: [{ name, values }] }] }
 * `low` and `high` are the ends of a band. A value that is null is a gap; one that is undefined is at a point of other
 * curves only, and the line goes on. Points that end with the same tick stand beside each other.
 */
function chart(spec) {
  const caption = h(
    "figcaption",
    {},
    h("h4", {}, spec.title),
    spec.note ? h("span", { class: "note", title: spec.note }, spec.note) : null,
  );
  const figure = h("figure", { class: "chart", "data-name": spec.name }, caption);
  const isLine = spec.axis.to.length > 1;
  const save = () => {
    const plot = figure.querySelector(".plot");
    // Charts that have not been looked at are not drawn yet.
    plot.draw(true);
    return plot.firstChild;
  };
  figure.append(
    isLine ? lines(spec, figure) : bars(spec),
    ...(isLine ? [saveButton(spec.name, spec.title, save, () => spec.curves.filter(({ key }) => isShown(key)))] : []),
    folded("Numbers", () => numbersOf(spec)),
  );
  return figure;
}

/** The chart's numbers as a table. */
function numbersOf(spec) {
  const all = spec.curves.flatMap((curve) => [curve, ...(curve.members || [])]);
  const curves = all.length <= 40 ? all : spec.curves;
  const { from, to } = spec.axis;
  const ends = curves.flatMap((curve) =>
    curve.low
      ? [{ name: curve.name }, { name: curve.name + " low" }, { name: curve.name + " high" }]
      : [{ name: curve.name }],
  );
  const cells = (point) =>
    curves.flatMap((curve) =>
      curve.low ? [curve.values[point], curve.low[point], curve.high[point]] : [curve.values[point]],
    );
  const spans = to.some((tick, point) => from[point] !== tick);
  return dataTable({
    caption: spec.title,
    name: spec.name,
    columns: [...(spans ? [{ name: "from tick" }, { name: "to tick" }] : [{ name: "tick" }]), ...ends],
    rows: to.map((tick, point) => [...(spans ? [from[point], tick] : [tick]), ...cells(point)]),
  });
}

/** The only point of each curve as a bar with its value; members are ticks on it. */
function bars(spec) {
  const list = h("div", { class: "bars" });
  const draw = () => {
    const shown = spec.curves.filter((curve) => isShown(curve.key));
    const values = shown
      .flatMap((curve) => [curve, ...(curve.members || [])].map((each) => each.values[0]))
      .concat(0);
    const [low, high] = spec.range || niceRange(values, false);
    const at = (value) => (100 * (value - low)) / (high - low);
    list.replaceChildren(
      ...shown.map((curve) => {
        const value = curve.values[0];
        const [a, b] = isNumber(value) ? [at(Math.min(0, value)), at(Math.max(0, value))] : [0, 0];
        const members = state.members ? curve.members || [] : [];
        const marks = members
          .filter((member) => isNumber(member.values[0]))
          .map((member) =>
            h("i", { style: `left:${at(member.values[0])}%`, title: `${member.name}: ${short(member.values[0])}` }),
          );
        const bar = isNumber(value)
          ? h("span", { class: look(curve.look).class, style: `left:${a}%;width:${Math.max(0.4, b - a)}%` })
          : null;
        return h(
          "div",
          { class: "bar" },
          h("span", { class: "name", title: curve.name }, curve.name),
          h("span", { class: "track", "aria-hidden": "true" }, bar, marks),
          h("span", { class: "value" }, short(value)),
        );
      }),
    );
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
  const plot = h(
    "div",
    {
      class: "plot",
      tabindex: "0",
      role: "slider",
      "aria-label": `${spec.title}: tick`,
      "aria-valuemin": to[0],
      "aria-valuemax": to[to.length - 1],
      "aria-valuenow": to[0],
      "aria-valuetext": "arrow keys read the values, plus and minus zoom",
      title: null,
    },
    drawing,
    tip,
  );
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
    const beside = to.map((_, place) => place).filter((place) => to[place] === to[index]);
    const rows = shown().flatMap((curve) => {
      const at = beside.find((place) => curve.values[place] !== undefined);
      return at === undefined ? [] : [{ curve, at, value: curve.values[at], y: scale.y(curve.drawn[at]) }];
    });
    const here = rows.filter((row) => isNumber(row.value));
    const distance = (row) => (isNumber(row.y) ? Math.abs(row.y - y) : Infinity);
    const nearest =
      y === undefined
        ? null
        : here.reduce((best, row) => (!best || distance(row) < distance(best) ? row : best), null);
    over.replaceChildren(
      svg("line", { class: "cross", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
      ...here
        .filter((row) => isNumber(row.y))
        .map((row) =>
          svg("circle", {
            class: "dot " + look(row.curve.look).class,
            cx: x,
            cy: row.y,
            r: row === nearest ? 5 : 3.5,
          }),
        ),
    );
    for (const group of drawing.querySelectorAll("g.curve")) {
      group.classList.toggle("faded", nearest !== null && here.length > 4 && group.dataset.key !== nearest.curve.key);
    }
    tell(rows, nearest, index, x, y);
  }

  function tell(rows, nearest, index, x, y) {
    const when = (at) => (from[at] === to[at] ? `tick ${to[at]}` : `ticks ${from[at]} to ${to[at]} (means)`);
    let listed = rows;
    if (rows.length > LISTED) {
      const rank = (row) => (isNumber(row.y) ? Math.abs(row.y - (y ?? 0)) : Infinity);
      const near = [...rows].sort((a, b) => rank(a) - rank(b)).slice(0, LISTED);
      listed = rows.filter((row) => near.includes(row));
    }
    const marks = common.marks
      ? common.marks.filter((mark) => mark.tick >= from[index] && mark.tick <= to[index])
      : [];
    const value = ({ curve, at }) => {
      const text = short(curve.values[at]);
      if (curve.low && isNumber(curve.low[at]))
        return `${text} (${short(curve.low[at])} to ${short(curve.high[at])})`;
      return text;
    };
    const places = listed.length ? [...new Set(listed.map(({ at }) => at))].sort((a, b) => a - b) : [index];
    const parts = places.map((at) => ({ when: when(at), rows: listed.filter((row) => row.at === at) }));
    const others = rows.length - listed.length;
    tip.replaceChildren(
      ...parts.flatMap((part) => [
        h("b", {}, part.when),
        h(
          "table",
          {},
          part.rows.map((row) =>
            h(
              "tr",
              { class: row === nearest ? "near" : null },
              h("td", {}, swatch(row.curve.look)),
              h("td", {}, row.curve.name),
              h("td", { class: "value" }, value(row)),
            ),
          ),
        ),
      ]),
      others ? h("div", {}, `and ${others} more; the nearest are listed`) : "",
      ...marks.map((mark) => h("div", {}, mark.text)),
    );
    tip.hidden = false;
    const onRight = x < chart.width / 2;
    tip.style.left = onRight ? `${x + 14}px` : "auto";
    tip.style.right = onRight ? "auto" : `${chart.width - x + 14}px`;
    plot.setAttribute("aria-valuenow", to[index]);
    plot.setAttribute(
      "aria-valuetext",
      parts
        .map((part) => `${part.when}: ` + part.rows.map((row) => `${row.curve.name} ${value(row)}`).join(", "))
        .join("; "),
    );
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
