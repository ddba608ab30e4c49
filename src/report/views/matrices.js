// What each type gets from each other type, as heat maps.

views.matrices = (section, { types, matrices }) => {
  const names = types.map(({ name }) => name);
  const kinds = types.map((type) =>
    type.replicates > 1 ? `${type.name}: ${plural(type.replicates, "training seed")}` : null,
  );
  section.append(
    note(
      "The row's type meets the column's. ",
      kinds.some(Boolean)
        ? `Intervals resample training seeds (${kinds.filter(Boolean).join(", ")}); hover shows them.`
        : "No type was trained more than once, so there are no intervals.",
    ),
    h(
      "div",
      { class: "matrices" },
      matrices.map(({ title, measure, value, low, high, range }) =>
        heatMap({
          caption: title,
          corner: "",
          rows: names,
          columns: names,
          range,
          value: (row, column) => value[row]?.[column],
          title: (row, column) => {
            if (!value[row]) return `${names[row]} has no such number`;
            const told = interval(value[row][column], low?.[row][column], high?.[row][column]);
            return `${names[row]} against ${names[column]}, ${human(measure)}: ${told}`;
          },
        }),
      ),
    ),
  );
};
