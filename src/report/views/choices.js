// Who picked whom.

views.choices = (section, { axis, populations, populations_left_out: leftOut, agents, file }) => {
  const here = h("div");
  const { element, update } = periods(axis, "choices-period", (counts, when) => {
    const map = ({ names, rows }, who) => {
      const picks = names.map(() => names.map(() => 0));
      for (const [period, a, b, n] of rows) if (counts(period)) picks[a][b] += n;
      const total = picks.map((row) => row.reduce((sum, n) => sum + n, 0));
      return heatMap({
        caption: `Share of the picks of the row's ${who}, ${when}`,
        corner: "picks",
        rows: names,
        columns: names,
        range: [0, 1],
        value: (row, column) => (total[row] ? picks[row][column] / total[row] : null),
        title: (row, column) =>
          `${names[row]} picked ${names[column]} ${picks[row][column]} of ${plural(total[row], "time")}`,
      });
    };
    here.replaceChildren(
      map(populations, "population"),
      agents
        ? map(agents, "agent")
        : note("There are too many agents to show each pair; ", fileLink(file), " has all."),
    );
  });
  section.append(
    note("From ", fileLink(file), "."),
    leftOut ? note(`Populations beyond the first ${leftOut} are left out here.`) : "",
    element,
    here,
  );
  update();
};
