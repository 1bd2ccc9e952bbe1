// Open incidents, first and largest; a calm line when there is none.
import { el, fill } from "../dom.js";
import { plural } from "../format.js";
import { incidentCard } from "../incident-card.js";
import { model } from "../model.js";

/** So many are shown at once: a wall of cards says nothing. */
const FIRST = 5;

export function openIncidents() {
  const root = el("section", { class: "stack", "aria-label": "Open incidents" });
  let all = false;
  function update() {
    const open = model.open();
    const own = open.filter((alert) => alert.inhibited_by === "");
    const hidden = open.length - own.length;
    if (open.length === 0) {
      fill(root, model.table === null ? null : el("p", { class: "calm" }, el("strong", {}, "✓ No open incident."), "What fires, and what it was, is under Incidents."));
      return;
    }
    const shown = all ? open : own.slice(0, FIRST);
    const more = open.length - shown.length;
    // What has the focus is drawn anew: it is found again by the incident and the action.
    const focus = document.activeElement;
    const held = root.contains(focus) ? [focus.closest("[data-incident]")?.dataset.incident, focus.dataset.action] : null;
    fill(root,
      el("div", { class: "open" }, shown.map((alert, i) => incidentCard(alert, model.now(), { largest: i === 0 }))),
      more > 0 || all ? el("div", { class: "buttons" },
        el("button", { type: "button", "aria-expanded": String(all), on: { click: () => { all = !all; update(); } } }, all ? "Show the largest only" : `Show all ${open.length} open incidents`),
        hidden > 0 && !all ? el("span", { class: "dim" }, `${plural(hidden, "incident")} among them ${hidden === 1 ? "is" : "are"} part of a larger one.`) : null) : null);
    if (held?.[0]) {
      const card = [...root.querySelectorAll("[data-incident]")].find((one) => one.dataset.incident === held[0]);
      [...(card?.querySelectorAll("a, button") ?? [])].find((one) => one.dataset.action === held[1])?.focus({ preventScroll: true });
    }
  }
  return { root, update };
}
