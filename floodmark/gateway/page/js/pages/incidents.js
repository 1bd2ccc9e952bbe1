// All incidents: open and over, by state and severity, newest first, page by page.
import { get } from "../api.js";
import { choice } from "../choice.js";
import { el, fill } from "../dom.js";
import { badge, pageOf } from "../incident-card.js";
import { model } from "../model.js";
import { empty, failed, loading } from "../states.js";
import { clock, day, zoneName } from "../time.js";
import { cost, driver, howBad, isOver, lasted, subject } from "../words.js";
import { brief, span } from "../format.js";
import { openIncidents } from "../parts/open.js";
import { silences } from "../parts/silences.js";

const PAGE = 50;

export function incidentsPage() {
  const open = openIncidents("What there was is below.");
  const list = el("div");
  const silenced = silences();
  const root = el("div", { class: "stack" }, el("h1", {}, "Incidents"), open.root, silenced.root);
  let severity = "";
  let cursor = null;
  let rows = [];
  root.append(el("section", { class: "panel" },
    el("header", {}, el("h2", {}, "All incidents"), el("span", { class: "note" }, "the newest first"),
      el("span", { class: "right" }, choice("Severity", [["", "All"], ["critical", "Critical"], ["warning", "Warning"], ["info", "Info"]], severity, (value) => { severity = value; load(); }))),
    list));

  async function load(more = false) {
    if (!more) {
      rows = [];
      cursor = null;
      fill(list, loading("Loading incidents …"));
    }
    try {
      const answer = await get("/v1/incidents", { severity, limit: PAGE, cursor });
      rows = rows.concat(answer.incidents);
      cursor = answer.next_cursor ?? null;
      draw();
    } catch (error) {
      fill(list, failed(error, () => load()));
    }
  }

  function draw() {
    if (rows.length === 0) {
      fill(list, empty(severity === "" ? "There has been no incident in what is kept." : "There has been none of this severity in what is kept."));
      return;
    }
    const heads = [["Incident", ""], ["State", ""], [`Since (${zoneName()})`, ""], ["Lasted", "n"], ["Count a minute", "wide"], ["Driven by", "wide"], ["Cost", "wide"]];
    fill(list, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "All incidents" }, el("table", {},
      el("thead", {}, el("tr", {}, heads.map(([name, kind]) => el("th", { scope: "col", class: kind || null }, name)))),
      el("tbody", {}, rows.map((alert) => el("tr", {},
        el("td", { class: "title" }, el("a", { href: pageOf(alert) }, subject(alert))), el("td", {}, badge(alert)),
        el("td", { class: "when" }, el("span", {}, day(Date.parse(alert.since))), " ", el("span", {}, clock(Date.parse(alert.since)))), el("td", { class: "n", title: span(lasted(alert, model.now())) }, brief(lasted(alert, model.now()))),
        el("td", { class: "wide" }, (isOver(alert) ? null : howBad(alert)) ?? "–"), el("td", { class: "wide" }, driver(alert) ?? "–"), el("td", { class: "wide" }, cost(alert) ?? "–")))))),
      cursor === null ? null : el("p", {}, el("button", { type: "button", on: { click: () => load(true) } }, "Show older ones")));
  }

  load();
  return { root, update: (kind) => { if (kind !== "minutes") { open.update(); silenced.update(); } }, destroy: silenced.destroy };
}
