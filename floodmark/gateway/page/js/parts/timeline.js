// What the judge said of an incident and what people did, in order.
import { el, word } from "../dom.js";
import { shown } from "../shown.js";
import { empty } from "../states.js";
import { clockSeconds, day, instant, zoneName } from "../time.js";
import { isOver } from "../words.js";

const DONE = { acknowledge: "acknowledged it", assign: "assigned it", unacknowledge: "gave it back", comment: "commented", feedback: "gave feedback", resolve: "resolved it" };

export function timeline({ statements, actions }) {
  const entries = [
    ...(statements ?? []).map((alert) => ({ at: Date.parse(alert.timestamp), node: statement(alert) })),
    ...(actions ?? []).map((action) => ({ at: Date.parse(action.at), node: done(action) })),
  ].sort((a, b) => a.at - b.at);
  if (entries.length === 0) return empty("Nothing is kept of what was said of it.");
  return el("ol", { class: "line-of-time" }, entries.map((entry) => entry.node));
}

const statement = (alert) =>
  el("li", { class: isOver(alert) ? "over" : alert.severity },
    el("time", { datetime: alert.timestamp }, `${instant(Date.parse(alert.timestamp))} ${zoneName()}`), el("b", {}, alert.state), ` · ${alert.severity} `,
    el("div", {}, shown(alert.summary)));

const done = (action) =>
  el("li", { class: "action" },
    el("time", { datetime: action.at }, `${day(Date.parse(action.at))} ${clockSeconds(Date.parse(action.at))} ${zoneName()}`), word(action.by), ` ${DONE[action.action] ?? shown(action.action)}`,
    action.assignee ? [" to ", word(action.assignee)] : null, action.until ? ` until ${instant(Date.parse(action.until))} ${zoneName()}` : null,
    action.verdict ? ` (${shown(action.verdict).replaceAll("_", " ")})` : null, action.note ? el("div", {}, shown(action.note)) : null);
