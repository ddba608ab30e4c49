// Where the numbers of an empirical game come from.

views.origin = (section, { setting, types, conventions, notes }) => {
  section.append(
    note(setting),
    ...notes.map((text) => note(text)),
    dataTable({
      caption: "Types",
      name: "types",
      columns: [{ name: "type" }, { name: "policy" }, { name: "seeds" }],
      rows: types.map(({ name, policy, seeds }) => [name, human(policy), seeds.length ? seeds.join(", ") : null]),
    }),
    h(
      "details",
      {},
      h("summary", {}, "Conventions"),
      h(
        "ul",
        { class: "notes" },
        conventions.map((text) => h("li", {}, text)),
      ),
    ),
  );
};
