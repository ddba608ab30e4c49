// Where populations are among memory-one strategies, and how they got there.

const PLANE = 300,
  EDGE = 34;

views.strategies = (section, { landmarks }) => {
  const curves = report.sections.find(({ name }) => name === "curves").data.evolution;
  const length = curves.axis.to.length;
  const values = (all, column) =>
    unfold(all[curves.columns.findIndex(({ name }) => name === column)] ?? null, length);
  const tracks = populationItems()
    .map((item, index) => ({ ...item, index, of: curves.populations[index] }))
    .filter(({ index }) => common.populations[index].changes);
  const until = h("input", { type: "range", min: 0, max: length - 1, value: length - 1, id: "strategy-tick" });
  const shown = h("output", { for: "strategy-tick" });
  const draw = () => {
    const last = Number(until.value);
    shown.textContent = ` up to tick ${curves.axis.to[last]}`;
    planes.replaceChildren(
      plane("After its own C", "p_c_cc", "p_c_cd", 0),
      plane("After its own D", "p_c_dc", "p_c_dd", 2),
    );
  };
  const planes = h("div", { class: "planes" });

  /** One plane: p(C) after the opponent's C to the right, after its D upwards. */
  function plane(title, across, up, first) {
    const at = (value) => EDGE + value * (PLANE - EDGE - 12);
    const x = at,
      y = (value) => PLANE - at(value);
    const parts = [svg("rect", { class: "frame", x: x(0), y: y(1), width: x(1) - x(0), height: y(0) - y(1) })];
    for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
      parts.push(
        svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: y(0), y2: y(1) }),
        svg("line", { class: "grid", x1: x(0), x2: x(1), y1: y(tick), y2: y(tick) }),
        svg("text", { x: x(tick), y: y(0) + 15, "text-anchor": "middle" }, short(tick)),
        svg("text", { x: x(0) - 6, y: y(tick) + 4, "text-anchor": "end" }, short(tick)),
      );
    }
    const places = new Map();
    for (const [name, p] of landmarks) {
      const key = p.slice(first, first + 2).join();
      places.set(key, [...(places.get(key) || []), human(name)]);
    }
    const numbers = [...places].map(([key, names], index) => {
      const [a, b] = key.split(",").map(Number);
      const letter = String.fromCharCode(65 + index);
      const dx = a > 0.5 ? -9 : 9,
        dy = b > 0.5 ? 15 : -7;
      parts.push(
        svg("path", { class: "landmark", d: `M${x(a) - 5} ${y(b)}h10M${x(a)} ${y(b) - 5}v10` }),
        svg(
          "text",
          { class: "letter", x: x(a) + dx, y: y(b) + dy, "text-anchor": a > 0.5 ? "end" : "start" },
          letter,
        ),
      );
      return h("li", {}, h("b", {}, letter), " " + names.join(", "));
    });
    for (const track of tracks.filter(({ key }) => isShown(key))) {
      const draw = (all, kind, name) => {
        const [p, q] = [values(all, across), values(all, up)];
        const points = p
          .map((value, index) => [value, q[index]])
          .slice(0, Number(until.value) + 1)
          .filter((point) => point.every(isNumber));
        if (!points.length) return [];
        const end = points[points.length - 1];
        const d = "M" + points.map(([a, b]) => `${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("L");
        return [
          svg("path", { class: kind, d, "stroke-dasharray": kind === "mean" ? look(track.look).dash : null }),
          kind === "mean" ? svg("circle", { class: "open", cx: x(points[0][0]), cy: y(points[0][1]), r: 4 }) : null,
          svg(
            "circle",
            { class: kind, cx: x(end[0]), cy: y(end[1]), r: kind === "mean" ? 5 : 2.5 },
            svg("title", {}, `${name}: ${short(end[0])} after the opponent's C, ${short(end[1])} after its D`),
          ),
        ];
      };
      const members = state.members
        ? track.of.agents.flatMap((agent) => draw(agent.values, "member", agent.name))
        : [];
      parts.push(
        svg(
          "g",
          { class: "curve " + look(track.look).class, "data-key": track.key },
          members,
          draw(track.of.means, "mean", track.name),
        ),
      );
    }
    return h(
      "figure",
      {},
      h("figcaption", {}, h("h4", {}, title)),
      svg(
        "svg",
        {
          viewBox: `0 0 ${PLANE + 4} ${PLANE + 18}`,
          role: "img",
          "aria-label": `${title}: where each population is and came from; the table below has the numbers`,
        },
        parts,
        svg("text", { x: x(0.5), y: PLANE + 12, "text-anchor": "middle" }, "p(C) after the opponent's C →"),
      ),
      h("ul", { class: "landmarks" }, numbers),
    );
  }

  /** Distance to the nearest landmark, from the means at the last point. */
  const rows = tracks.map(({ of, name }) => {
    const p = ["p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"].map((column) => values(of.means, column)[length - 1]);
    const distance = (q) => Math.hypot(...p.map((value, index) => value - q[index]));
    const nearest = p.every(isNumber)
      ? landmarks.reduce((best, landmark) => (distance(landmark[1]) < distance(best[1]) ? landmark : best))
      : null;
    return [name, ...p, nearest ? human(nearest[0]) : null, nearest ? distance(nearest[1]) : null];
  });
  section.append(
    note(
      "Means over members; distances are Euclidean; upwards is p(C) after the opponent's D. A ring is the first tick, " +
        "a dot the last one shown, a cross a strategy with a name.",
    ),
    legend(tracks, "Populations"),
    length > 1 ? h("div", { class: "tools" }, h("label", {}, "trajectories", until), shown) : "",
    planes,
    dataTable({
      caption: "Mean probability of cooperating at the last tick, and the nearest strategy with a name",
      name: "strategies",
      columns: ["population", "after CC", "after CD", "after DC", "after DD", "nearest strategy", "distance"].map(
        (name) => ({ name }),
      ),
      rows,
    }),
  );
  until.addEventListener("input", draw);
  onChoice((change) => ("hidden" in change || "members" in change) && draw());
  draw();
};
