// Builds the page.

const SCHEMES = ["auto", "light", "dark"];
/** Seconds between two looks at a run in progress. */
const RELOAD_SECONDS = 10;

function bar() {
  const links = report.sections.map(({ name, title }) => h("a", { href: "#" + name }, title));
  const scheme = h("button", { type: "button", class: "small", id: "scheme" });
  const show = () => {
    document.documentElement.dataset.scheme = state.scheme;
    scheme.textContent = `Theme: ${state.scheme}`;
  };
  scheme.addEventListener("click", () => {
    choose({ scheme: SCHEMES[(SCHEMES.indexOf(state.scheme) + 1) % SCHEMES.length] });
    show();
  });
  show();
  return h("nav", { "aria-label": "Parts of the page" }, h("a", { href: "#top" }, "Top"), links, scheme);
}

/** Loads a run in progress again, unless the reader is in the middle of something. */
function follow() {
  const box = h("input", { type: "checkbox", id: "reload" });
  box.checked = state.reload;
  box.addEventListener("change", () => choose({ reload: box.checked }));
  setInterval(() => {
    // What can be opened is closed until the reader opens it, and would be closed again.
    const isBusy = document.querySelector(
      ".plot:focus, .plot:hover, input[type=search]:focus, select:focus, details[open]",
    );
    if (!state.reload || isBusy || document.hidden) return;
    choose({ scroll: scrollY });
    location.reload();
  }, 1000 * RELOAD_SECONDS);
  return h(
    "p",
    { class: "live" },
    h("b", {}, "In progress. "),
    h("label", {}, box, ` load this page again every ${RELOAD_SECONDS} seconds`),
  );
}

function start() {
  const head = document.getElementById("top");
  head.append(bar());
  if (common.status === "running") head.append(follow());
  const main = document.getElementById("main");
  for (const { name, title, data } of report.sections) {
    const section = h(
      "section",
      { id: name, "aria-labelledby": name + "-title" },
      h("h2", { id: name + "-title" }, title),
    );
    main.append(section);
    try {
      views[name](section, data);
    } catch (error) {
      section.append(note(`This part cannot be drawn: ${error.message}`));
      console.error(error);
    }
  }
  // No name on the page needs an escape in an address.
  const target = document.getElementById(location.hash.slice(1));
  if (state.scroll) scrollTo(0, state.scroll);
  else if (target) target.scrollIntoView();
  state.scroll = 0;
  store();
}

start();
