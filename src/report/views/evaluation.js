// What the test suite found.

views.evaluation = (section, { file, measures, subjects, questions, rows, is_whole }) => {
  const said = {
    cooperation: "cooperation: share of decisions",
    payoff: "payoff per decision",
    fine_deontological: "deontological fine: lower is better",
    shortfall_utilitarian: "utilitarian shortfall: lower is better",
  };
  const select = h(
    "select",
    { id: "evaluation-measure" },
    measures.map((name, index) => h("option", { value: index }, said[name] || name)),
  );
  const here = h("div");
  const usual = ["part", "game", "labels", "table", "phrasing"].map((_, index) => {
    const counts = new Map();
    for (const question of questions) counts.set(question[index], (counts.get(question[index]) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0][0];
  });
  const name = (question) =>
    [question[1] || question[0], ...question.slice(2).filter((part, index) => part && part !== usual[index + 2])]
      .map(human)
      .join(", ");
  const who = ([subject, population]) => {
    if (subject === "prompted") return `prompted: ${population.replace(/^told_/, "")}`;
    return population && population !== subject ? `${population} (${subject})` : subject;
  };
  const draw = () => {
    const measure = Number(select.value);
    const cells = new Map(rows.map(([a, b, values]) => [a + "," + b, values[measure]]));
    const parts = [...new Set(questions.map(([part]) => part))];
    here.replaceChildren(
      ...parts.map((part) => {
        const columns = questions.map((_, index) => index).filter((index) => questions[index][0] === part);
        const shown = subjects
          .map((_, index) => index)
          .filter((row) => columns.some((column) => isNumber(cells.get(row + "," + column))));
        return shown.length
          ? heatMap({
              caption: `${human(part)}: ${said[measures[measure]] || measures[measure]}`,
              corner: "",
              rows: shown.map((row) => who(subjects[row])),
              columns: columns.map((column) => name(questions[column])),
              range: measure === 0 ? [0, 1] : null,
              value: (row, column) => cells.get(shown[row] + "," + columns[column]) ?? null,
            })
          : "";
      }),
    );
  };
  remembered("evaluation-measure", select, draw);
  section.append(
    note(
      "Exact expectations, means over the agents of a population. From ",
      fileLink(file),
      is_whole ? "." : ", which has more than fits here.",
    ),
    h("div", { class: "tools" }, h("label", {}, "measure", select)),
    here,
  );
  draw();
};
