// The question to the store that shows an incident's minutes.
import { el, fill } from "../dom.js";
import { shown } from "../shown.js";

/** `text` is one line of SQL; it is broken where its clauses begin. */
export function sqlOf(text) {
  const copied = el("span", { class: "dim", role: "status" });
  const copy = el("button", { type: "button", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(text);
      fill(copied, "Copied.");
    } catch {
      fill(copied, "The browser does not allow it; select the text instead.");
    }
  } } }, "Copy");
  return el("div", { class: "stack" }, el("pre", { class: "sql", tabindex: "0" }, lines(text)), el("div", { class: "buttons" }, copy, copied));
}

/** What others wrote is in it: all that is not printed is written out; then it is broken into lines, outside of quotes. */
function lines(text) {
  const parts = shown(text).split(/('(?:[^'\\]|\\.)*')/);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replace(/ (FROM|WHERE|AND minute|ORDER BY) /g, "\n$1 "))).join("");
}
