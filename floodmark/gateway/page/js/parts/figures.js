// The figures of the latest minute, each against what is expected of it.
import { against, scores, shares, totals } from "../derive.js";
import { el, fill } from "../dom.js";
import { count, percent } from "../format.js";

const PROBLEMS = ["denied", "failed", "reversed"];
const SIGN = { above: "▲ above", below: "▼ below", within: "as expected", unknown: "" };

export function figures() {
  const root = el("section", { class: "figures", "aria-label": "The latest minute" });
  return {
    root,
    update(table) {
      const place = table.last();
      if (place < 0) return;
      const back = table.length - place;
      const at = (columns) => Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[0] ?? null]));
      const approved = at(shares(table, "status", "approved", back));
      const score = scores(table, back)[0];
      fill(
        root,
        figure("Transactions a minute", at(totals(table, back)), count),
        figure("Approval rate", approved, percent, "below"),
        ...PROBLEMS.map((key) => figure(`Share of ${key}`, at(shares(table, "status", key, back)), percent, "above")),
        scoreFigure(score),
      );
    },
  };
}

function figure(label, { value, low, high }, format, worse = null) {
  const where = against(value, low, high);
  const off = where === "above" || where === "below";
  const kind = off && (worse === null || where === worse) ? " odd" : "";
  const usual = low === null || high === null ? "nothing expected yet" : `${format(low)} – ${format(high)}`;
  return el("div", { class: `figure${kind}` }, el("div", { class: "label" }, label), el("div", { class: "value" }, format(value)),
    el("div", { class: "against" }, off ? el("span", { class: kind ? "off" : null }, SIGN[where]) : null, usual));
}

function scoreFigure(score) {
  const kind = score >= 75 ? " bad" : score >= 50 ? " odd" : "";
  const means = score >= 75 ? "◆ critical" : score >= 50 ? "▲ a warning" : "calm below 50";
  return el("div", { class: `figure${kind}` }, el("div", { class: "label" }, "Score of the minute"),
    el("div", { class: "value" }, score === null ? "–" : String(Math.round(score)), el("small", {}, " of 100")),
    el("div", { class: "against" }, el("span", { class: kind ? "off" : null }, means)));
}
