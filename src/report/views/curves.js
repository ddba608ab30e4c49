// Every measure over the ticks, in groups.

/** Groups of the columns of agents: [title, explanation, columns, ends of the axis]. */
const GROUPS = [
  ["Cooperation and payoff", "Payoff is what the game pays, before any moral", /^(cooperation|payoff)_/, null],
  ["Rewards", "What agents are paid for: the sum and each term, weighted", /^reward_/, null],
  ["Regrets", "Distance of actions from a moral standard", /^regret_/, null],
  ["Illegal answers", null, /^(illegal|void)_rate$/, null],
  ["Learning", null, /^(entropy|kl|grad_norm|adapter_generation)$/, null],
];
const HISTORIES = [
  ["p_c_start", "at the start"],
  ["p_c_cc", "after CC"],
  ["p_c_cd", "after CD"],
  ["p_c_dc", "after DC"],
  ["p_c_dd", "after DD"],
];
const SOCIETY = [
  ["Cooperation and equality", ["cooperation_rate", "equality", "gini"], [0, 1]],
  ["Outcomes of rounds (first seat, second seat)", ["cc", "cd", "dc", "dd"], [0, 1]],
  ["Payoff per round", ["collective_payoff", "min_payoff"], null],
  ["Matches and rounds", ["matches", "rounds", "void_rounds"], null],
];

const populationKey = (index) => "p" + index;
/** Curves are numbered where colours alone are too few. */
const populationLabel = (index) => (common.populations.length > COLOURS ? String(index + 1) : null);

/** The populations as items of a legend. */
const populationItems = () =>
  common.populations.map(({ name }, index) => ({
    key: populationKey(index),
    name,
    look: index,
    label: populationLabel(index),
  }));

views.curves = (section, data) => {
  const { evolution, society } = data;
  const isLong = evolution.axis.to.length > 1;
  section.append(...notes(data));
  if (isLong) {
    const controls = [switchBox("members", "members"), switchBox("log", "log axis"), smoothing()];
    section.append(tools(controls, "Values on hover are never smoothed."));
  }
  const legends = legend(populationItems(), "Populations");
  section.append(h("h3", {}, "Populations"), legends);
  const charts = populationCharts(evolution);
  for (const [title, explanation, columns, range] of GROUPS) {
    group(
      section,
      title,
      explanation,
      charts.filter((each) => columns.test(each.name)),
      range,
    );
    if (title === GROUPS[0][0]) section.append(...histories(evolution));
  }
  group(
    section,
    "Columns of plugins",
    null,
    charts.filter((each) => each.isAdded),
    null,
  );
  section.append(...together(society));
};

function notes({ evolution, society, populations_max, added_max }) {
  const texts = [];
  const { ticks } = evolution;
  if (ticks.per_point > 1) {
    texts.push(
      note(
        `A point of a curve is the mean of ${ticks.per_point} recorded ticks: ` +
          `the page has room for ${evolution.axis.to.length} points of ` +
          `${ticks.recorded.toLocaleString("en")}. Every tick is in `,
        fileLink(evolution.file),
        ".",
      ),
    );
  }
  if (common.populations_all > common.populations.length) {
    texts.push(
      note(
        `${common.populations.length} of ${common.populations_all} populations are drawn, the first in the table: ` +
          `a page holds ${populations_max}. All are in `,
        fileLink(evolution.file),
        ".",
      ),
    );
  }
  for (const { file, added_left_out: leftOut } of [evolution, society]) {
    if (leftOut)
      texts.push(
        note(
          `${plural(leftOut, "column")} of plugins ${leftOut === 1 ? "is" : "are"} not drawn: ` +
            `a page holds ${added_max} of a table. All are in `,
          fileLink(file),
          ".",
        ),
      );
  }
  const drawn = evolution.populations.map((population, index) => [
    population.agents.length,
    common.populations[index],
  ]);
  const some = drawn.filter(([shown, population]) => shown > 0 && shown < population.members);
  if (some.length && evolution.axis.to.length > 1)
    texts.push(
      note(`Thin lines are members; of large populations the first ${Math.max(...some.map(([shown]) => shown))}.`),
    );
  if ((common.marks || []).length) {
    texts.push(
      note(
        "Dotted lines: " +
          common.marks
            .slice(0, 12)
            .map((mark) => `tick ${mark.tick}, ${mark.text}`)
            .join("; ") +
          (common.marks.length > 12 ? `; and ${common.marks.length - 12} more, in scenario.ron` : "") +
          ".",
      ),
    );
  }
  return texts;
}

/** A list of how many neighbouring points a curve is smoothed over. */
function smoothing() {
  const smooth = h(
    "select",
    { id: "smooth" },
    [1, 3, 5, 9, 25].map((width) =>
      h("option", { value: width, selected: width === state.smooth }, width === 1 ? "none" : `${width} points`),
    ),
  );
  smooth.addEventListener("change", () => choose({ smooth: Number(smooth.value) }));
  return h("label", {}, "smoothing", smooth);
}

