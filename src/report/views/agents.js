// The last rows of the table of agents.

views.agents = (section, { tick, columns, meanings, words, rows, all, most, file }) => {
  if (rows.length < all) {
    section.append(
      note(
        `${rows.length} of ${plural(all, "agent")}, the first of every population: a page holds ${most}. All are in `,
        fileLink(file),
        ".",
      ),
    );
  }
  const used = columns
    .map((_, index) => index)
    .filter((index) => columns[index] !== "tick" && rows.some((row) => row[index] !== ""));
  section.append(
    dataTable({
      caption: `Tick ${tick}`,
      name: `tick_${tick}`,
      columns: used.map((index) => ({
        name: columns[index],
        title: heading(columns[index]),
        meaning: meanings[index],
      })),
      rows: rows.map((row) =>
        used.map((index) => {
          const cell = row[index];
          return words.includes(columns[index])
            ? cell
            : cell === ""
              ? null
              : isNumber(Number(cell))
                ? Number(cell)
                : cell;
        }),
      ),
    }),
  );
};
