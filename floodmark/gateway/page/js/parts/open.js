// Open incidents, first and largest; a calm line when there is none.
import { el, fill } from "../dom.js";
import { plural } from "../format.js";
import { badge, incidentCard, pageOf } from "../incident-card.js";
import { model } from "../model.js";
import { howBad, lostWords, since, subject } from "../words.js";

/** How many have a card of their own, and how many a line: a wall of cards says nothing. */
const CARDS = 4;
const LINES = 6;

/** `there`: where to read of those that are over. */
export function openIncidents(there = "What there was is under Incidents.") {
  const root = el("section", { class: "stack", "aria-label": "Open incidents" });
  let all = false;

  function update() {
    const open = model.open();
    if (open.length === 0) {
      fill(root, model.table === null ? null : el("p", { class: "calm" }, el("strong", {}, "✓ No open incident."), there));
      return;
    }
    const own = open.filter((alert) => alert.inhibited_by === "");
    const first = own.slice(0, CARDS);
    const rest = open.filter((alert) => !first.includes(alert));
    const lines = all ? rest : rest.filter((alert) => alert.inhibited_by === "").slice(0, LINES);
    fill(root,
      el("div", { class: "open" }, first.map((alert, i) => incidentCard(alert, model.now(), { largest: i === 0 }))),
      lines.length > 0 ? el("ul", { class: "panel lines" }, lines.map(lineOf)) : null,
      more(open.length, rest.length > lines.length, open.length - own.length));
  }

  function more(number, isMore, hidden) {
    if (!isMore && !all) return null;
    return el("div", { class: "buttons" },
      el("button", { type: "button", "aria-expanded": String(all), data: { action: "all" }, on: { click: () => { all = !all; update(); } } }, all ? "Show the largest only" : `Show all ${number} open incidents`),
      hidden > 0 && !all ? el("span", { class: "dim" }, `${plural(hidden, "incident")} among them ${hidden === 1 ? "is" : "are"} part of a larger one.`) : null);
  }

  return { root, update };
}

function lineOf(alert) {
  return el("li", { data: { incident: alert.incident_id } }, badge(alert), el("a", { href: pageOf(alert) }, subject(alert)),
    el("span", {}, howBad(alert) ?? ""), el("span", { class: "dim wide" }, lostWords(alert)?.transactions ?? ""), el("span", { class: "dim" }, since(alert, model.now())));
}
