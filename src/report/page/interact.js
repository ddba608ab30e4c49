// What pointer and keys do in a chart.

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
      over.replaceChildren(
        svg("rect", {
          class: "drag",
          x: Math.min(x, start),
          width: Math.abs(x - start),
          y: TOP,
          height: HEIGHT - TOP - BOTTOM,
        }),
      );
      return;
    }
    const index = nearest(x);
    if (index >= 0) point(index, y);
  });
  const release = (event) => {
    const x = place(event)[0];
    if (start !== null && Math.abs(x - start) > 8 && event.type === "pointerup") {
      const ends = [scale().tick(Math.min(x, start)), scale().tick(Math.max(x, start))];
      const inside = [...new Set(to.filter((tick) => tick >= ends[0] && tick <= ends[1]))];
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
    const inside = to
      .map((_, index) => index)
      .filter((index) => to[index] >= domain()[0] && to[index] <= domain()[1] && to[index] !== to[index - 1]);
    const at = inside.indexOf(chart.at);
    const go = (next) => point(inside[Math.max(0, Math.min(inside.length - 1, next))]);
    const zoom = (factor) => {
      const middle = to[chart.at ?? inside[0]];
      const half = ((domain()[1] - domain()[0]) * factor) / 2;
      const ends = [Math.max(to[0], middle - half), Math.min(to[to.length - 1], middle + half)];
      if (new Set(to.filter((tick) => tick >= ends[0] && tick <= ends[1])).size > 1) {
        const kept = chart.at;
        choose({ zoom: factor > 1 && ends[0] === to[0] && ends[1] === to[to.length - 1] ? null : ends });
        if (kept !== null) point(kept);
      }
    };
    const keys = {
      ArrowRight: () => go(at + 1),
      ArrowLeft: () => go(at < 0 ? inside.length - 1 : at - 1),
      Home: () => go(0),
      End: () => go(inside.length - 1),
      PageDown: () => go(at + 10),
      PageUp: () => go(at - 10),
      "+": () => zoom(0.5),
      "-": () => zoom(2),
      Escape: () => (state.zoom ? choose({ zoom: null }) : leave()),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
}
