// The latest minute: each status against its expectation.
import { rangeMark } from "../charts/small.js";
import { inOrder } from "../derive.js";
import { el, fill, word } from "../dom.js";
import { about, count, percent } from "../format.js";
import { verdict } from "./verdict.js";

const MAX_ROWS = 12;
const FOUND = new Set(["warning", "critical"]);

export function latestMinute() {
  const body = el("tbody");
  const root = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Latest minute by status" }, el("table", {},
    el("thead", {}, el("tr", {}, [["Status", null], ["Count", "n"], ["Share", "n wide"], ["Expected", "n"]].map(([name, kind]) => el("th", { class: kind, scope: "col" }, name)),
      el("th", { class: "wide", scope: "col" }, "Range"), el("th", { scope: "col" }, "Verdict"))), body));
  return {
    root,
    update(table) {
      const place = table.last();
      const rows = inOrder(table.of("status")).filter((one) => one.verdict[place] !== null);
      fill(body, rows.slice(0, MAX_ROWS).map((one) => rowOf(one, place)),
        rows.length > MAX_ROWS ? el("tr", {}, el("td", { colspan: 6, class: "dim" }, `and ${rows.length - MAX_ROWS} more`)) : null);
    },
  };
}

function rowOf(one, place) {
  const [value, total, expected, low, high] = ["count", "total", "expected", "low", "high"].map((column) => one[column][place]);
  return el("tr", {}, el("td", { class: "word" }, word(one.key)), el("td", { class: "n" }, count(value)),
    el("td", { class: "n wide" }, percent(total > 0 ? value / total : null)),
    el("td", { class: "n" }, low === null || high === null ? about(expected) : `${about(low)} – ${about(high)}`),
    el("td", { class: "wide" }, rangeMark(value, low, high, expected, FOUND.has(one.verdict[place]))), el("td", {}, verdict(one.verdict[place])));
}
