// Boards with a square per agent, coloured by type.

views.lattice = (section, { file, names, others, step, boards }) => {
  const keys = [...names, ...(others ? [plural(others, "other type")] : [])];
  const picture = ({ tick, rows }) => {
    const across = Math.max(...rows.map((row) => row.length));
    // Squares of one colour are one path: a rectangle for every run of them in a row.
    const paths = keys.map((_, colour) => {
      let d = "";
      rows.forEach((row, y) => {
        for (let x = 0; x < row.length; ) {
          let end = x + 1;
          while (end < row.length && row[end] === row[x]) end += 1;
          if (Number(row[x]) === colour && row[x] !== " ") d += `M${x} ${y}h${end - x}v1h${x - end}z`;
          x = end;
        }
      });
      return d ? svg("path", { class: `c${colour} stack`, d }, svg("title", {}, keys[colour])) : null;
    });
    return h(
      "figure",
      { class: "board" },
      h("figcaption", {}, h("h4", {}, `tick ${tick}`)),
      svg(
        "svg",
        {
          viewBox: `0 0 ${across} ${rows.length}`,
          role: "img",
          "aria-label": `Types on the lattice at tick ${tick}; the table below counts them`,
          "shape-rendering": "crispEdges",
        },
        paths,
      ),
    );
  };
  const count = ({ rows }, colour) =>
    rows.reduce((sum, row) => sum + [...row].filter((cell) => cell === String(colour)).length, 0);
  section.append(
    note(
      step > 1 ? `Every ${step}th column and row is shown. ` : "",
      "A square is an agent, its colour the type that played the tick. From ",
      fileLink(file),
      ".",
    ),
    h(
      "ul",
      { class: "keys" },
      keys.map((name, index) => h("li", { class: `c${index}` }, h("i", { class: "swatch" }), " " + name)),
    ),
    h("div", { class: "boards" }, boards.map(picture)),
    dataTable({
      caption: "Squares by type",
      name: "lattice",
      columns: [{ name: "tick" }, ...keys.map((name) => ({ name }))],
      rows: boards.map((board) => [board.tick, ...keys.map((_, colour) => count(board, colour))]),
    }),
  );
};
