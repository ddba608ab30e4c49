// Tables that sort, scroll by themselves and can be taken away as CSV.

/**
 * spec: { caption, name, columns: [{ name, title, meaning }], rows: [[cell]], sort: [column, isDescending] }
 * A cell is a number, a text, null, or { text, value, href }.
 */
function dataTable(spec) {
  const { columns, rows } = spec;
  const plain = (cell) => (cell !== null && typeof cell === "object" ? (cell.value ?? cell.text) : cell);
  const isText = columns.map((_, index) => rows.some((row) => typeof plain(row[index]) === "string"));
  let [sorted, isDescending] = spec.sort || [-1, false];
  const body = h("tbody");
  const buttons = columns.map((column, index) =>
    h(
      "button",
      { type: "button", title: column.meaning || null, onclick: () => sortBy(index) },
      column.title || column.name,
    ),
  );
  const heads = buttons.map((button, index) =>
    h("th", { scope: "col", class: isText[index] ? "text" : null }, button),
  );
  const show = (cell) => {
    if (cell === null || cell === undefined) return "";
    if (typeof cell === "number") return short(cell);
    if (typeof cell !== "object") return cell;
    return cell.href ? h("a", { href: cell.href }, cell.text) : cell.text;
  };
  function sortBy(index) {
    isDescending = sorted === index ? !isDescending : !isText[index];
    sorted = index;
    fill();
  }
  function fill() {
    const order = rows.map((_, index) => index);
    if (sorted >= 0) {
      const value = (index) => plain(rows[index][sorted]);
      const isEmpty = (cell) => cell === null || cell === undefined || cell === "";
      order.sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (isEmpty(x) || isEmpty(y)) return isEmpty(x) - isEmpty(y) || a - b;
        const by =
          typeof x === "number" && typeof y === "number"
            ? x - y
            : String(x).localeCompare(String(y), "en", { numeric: true });
        return (isDescending ? -by : by) || a - b;
      });
    }
    body.replaceChildren(
      ...order.map((row) =>
        h(
          "tr",
          {},
          rows[row].map((cell, column) =>
            column === 0
              ? h("th", { scope: "row", class: isText[0] ? "text" : null }, show(cell))
              : h("td", { class: isText[column] ? "text" : null }, show(cell)),
          ),
        ),
      ),
    );
    heads.forEach((head, index) => {
      if (index === sorted) head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }
  fill();
  const save = () =>
    download(spec.name + ".csv", csv([columns.map((column) => column.name), ...rows.map((row) => row.map(plain))]));
  return h(
    "div",
    { class: "data" },
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": spec.caption },
      h("table", {}, h("caption", {}, spec.caption), h("thead", {}, h("tr", {}, heads)), body),
    ),
    h("button", { type: "button", class: "small", onclick: save }, "Download as CSV"),
  );
}

/** A part that is made when it is first opened. */
function folded(summary, make) {
  const details = h("details", {}, h("summary", {}, summary));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(make());
  });
  return details;
}
