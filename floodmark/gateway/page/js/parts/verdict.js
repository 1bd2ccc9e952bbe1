// A verdict: its sign and its word.
import { el } from "../dom.js";

const SIGNS = { critical: "◆", warning: "▲", info: "●", normal: "✓", warming_up: "…", no_data: "∅", unknown: "?" };
const WORDS = { warming_up: "warming up", no_data: "no data" };

export const verdict = (name) =>
  el("span", { class: `verdict ${SIGNS[name] ? name : "unknown"}` }, el("span", { "aria-hidden": "true" }, SIGNS[name] ?? "?"), WORDS[name] ?? name);
