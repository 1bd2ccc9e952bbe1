// The question to the store that shows an incident's minutes.
import { el, fill } from "../dom.js";
import { shown } from "../shown.js";

const MINUTE = 60_000;

/** A text as SQL writes it. */
const quoted = (text) => `'${String(text).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const time = (ms) => `toDateTime(${quoted(new Date(ms).toISOString().slice(0, 19).replace("T", " "))}, 'UTC')`;

export function sqlOf(alert) {
  const from = time(Date.parse(alert.since) - 15 * MINUTE);
  const to = time(Date.parse(alert.last_seen) + 15 * MINUTE);
  const series = alert.dimension === "status" || alert.dimension === "auth_code"
    ? `  AND dimension = ${quoted(alert.dimension)} AND key = ${quoted(alert.key)}\n` : "  AND dimension = 'status'\n";
  const text = `SELECT minute, key, count, total, round(share, 4) AS share, round(expected, 1) AS usual, low, high, score, verdict\nFROM minutes\n` +
    `WHERE scope = ${quoted(alert.scope)}\n${series}  AND minute BETWEEN ${from} AND ${to}\nORDER BY minute, key`;
  const copied = el("span", { class: "dim", role: "status" });
  const copy = el("button", { type: "button", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(text);
      fill(copied, "Copied.");
    } catch {
      fill(copied, "The browser does not allow it; select the text instead.");
    }
  } } }, "Copy");
  return el("div", { class: "stack" }, el("pre", { class: "sql", tabindex: "0" }, shownLines(text)), el("div", { class: "buttons" }, copy, copied));
}

/** What others wrote is in it: line ends are ours, all else that is not printed is written out. */
const shownLines = (text) => text.split("\n").map(shown).join("\n");
