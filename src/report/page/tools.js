// What holds for all charts of a page, above them.

/** A bar of controls, the one that zooms out after them, and how to use the charts. */
function tools(controls, hint) {
  const reset = h(
    "button",
    { type: "button", class: "small", id: "reset-zoom", onclick: () => choose({ zoom: null }) },
    "Reset zoom",
  );
  const mark = () => (reset.disabled = !state.zoom);
  mark();
  onChoice(mark);
  const keys = "Drag across a chart to zoom all; arrow keys move the crosshair.";
  return h(
    "div",
    { class: "tools", role: "group", "aria-label": "How curves are drawn" },
    controls,
    reset,
    h("span", { class: "note" }, hint ? `${keys} ${hint}` : keys),
  );
}

/** A box that switches `state[key]`. */
function switchBox(key, text) {
  const box = h("input", { type: "checkbox", id: "show-" + key });
  box.checked = state[key];
  box.addEventListener("change", () => choose({ [key]: box.checked }));
  return h("label", {}, box, text);
}
