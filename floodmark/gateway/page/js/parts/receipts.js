// Who was told of an incident, by which channel, when, and what became of it.
import { el, word } from "../dom.js";
import { age } from "../format.js";
import { shown } from "../shown.js";
import { empty } from "../states.js";
import { clockSeconds, day } from "../time.js";

const WHY = {
  open: "it began", rise: "it got worse", more: "more belongs to it", flapping: "it begins and ends again and again",
  repeat: "nobody was on it", escalation: "nobody had answered", acknowledged: "somebody is on it", handed_back: "nobody is on it any more",
  resolved: "it is over", passed: "it came and went", corrected: "it was none",
  budget: "people are called too often", digest: "a digest", report: "a report", unsilenced: "its silence ended", silenced: "it is silenced",
};
const OUTCOME = { delivered: ["good", "taken"], refused: ["critical", "refused"], overdue: ["warning", "not taken in time"], unreached: ["critical", "reached nobody"] };

/** The receipts in order of time, below how long the first page took. */
export function receipts({ receipts: list, seconds_to_page: page }) {
  if (!list || list.length === 0) return empty("Nobody was told, or no notifier runs.");
  return el("div", { class: "stack" },
    page === null ? null : el("p", {}, "First page taken ", el("b", {}, age(page)), " after the end of its first minute."),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Who was told" }, el("table", {},
      el("thead", {}, el("tr", {}, ["When", "Team", "Channel", "Why", "Answer"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, list.map(row)))));
}

function row(receipt) {
  const at = Date.parse(receipt.at);
  const [tone, outcome] = OUTCOME[receipt.outcome] ?? ["", shown(receipt.outcome)];
  return el("tr", {},
    el("td", {}, el("time", { datetime: receipt.at }, `${day(at)} ${clockSeconds(at)}`)), el("td", {}, word(receipt.team)), el("td", {}, word(receipt.channel)),
    el("td", {}, WHY[receipt.kind] ?? shown(receipt.kind)), el("td", {}, el("span", { class: `verdict ${tone}` }, outcome), receipt.answer === "" ? null : el("span", { class: "dim" }, ` ${shown(receipt.answer)}`)));
}
