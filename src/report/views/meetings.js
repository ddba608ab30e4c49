// Cooperation and payoff by who plays against whom.

views.meetings = (section, { axis, rows, file, left_out }) => {
  const names = common.populations.map(({ name }) => name);
  const here = h("div");
  const { element, update } = periods(axis, "meetings-period", (counts, when) => {
    const cells = new Map();
    const add = (a, b, rounds, counted, c, payoff, matches) => {
      const key = a + "," + b;
      const sum = cells.get(key) || { rounds: 0, counted: 0, c: 0, payoff: 0, matches: 0 };
      sum.rounds += rounds;
      sum.counted += counted;
      sum.c += c * counted;
      sum.matches += matches;
      sum.payoff += isNumber(payoff) ? payoff * rounds : NaN;
      cells.set(key, sum);
    };
    for (const [period, a, b, matches, rounds, counted, [cc, cd, dc], [first, second]] of rows) {
      if (!counts(period)) continue;
      add(a, b, rounds, counted, cc + cd, first, matches);
      add(b, a, rounds, counted, cc + dc, second, a === b ? 0 : matches);
    }
    const met = names
      .map((_, index) => index)
      .filter((index) => [...cells.keys()].some((key) => key.split(",").map(Number).includes(index)));
    const cell = (row, column) => cells.get(met[row] + "," + met[column]);
    const ratio = (sum, part, whole) => (sum && sum[whole] ? sum[part] / sum[whole] : null);
    const title = (row, column) => {
      const sum = cell(row, column);
      return sum
        ? `${names[met[row]]} against ${names[met[column]]}: ${plural(sum.matches, "match", "matches")}`
        : "did not meet";
    };
    const map = (caption, part, whole, range) =>
      heatMap({
        caption: `${caption}, ${when}`,
        corner: "row against column",
        rows: met.map((i) => names[i]),
        columns: met.map((i) => names[i]),
        value: (row, column) => ratio(cell(row, column), part, whole),
        range,
        title,
      });
    const ranking = met
      .map((_, row) => {
        const all = met.map((__, column) => [cell(row, column), cell(column, row)]).filter(([own]) => own);
        const total = (side, part) => all.reduce((sum, pair) => sum + pair[side][part], 0);
        return [
          names[met[row]],
          total(0, "payoff") / total(0, "rounds"),
          total(1, "payoff") / total(1, "rounds"),
          total(0, "c") / total(0, "counted"),
          total(1, "c") / total(1, "counted"),
          all.reduce((sum, [own]) => sum + own.matches, 0),
        ];
      })
      .map((cells) => cells.map((cell) => (typeof cell === "number" && !isNumber(cell) ? null : cell)));
    const hasPayoffs = [...cells.values()].some(({ payoff }) => isNumber(payoff));
    here.replaceChildren(
      h(
        "div",
        { class: met.length > 9 ? "pair wide" : "pair" },
        map("Cooperation of the row's population", "c", "counted", [0, 1]),
        hasPayoffs ? map("Payoff per round of the row's population", "payoff", "rounds", null) : "",
      ),
      dataTable({
        caption: `Ranking by payoff per round, ${when}`,
        name: "ranking",
        sort: [1, true],
        columns: [
          "population",
          "payoff",
          "opponents' payoff",
          "cooperation",
          "opponents' cooperation",
          "matches",
        ].map((name) => ({ name })),
        rows: ranking,
      }),
    );
  });
  section.append(
    note(
      "Cooperation is a share of the rounds that counted, payoff a mean over all rounds. From ",
      fileLink(file),
      ".",
    ),
    left_out ? note(`Populations beyond the first ${left_out} are left out here.`) : "",
    element,
    here,
  );
  update();
};
