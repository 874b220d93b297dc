// Elements. Names and code of unknown origin become text nodes and attribute values only: nothing here reads markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value == null) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) if (child != null && child !== false) element.append(child);
  return element;
}

/** An HTML element: `h("a", {href: "#/"}, "text", child)`; functions among the props are listeners. */
const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/** An SVG element, in the same form. */
const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

/** The address of a part of the page; every piece is escaped. */
const at = (...pieces) => `#/${pieces.map(encodeURIComponent).join("/")}`;

const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** Text of ours in which `names` stand between backticks, as nodes. */
const prose = (text) => text.split("`").map((piece, index, all) =>
  index % 2 && index < all.length - 1 ? h("code", null, piece) : index % 2 ? `\`${piece}` : piece);
