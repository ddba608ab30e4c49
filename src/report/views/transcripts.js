// Matches round by round, what was said in them, and what models read.

/** The most matches of a list. */
const MATCHES_LISTED = 200;

views.transcripts = (section, { tables, prompts, is_part, is_cut, ticks, rounds_max }) => {
  if (prompts) section.append(...promptsOf(prompts));
  const names = Object.keys(tables);
  if (!names.length) {
    section.append(
      note(
        "Moves were not recorded: ",
        h("code", {}, "--set output.moves=true"),
        " makes a run write moves.csv.",
      ),
    );
    return;
  }
  const matches = gather(tables);
  if (!tables["moves.csv"])
    section.append(
      note(
        "Without moves.csv there are only the texts: ",
        h("code", {}, "--set output.moves=true"),
        " makes a run write the moves too.",
      ),
    );
  if (is_part || is_cut) {
    section.append(
      note(
        `${plural(matches.length, "match", "matches")} of a longer record are here, ` +
          `spread over ${plural(ticks, "tick")}; ` +
          `at most ${rounds_max} rounds per match; long texts are truncated. All are in `,
        names.flatMap((name, index) => [index ? ", " : "", fileLink(name)]),
        ".",
      ),
    );
  }
  browse(section, matches);
};

/**
 * Matches of all tables: { id, tick, match, seats: [agent], rounds: [{ number, seats: [cell] }] }, where a cell has what
 * is known of action, payoff, reward, message and generation.
 */
function gather(tables) {
  const matches = new Map();
  for (const [file, { columns, rows }] of Object.entries(tables)) {
    const place = Object.fromEntries(columns.map((name, index) => [name, index]));
    for (const row of rows) {
      const [tick, number, round, seat] = ["tick", "match", "round", "seat"].map((name) => row[place[name]]);
      const id = `match-${tick}-${number}`;
      if (!matches.has(id)) matches.set(id, { id, tick, match: number, seats: [], rounds: new Map() });
      const match = matches.get(id);
      match.seats[seat] = row[place.agent];
      if (!match.rounds.has(round)) match.rounds.set(round, { number: round, seats: [] });
      const cell = (match.rounds.get(round).seats[seat] ||= {});
      if (file === "moves.csv")
        Object.assign(cell, { action: row[place.action], payoff: row[place.payoff], reward: row[place.reward] });
      if (file === "messages.csv") cell.message = row[place.text];
      if (file === "generations.csv")
        Object.assign(cell, { generation: row[place.text], action: cell.action ?? row[place.action] });
    }
  }
  return [...matches.values()].map((match) => {
    const rounds = [...match.rounds.values()].sort((a, b) => a.number - b.number);
    const text = rounds
      .flatMap((round) => round.seats.flatMap((cell) => [cell.action, cell.message, cell.generation]))
      .filter(Boolean)
      .join("\n");
    return { ...match, rounds, text: [...match.seats, text].join("\n").toLowerCase() };
  });
}

