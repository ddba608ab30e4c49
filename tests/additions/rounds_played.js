// A sentence.

views.rounds_played = (section, { recorded }) => section.append(note(`${plural(recorded, "tick")} were recorded.`));
