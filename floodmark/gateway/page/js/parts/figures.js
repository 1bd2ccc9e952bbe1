// The figures of the latest minute, each against what is expected of it; loud only where the judge has found something.
import { against, scores, shares, totals } from "../derive.js";
import { el, fill } from "../dom.js";
import { count, percent } from "../format.js";

const PROBLEMS = ["denied", "failed", "reversed"];
const SIGN = { above: "▲ above", below: "▼ below", within: "", unknown: "" };
const FOUND = { info: "odd", warning: "odd", critical: "bad" };
const RANK = ["info", "warning", "critical"];

export function figures() {
  const root = el("section", { class: "figures", "aria-label": "The latest minute" });
  return {
    root,
    update(table) {
      const place = table.last();
      if (place < 0) return;
      const back = table.length - place;
      const at = (columns) => Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[0] ?? null]));
      const verdictOf = (key) => table.get("status", key)?.verdict[place] ?? null;
      // A minute without any data was expected to have some: that is no matter of learning.
      const unknown = table.of("status").every((one) => one.verdict[place] === "no_data") ? "no data came" : "nothing expected yet";
      const worst = table.of("status").map((one) => one.verdict[place]).sort((a, b) => RANK.indexOf(b) - RANK.indexOf(a))[0] ?? null;
      fill(
        root,
        figure("Transactions a minute", at(totals(table, back)), count, null, unknown),
        figure("Approval rate", at(shares(table, "status", "approved", back)), percent, worst, unknown),
        ...PROBLEMS.map((key) => figure(`Share of ${key}`, at(shares(table, "status", key, back)), percent, verdictOf(key), unknown)),
        scoreFigure(scores(table, back)[0]),
      );
    },
  };
}

function figure(label, { value, low, high }, format, verdict, unknown) {
  const sign = SIGN[against(value, low, high)];
  const kind = sign === "" ? "" : (FOUND[verdict] ?? "");
  const usual = low === null || high === null ? unknown : `${format(low)} – ${format(high)}`;
  return el("div", { class: `figure ${kind}` }, el("div", { class: "label" }, label), el("div", { class: "value" }, format(value)),
    el("div", { class: "against" }, sign === "" ? null : el("span", { class: kind === "" ? null : "off" }, sign), usual));
}

function scoreFigure(score) {
  const kind = score >= 75 ? "bad" : score >= 50 ? "odd" : "";
  const means = score >= 75 ? "◆ critical" : score >= 50 ? "▲ a warning" : "calm below 50";
  return el("div", { class: `figure ${kind}` }, el("div", { class: "label" }, "Score of the minute"),
    el("div", { class: "value" }, score === null ? "–" : String(Math.round(score)), el("small", {}, " of 100")),
    el("div", { class: "against" }, el("span", { class: kind === "" ? null : "off" }, means)));
}
