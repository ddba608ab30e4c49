// Elements, numbers as text, and the data of the page.

const views = {};
const report = JSON.parse(document.getElementById("data").textContent);
const common = report.common;

/** An element; attributes that begin with "on" are listeners, null and false ones are left out. Text is never HTML. */
function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
function svg(tag, attributes, ...children) {
  return build(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let ids = 0;
/** A new id for an element. */
const newId = () => "e" + ++ids;

/** A number for people: four significant digits. */
function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(2).replace("e+", "e").replace("-", "−");
  const text = Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return text.replace("-", "−");
}

/** A value and its interval, if it has one. */
const interval = (value, low, high) =>
  isNumber(low) && isNumber(high) ? `${short(value)} (${short(low)} to ${short(high)})` : short(value);

/** A curve of `length` points as the data has it: a list, or one value that stands for all points. */
const unfold = (values, length) => (Array.isArray(values) ? values : new Array(length).fill(values));

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** A column's name for people. */
function human(name) {
  const after = /^p_c_(start|[cd]{2})$/.exec(name);
  if (after) return after[1] === "start" ? "p(C) at the start" : `p(C|${after[1].toUpperCase()})`;
  return name.replace(/_/g, " ");
}

/** Columns whose names need more than a capital. */
const HEADINGS = { kl: "KL", grad_norm: "Gradient norm", p_c_source: "Source of p(C)" };

/** A column's name as a heading. */
function heading(name) {
  if (HEADINGS[name]) return HEADINGS[name];
  const text = human(name);
  return text.startsWith("p(C") ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a column means, without the marks of Markdown, up to its first stop. */
const plainMeaning = (meaning) => meaning.replace(/`/g, "").split(/; |\. /)[0];

/** "1 agent", "2 agents". */
const plural = (n, noun, many = noun + "s") => `${n.toLocaleString("en")} ${n === 1 ? noun : many}`;

/** Hands `text` to the reader as a file. */
function download(name, text, type = "text/csv") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const csvCell = (value) => {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

/** Rows of cells as CSV. */
const csv = (rows) => rows.map((row) => row.map(csvCell).join(",") + "\n").join("");

/** A paragraph of explanation. */
const note = (...parts) => h("p", { class: "note" }, ...parts);

/** A link to a file beside the page. */
const fileLink = (name) => h("a", { href: name.split("/").map(encodeURIComponent).join("/") }, name);
