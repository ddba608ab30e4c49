// Tables over all ticks or over some of them.

/** A choice between all ticks and one period; `draw` gets what tells whether a period counts. */
function periods(axis, id, draw) {
  const names = axis.to.map((to, index) =>
    axis.from[index] === to ? `tick ${to}` : `ticks ${axis.from[index]} to ${to}`,
  );
  const select = h(
    "select",
    { id },
    h("option", { value: "" }, "all ticks"),
    names.map((name, index) => h("option", { value: index }, name)),
  );
  const update = () =>
    draw((period) => select.value === "" || Number(select.value) === period, select.selectedOptions[0].textContent);
  remembered(id, select, update);
  return {
    element: axis.to.length > 1 ? h("div", { class: "tools" }, h("label", {}, "period", select)) : "",
    update,
  };
}
