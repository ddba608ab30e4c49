// What game theory says of each type and of each pair.

const CONTESTS = {
  first: (first, second) => `${first} displaces ${second}`,
  second: (first, second) => `${second} displaces ${first}`,
  bistable: () => "each resists the other",
  coexist: () => "each invades the other",
  neutral: () => "equal",
};

views.verdicts = (section, data) => {
  const { types, fitness, verdicts, alpha_rank, ratings, ratings_low, ratings_high, pairs, size, strength } = data;
  const names = types.map(({ name }) => name);
  const percent = (value) => `${Math.round(100 * value)} %`;
  const ends = (low, high, index) => (low ? [low[index], high[index]] : []);
  const intervals = alpha_rank.low ? ["low", "high"] : [];
  section.append(
    note(
      "Among the types of this page. A percentage is the share of resampled training seeds in which the verdict is yes. " +
        `α-rank: local, N = ${size}, α = ${short(strength)}; rating: Elo at β = ${short(strength)}.`,
    ),
    dataTable({
      caption: "Types",
      name: "verdicts",
      columns: [
        { name: "type" },
        ...verdicts.map(({ name, title, meaning }) => ({ name, title, meaning })),
        ...["α-rank", ...intervals, "rating", ...intervals].map((name) => ({ name })),
      ],
      rows: names.map((name, index) => [
        name,
        ...verdicts.map(
          ({ holds, support }) => (holds[index] ? "yes" : "no") + (support ? `, ${percent(support[index])}` : ""),
        ),
        alpha_rank.share[index],
        ...ends(alpha_rank.low, alpha_rank.high, index),
        ratings[index],
        ...ends(ratings_low, ratings_high, index),
      ]),
      sort: [verdicts.length + 1, true],
    }),
    dataTable({
      caption: "Pairs",
      name: "pairs",
      columns: [
        { name: "type" },
        { name: "other" },
        { name: `by ${fitness}` },
        { name: "risk advantage", meaning: "how much more the first gets than the other where both are equally common, twice" },
      ],
      rows: pairs.map(({ type, other, says, risk }) => [
        names[type],
        names[other],
        CONTESTS[says](names[type], names[other]),
        risk,
      ]),
    }),
  );
};
