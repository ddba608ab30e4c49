// Drawings as files of their own, for papers and slides.

/** What a drawing looks like without the page's style sheet. */
const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight"];
const KEY_HEIGHT = 18;

/** A button that saves the drawing that `drawing()` gives, titled, with a key of the `curves()` that it shows. */
function saveButton(name, title, drawing, curves) {
  const save = () => download(name.replace(/[^\w-]+/g, "_") + ".svg", standalone(title, drawing(), curves()), "image/svg+xml");
  return h("button", { type: "button", class: "small save", onclick: save }, "Save as SVG");
}

/** `drawing` as the text of an SVG file. */
function standalone(title, drawing, curves) {
  const copy = drawing.cloneNode(true);
  const pairs = [[drawing, copy], ...[...drawing.querySelectorAll("*")].map((from, at) => [from, copy.querySelectorAll("*")[at]])];
  for (const [from, to] of pairs) {
    const style = getComputedStyle(from);
    for (const property of DRAWN) to.style.setProperty(property, style.getPropertyValue(property));
  }
  const [x, y, width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  const { color, fontFamily } = getComputedStyle(document.body);
  const text = (left, top, words, weight) =>
    svg("text", { x: left, y: top, style: `fill:${color};font:${weight} 13px ${fontFamily}` }, words);
  const key = curves.flatMap((curve, at) => {
    const top = y + height + KEY_HEIGHT * (at + 1);
    const sample = swatch(curve.look);
    drawing.parentNode.append(sample);
    const stroke = getComputedStyle(sample.firstChild).stroke;
    sample.remove();
    return [
      svg("line", {
        x1: x + 8,
        x2: x + 34,
        y1: top - 4,
        y2: top - 4,
        style: `stroke:${stroke};stroke-width:2.2;stroke-dasharray:${look(curve.look).dash || "none"}`,
      }),
      text(x + 42, top, curve.name, "normal"),
    ];
  });
  const all = height + 26 + KEY_HEIGHT * curves.length + 8;
  copy.append(text(x + 8, y - 9, title, "bold"), ...key);
  copy.setAttribute("viewBox", `${x} ${y - 26} ${width} ${all}`);
  copy.setAttribute("width", width);
  copy.setAttribute("height", all);
  return new XMLSerializer().serializeToString(copy);
}
