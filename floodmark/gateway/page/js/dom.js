// Builds elements. Data become text nodes and attributes, never markup.
import { keepFocus } from "./focus.js";
import { shown } from "./shown.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element: properties `class`, `on` (listeners) and `data` (dataset) are special, the others are attributes. */
export function el(name, properties = {}, ...children) {
  return filled(document.createElement(name), properties, children);
}

/** The same for drawings. */
export function svg(name, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, name), properties, children);
}

function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.setAttribute("class", value);
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A word that others wrote, as text that neither steers nor turns round what stands beside it. */
export function word(text, properties = {}) {
  const clean = shown(text);
  return el("bdi", { title: clean.length > 24 ? clean : null, ...properties }, clean);
}

/** Put these in the place of what is there. What has the focus keeps it, when it is there again. */
export function fill(node, ...children) {
  const there = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  keepFocus(node, () => node.replaceChildren(...there));
  return node;
}

/** A panel with a heading. */
export function panel(title, note, ...children) {
  return el(
    "section",
    { class: "panel" },
    el("header", {}, el("h2", {}, title), note === null ? null : el("span", { class: "note" }, note)),
    ...children,
  );
}

/** Text for people who do not see the screen. */
export function unseen(text) {
  return el("span", { class: "hidden-name" }, text);
}