/** One chart per column. */
function populationCharts({ axis, columns, populations }) {
  const length = axis.to.length;
  return columns
    .map(({ name, meaning }, column) => ({
      name,
      isAdded: !meaning,
      title: heading(name),
      note: meaning ? plainMeaning(meaning) : null,
      axis,
      curves: populations
        .map(({ means, agents }, index) => ({
          ...populationItems()[index],
          values: unfold(means[column], length),
          members: agents.map((agent) => ({ name: agent.name, values: unfold(agent.values[column], length) })),
        }))
        .filter((curve) => curve.values.some(isNumber)),
    }))
    .filter((spec) => spec.curves.length && !/^p_c_/.test(spec.name));
}

/** The value that all curves have everywhere; null if there is none. */
function flat(spec) {
  const first = spec.curves[0].values.find(isNumber);
  return spec.curves.every((curve) => curve.values.every((value) => !isNumber(value) || value === first))
    ? first
    : null;
}

function group(section, title, explanation, specs, range) {
  if (!specs.length) return;
  const still = title !== GROUPS[0][0] ? specs.filter((spec) => flat(spec) !== null) : [];
  const drawn = specs.filter((spec) => !still.includes(spec));
  section.append(h("h3", {}, title));
  if (explanation) section.append(note(explanation + "."));
  if (drawn.length)
    section.append(
      h(
        "div",
        { class: "charts" },
        drawn.map((spec) =>
          chart({
            ...spec,
            range: /_(rate|exact)$/.test(spec.name) && /^(coop|illegal|void)/.test(spec.name) ? [0, 1] : range,
          }),
        ),
      ),
    );
  if (still.length)
    section.append(
      note(
        "The same for all at every tick: " +
          still.map((spec) => `${spec.title} ${short(flat(spec))}`).join(", ") +
          ".",
      ),
    );
}

/** The probabilities of cooperating, a chart per population that has some that change. */
function histories({ axis, columns, populations }) {
  const places = HISTORIES.map(([name]) => columns.findIndex((column) => column.name === name));
  const length = axis.to.length;
  const specs = populations
    .map(({ means, agents }, index) => {
      const population = common.populations[index];
      const curves = HISTORIES.map(([name, text], history) => ({
        key: name,
        name: text,
        look: history,
        column: places[history],
      }))
        .filter(({ column }) => column >= 0)
        .map((curve) => ({
          ...curve,
          values: unfold(means[curve.column], length),
          members: agents.map((agent) => ({
            name: `${agent.name} ${curve.name}`,
            values: unfold(agent.values[curve.column], length),
          })),
        }));
      const source = {
        counted: "counted from decisions",
        exact: "read from the policy",
        exact_at_end: "read at the tick's end",
      }[population.source];
      return {
        name: "p_c_" + population.name,
        title: population.name,
        note: source,
        axis,
        curves,
        range: [0, 1],
        population,
      };
    })
    .filter((spec) => spec.population.changes && spec.curves.some((curve) => curve.values.some(isNumber)));
  if (!specs.length) return [];
  return [
    h("h3", {}, "Probability of cooperating after each outcome"),
    note("(own action, opponent's action) in the last round; a chart per population whose probabilities change."),
    legend(
      HISTORIES.map(([key, name], index) => ({ key, name, look: index })),
      "Last rounds",
    ),
    h("div", { class: "charts" }, specs.map(chart)),
  ];
}

/** The table of all agents together. */
function together({ axis, columns, values }) {
  const length = axis.to.length;
  const curve = (name, index) => {
    const column = columns.findIndex((each) => each.name === name);
    return column < 0
      ? null
      : { key: "s" + name, name: heading(name), look: index, values: unfold(values[column], length) };
  };
  const spec = (title, names, range, name) => {
    const curves = names.map(curve).filter((each) => each && each.values.some(isNumber));
    return curves.length
      ? { name, title: curves.length > 1 ? title : curves[0].name, axis, curves, range }
      : null;
  };
  const specs = SOCIETY.map(([title, names, range], index) => spec(title, names, range, "society_" + index));
  const added = columns.filter(({ meaning }) => !meaning).map(({ name }) => spec(heading(name), [name], null, name));
  const drawn = [...specs, ...added].filter(Boolean);
  if (!drawn.length) return [];
  return [
    h("h3", {}, "Society"),
    note("All agents together."),
    h(
      "div",
      { class: "charts" },
      drawn.map((each) => {
        const figure = chart(each);
        if (each.curves.length > 1 && length > 1)
          figure.querySelector("figcaption").after(legend(each.curves, each.title));
        return figure;
      }),
    ),
  ];
}
