// One open incident: what, since when, how bad, what drives it, what it costs so far, what to do.
import { buttons } from "./actions.js";
import { el, word } from "./dom.js";
import { shown } from "./shown.js";
import { instant, zoneName } from "./time.js";
import { RANK, SIGNS, driver, howBad, isOver, isStream, lostWords, shareOf, since, streamWords, subject } from "./words.js";

/** The word and sign of a severity, or how it ended. */
export function badge(alert) {
  if (isOver(alert)) return el("span", { class: "badge over" }, `✓ ${alert.state}`);
  return el("span", { class: `badge ${alert.severity}` }, el("span", { "aria-hidden": "true" }, SIGNS[alert.severity]), alert.severity);
}

/** The address of an incident's page. */
export const pageOf = (alert) => `#/incidents/${encodeURIComponent(alert.incident_id)}`;

function costParts(alert) {
  const words = lostWords(alert);
  return words === null ? null : [words.transactions, words.amount === null ? null : el("small", {}, words.amount)];
}

/** A card; the largest incident of all gets more room. */
export function incidentCard(alert, now, { largest = false } = {}) {
  const taken = alert.acknowledged_by;
  return el("article", { class: `incident ${alert.severity}${largest ? " largest" : ""}${taken ? " taken" : ""}`, data: { incident: alert.incident_id } },
    el("div", { class: "head" }, badge(alert), el("h3", {}, el("a", { href: pageOf(alert) }, subject(alert))),
      el("span", { class: "since" }, since(alert, now))),
    el("dl", { class: "words" }, facts(alert, largest)),
    alert.recommendation === "" ? null : el("p", { class: "todo" }, largest ? el("b", {}, "What to do: ") : null, shown(alert.recommendation)),
    taken ? el("p", { class: "ack" }, "◉ ", word(taken), ` is on it since ${instant(Date.parse(alert.acknowledged_at))} ${zoneName()}${untilWords(alert)}`,
      alert.acknowledged_note === "" ? null : [": ", word(alert.acknowledged_note)]) : null,
    buttons(alert, { quiet: !largest }));
}

/** Until when somebody is on it, where that ends by itself; and that it pages again, where it is worse than it was then. */
export function untilWords(alert) {
  const until = alert.acknowledged_until ? `, until ${instant(Date.parse(alert.acknowledged_until))} ${zoneName()}` : "";
  return RANK[alert.severity] > RANK[alert.acknowledged_severity] ? `${until}; it is worse than it was then, and pages again` : until;
}

function facts(alert, largest) {
  const found = [
    isStream(alert) ? ["What", streamWords(alert)] : ["Count a minute", howBad(alert)],
    ["Severity", `${Math.round(alert.score)} of 100`],
    ["Driven by", driver(alert)],
    ["Cost so far", costParts(alert)],
    ...(largest ? [["Share", shareOf(alert)]] : []),
  ];
  return found.filter(([, value]) => value !== null).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}
