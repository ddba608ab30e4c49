// How curves look, and the buttons that show and hide them.

const COLOURS = 8;
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];

/** Class and dashes of a look: no two of the first 32 are alike, and neighbours differ in both. */
const look = (index) => ({
  class: "c" + (index % COLOURS),
  dash: DASHES[(index + Math.floor(index / COLOURS)) % DASHES.length],
});

/** A short piece of a curve. */
function swatch(index) {
  const { class: colour, dash } = look(index);
  return svg(
    "svg",
    { class: "swatch " + colour, viewBox: "0 0 26 8", "aria-hidden": "true" },
    svg("line", { x1: 0, x2: 26, y1: 4, y2: 4, "stroke-dasharray": dash }),
  );
}

/** items: [{ key, name, look, label }]; `label` is what stands at the end of the curve, if anything does. */
function legend(items, title) {
  const buttons = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        class: "key",
        "data-key": item.key,
        title: "Click to show or hide; double-click to show this one alone",
        onclick: () => toggle(item.key),
        ondblclick: () => alone(item.key),
      },
      swatch(item.look),
      item.label ? h("b", {}, item.label + " ") : null,
      item.name,
    ),
  );
  const keys = items.map((item) => item.key);
  const others = () => state.hidden.filter((key) => !keys.includes(key));
  const alone = (key) => choose({ hidden: [...others(), ...keys.filter((other) => other !== key)] });
  const all = h("button", { type: "button", class: "small", onclick: () => choose({ hidden: others() }) }, "all");
  const none = h(
    "button",
    { type: "button", class: "small", onclick: () => choose({ hidden: [...others(), ...keys] }) },
    "none",
  );
  const mark = () => buttons.forEach((button, index) => button.setAttribute("aria-pressed", isShown(keys[index])));
  mark();
  onChoice((change) => "hidden" in change && mark());
  return h(
    "div",
    { class: "legend", role: "group", "aria-label": title },
    buttons,
    items.length > 4 ? [all, none] : null,
  );
}
