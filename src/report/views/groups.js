// What each type gets beside each composition of others.

views.groups = (section, { types, compositions, measures }) => {
  const names = types.map(({ name }) => name);
  section.append(
    note("A row is a composition of a player's others; a column is what the player gets, if it is of that type."),
    ...measures.map(({ measure, title, value }) =>
      dataTable({
        caption: title,
        name: `groups_${measure}`,
        columns: [
          ...names.map((name) => ({ name: `others: ${name}` })),
          ...names.map((name) => ({ name })),
        ],
        rows: compositions.map((counts, place) => [...counts, ...value.map((row) => row[place])]),
      }),
    ),
  );
};
