// A matrix as a table of coloured cells.

const HEAT_LOW = [242, 245, 250],
  HEAT_HIGH = [8, 48, 107];

/** The colour of a share of the scale, and black or white on it, whichever can be read. */
function heatColour(share) {
  const rgb = HEAT_LOW.map((low, index) =>
    Math.round(low + (HEAT_HIGH[index] - low) * Math.max(0, Math.min(1, share))),
  );
  const linear = rgb.map((part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  const light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return `background:rgb(${rgb});color:${light > 0.179 ? "#000" : "#fff"}`;
}

/**
 * spec: { caption, corner, rows: [name], columns: [name], value: (row, column) => number or null, range: [low, high],
 *   title: (row, column) => text }
 */
function heatMap(spec) {
  const values = spec.rows.map((_, row) => spec.columns.map((_, column) => spec.value(row, column)));
  const all = values.flat().filter(isNumber);
  const [low, high] = spec.range || [Math.min(...all), Math.max(...all)];
  const cell = (value, row, column) => {
    if (!isNumber(value)) return h("td", { class: "none", title: spec.title ? spec.title(row, column) : null }, "–");
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return h(
      "td",
      { style: heatColour(share), title: spec.title ? spec.title(row, column) : null },
      Number(value.toFixed(2)).toString().replace("-", "−"),
    );
  };
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": spec.caption },
    h(
      "table",
      { class: "heat" },
      h("caption", {}, spec.caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td", { class: "corner" }, spec.corner || ""),
          spec.columns.map((name) => h("th", { scope: "col" }, h("span", {}, name))),
        ),
      ),
      h(
        "tbody",
        {},
        spec.rows.map((name, row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, name),
            values[row].map((value, column) => cell(value, row, column)),
          ),
        ),
      ),
    ),
  );
}
