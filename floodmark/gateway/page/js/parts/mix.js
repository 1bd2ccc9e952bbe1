// What the last hour was made of: a bar for each status or auth code, with a line where it usually ends.
import { barMark } from "../charts/small.js";
import { mix } from "../derive.js";
import { el, fill, word } from "../dom.js";
import { count, percent } from "../format.js";

const MINUTES = 60;
const MAX_ROWS = 9;

export function mixTable(dimension) {
  const body = el("tbody");
  const none = el("p", { class: "empty", hidden: true }, dimension === "status" ? "No status came in the last hour." : "No auth code came in the last hour.");
  const root = el("div", {}, none, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, dimension === "status" ? "Status" : "Code"), el("th", { class: "n", scope: "col" }, "Count"),
      el("th", { class: "n", scope: "col" }, "Share"), el("th", { class: "n", scope: "col" }, "Usually"), el("th", { scope: "col" }, el("span", { class: "hidden-name" }, "Bar")))), body));
  return {
    root,
    update(table) {
      const { total, rows } = mix(table, dimension, MINUTES);
      none.hidden = rows.length > 0;
      root.lastElementChild.hidden = rows.length === 0;
      fill(body, rows.slice(0, MAX_ROWS).map((row) => {
        const usual = row.expected === null ? null : row.expected / total;
        return el("tr", {}, el("td", { class: "word" }, word(row.key)), el("td", { class: "n" }, count(row.count)), el("td", { class: "n" }, percent(row.count / total)),
          el("td", { class: "n dim" }, percent(usual)), el("td", {}, barMark(row.count / total, usual)));
      }), rows.length > MAX_ROWS ? el("tr", {}, el("td", { colspan: 5, class: "dim" }, `and ${rows.length - MAX_ROWS} more`)) : null);
    },
  };
}
