// What the reader has chosen. It outlives a reload, which a run in progress does by itself.

const storeName = "agora " + location.pathname;
const state = Object.assign(
  {
    hidden: [],
    members: (common.populations || []).length <= 8,
    log: false,
    smooth: 1,
    zoom: null,
    scheme: "auto",
    reload: true,
    texts: {},
    scroll: 0,
  },
  stored(),
);
const listeners = [];

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(storeName)) || {};
  } catch {
    return {};
  }
}

function store() {
  try {
    sessionStorage.setItem(storeName, JSON.stringify(state));
  } catch {
    // Without a store the page forgets at a reload, and works otherwise.
  }
}

/** Changes the state and tells everything that draws by it. */
function choose(change) {
  Object.assign(state, change);
  store();
  for (const listener of listeners) listener(change);
}

/** Calls `listener` after every change. */
const onChoice = (listener) => listeners.push(listener);

const isShown = (key) => !state.hidden.includes(key);

/** Shows or hides a curve wherever it is drawn. */
const toggle = (key) =>
  choose({ hidden: isShown(key) ? [...state.hidden, key] : state.hidden.filter((other) => other !== key) });

/** A field whose text or choice outlives a reload. */
function remembered(name, element, onInput) {
  if (state.texts[name] !== undefined) element.value = state.texts[name];
  element.addEventListener("input", () => {
    state.texts[name] = element.value;
    store();
    onInput();
  });
  return element;
}