/** The fields that choose matches, their list, and the match that is open. */
function browse(section, matches) {
  const distinct = (values) => [...new Set(values)].filter((value) => value !== undefined && value !== "");
  const select = (id, title, values) =>
    h(
      "select",
      { id, "aria-label": title },
      h("option", { value: "" }, title),
      values.map((value) => h("option", { value }, value)),
    );
  const fields = {
    text: remembered(
      "t-text",
      h("input", {
        type: "search",
        id: "t-text",
        placeholder: "any word",
        "aria-label": "search in agents, actions and texts",
      }),
      () => list(),
    ),
    agent: remembered(
      "t-agent",
      select("t-agent", "any agent", distinct(matches.flatMap(({ seats }) => seats)).slice(0, 500)),
      () => list(),
    ),
    tick: remembered("t-tick", select("t-tick", "any tick", distinct(matches.map(({ tick }) => tick))), () => list()),
    action: remembered(
      "t-action",
      select(
        "t-action",
        "any action",
        distinct(matches.flatMap(({ rounds }) => rounds.flatMap(({ seats }) => seats.map((cell) => cell.action)))),
      ),
      () => list(),
    ),
  };
  const count = h("p", { class: "note", role: "status" });
  const items = h("ul", { class: "matches" });
  const open = h("div", { class: "match" });

  function list() {
    const { text, agent, tick, action } = Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, field.value]),
    );
    const found = matches.filter(
      (match) =>
        (!text || match.text.includes(text.toLowerCase())) &&
        (!agent || match.seats.includes(agent)) &&
        (tick === "" || String(match.tick) === tick) &&
        (!action ||
          match.rounds.some(({ seats }) =>
            seats.some((cell, seat) => cell.action === action && (!agent || match.seats[seat] === agent)),
          )),
    );
    count.textContent =
      plural(found.length, "match", "matches") +
      (found.length > MATCHES_LISTED ? `; the first ${MATCHES_LISTED} are listed` : "");
    items.replaceChildren(
      ...found
        .slice(0, MATCHES_LISTED)
        .map((match) =>
          h(
            "li",
            {},
            h("a", { href: "#" + match.id }, `tick ${match.tick}, match ${match.match}: ${match.seats.join(" – ")}`),
            " ",
            strip(match),
          ),
        ),
    );
  }

  function show() {
    const named = matches.find(({ id }) => "#" + id === location.hash);
    const match = named || (open.children.length ? null : matches[0]);
    if (!match) return;
    open.replaceChildren(matchTable(match));
    if (named) open.firstChild.scrollIntoView({ block: "nearest" });
  }
  section.append(
    h("h3", {}, "Matches"),
    h("div", { class: "tools", role: "search" }, Object.values(fields)),
    count,
    h("div", { class: "browse" }, items, open),
  );
  addEventListener("hashchange", show);
  list();
  show();
}

/** The actions of a match's first rounds by their first letters, a row per seat. */
function strip({ seats, rounds }) {
  const letters = seats.map((_, seat) =>
    rounds
      .slice(0, 24)
      .map((round) => String(round.seats[seat]?.action || "·")[0].toUpperCase())
      .join(""),
  );
  return letters.some((text) => /[^·]/.test(text))
    ? h("code", {}, letters.join(" / ") + (rounds.length > 24 ? "…" : ""))
    : null;
}

function matchTable(match) {
  const has = (name) => match.rounds.some(({ seats }) => seats.some((cell) => cell && cell[name] !== undefined));
  const kinds = ["message", "generation", "action", "payoff", "reward"].filter(has);
  const columns = match.seats.flatMap((agent) =>
    kinds.map((kind) => ({ name: `${agent} ${kind}`, title: `${agent}: ${kind}` })),
  );
  const rows = match.rounds.map((round) => [
    round.number,
    ...match.seats.flatMap((_, seat) => kinds.map((kind) => round.seats[seat]?.[kind] ?? null)),
  ]);
  return h(
    "div",
    { id: match.id },
    dataTable({
      caption: `Tick ${match.tick}, match ${match.match}: ${match.seats.join(" – ")}`,
      name: match.id,
      columns: [{ name: "round" }, ...columns],
      rows,
    }),
  );
}

/** What models read, and how likely each answer was. */
function promptsOf(prompts) {
  if (prompts.is_long)
    return [note("What models read is too long for this page: see ", fileLink("prompts.json"), ".")];
  if (!Array.isArray(prompts) || !prompts.length) return [];
  return [
    h("h3", {}, "What models read"),
    ...prompts.map(({ agents, prompts: asked }) =>
      folded(`${(agents || []).slice(0, 12).join(", ")}${(agents || []).length > 12 ? ", …" : ""}`, () =>
        h(
          "div",
          {},
          (asked || []).map(({ history, seat, text, answers }) =>
            h(
              "div",
              {},
              h(
                "h4",
                {},
                (history === "start" ? "at the start" : "after " + history) + (seat > 0 ? `, seat ${seat}` : ""),
              ),
              h("pre", { tabindex: "0" }, text),
              (answers || []).length
                ? note(
                    (answers || [])
                      .map(
                        ({ label, action, probability }) =>
                          `“${label}” (${action})${isNumber(probability) ? ` ${short(probability)}` : ""}`,
                      )
                      .join(", "),
                  )
                : null,
            ),
          ),
        ),
      ),
    ),
  ];
}
