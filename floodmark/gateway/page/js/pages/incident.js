// One incident: what happened, the chart around it, what explains it, what it cost, what was said and done.
import { buttons } from "../actions.js";
import { get } from "../api.js";
import { lineChart } from "../charts/line.js";
import { counts, shares, totals } from "../derive.js";
import { el, fill, panel, word } from "../dom.js";
import { amount, compact, count, percent } from "../format.js";
import { badge, pageOf, untilWords } from "../incident-card.js";
import { model } from "../model.js";
import { attribution } from "../parts/attribution.js";
import { receipts } from "../parts/receipts.js";
import { sqlOf } from "../parts/sql.js";
import { timeline } from "../parts/timeline.js";
import { SeriesTable } from "../series.js";
import { shown } from "../shown.js";
import { spansOf } from "../spans.js";
import { empty, failed, loading } from "../states.js";
import { instant, zoneName } from "../time.js";
import { cost, driver, howBad, isOver, isStream, shareOf, since, subject } from "../words.js";

const MINUTE = 60_000;
const AROUND = 90;
const MAX_MINUTES = 1440;

export function incidentPage({ id }) {
  const root = el("div", { class: "stack" }, loading("Loading the incident …"));
  const number = lineChart({ name: "Count", format: count, axis: compact, height: 240, smallest: 3 });
  const part = lineChart({ name: "Share", format: (value) => percent(value), axis: (value) => percent(value, value < 0.05 ? 1 : 0), height: 160, smallest: 0.01 });
  const told = el("div");
  let found = null;
  let table = null;
  let asking = false;
  let more = false;

  async function load() {
    try {
      found = await get(`/v1/incidents/${encodeURIComponent(id)}`);
      table = await around(found.incident);
      draw();
    } catch (error) {
      fill(root, failed(error, load), el("p", {}, el("a", { href: "#/incidents" }, "All incidents")));
    }
  }

  function draw() {
    const { incident } = found;
    fill(told, receipts(found));
    fill(root, heading(incident),
      el("div", { class: "two" },
        el("div", { class: "stack" },
          isStream(incident) ? null : panel(incident.dimension === "volume" ? "Transactions a minute" : "Count a minute", "marks are what was said of it: ◆ it fired, ↻ changed, ◉ acknowledged, ✓ over", number.root),
          isStream(incident) || incident.dimension === "volume" ? null : panel("Share of the minute", null, part.root),
          panel("What was said and done", null, timeline(found)),
          panel("Who was told", "messages of the notifier, and what became of them", told),
          panel("The SQL behind it", "run it with floodmark sql, or in any client of the store", sqlOf(found.receipt.sql))),
        el("div", { class: "stack" }, panel("How bad", null, severity(incident)), panel("What explains it", null, attribution(incident)),
          panel("Receipt", "what it follows from", receipt(found.receipt)), panel("Similar incidents", "of the same series", similar(found.similar)))));
    drawCharts();
  }

  /** Who was told since; asked once for all that come meanwhile. */
  async function look() {
    more = asking;
    if (asking) return;
    asking = true;
    const answer = await get(`/v1/incidents/${encodeURIComponent(id)}`).catch(() => null);
    asking = false;
    if (answer !== null) {
      found.receipts = answer.receipts;
      found.seconds_to_page = answer.seconds_to_page;
      fill(told, receipts(found));
    }
    if (more) look();
  }

  function drawCharts() {
    const { incident } = found;
    if (table === null || isStream(incident)) return;
    const seconds = table.seconds(MAX_MINUTES);
    const more = { spans: spansOf([incident], model.now()), moments: marks(found.statements) };
    number.update(seconds, incident.dimension === "volume" ? totals(table, MAX_MINUTES) : counts(table, incident.dimension, incident.key, MAX_MINUTES), more);
    if (incident.dimension !== "volume") part.update(seconds, shares(table, incident.dimension, incident.key, MAX_MINUTES), more);
  }

  const again = (event) => { if (event.detail.id === id) load(); };
  document.addEventListener("acted", again);
  load();
  return {
    root,
    update(kind) {
      if (kind === "receipts" && found !== null && model.toldOf.has(id)) look();
      const news = model.incidents.get(id);
      if (kind !== "incidents" || found === null || !news) return;
      if (news.revision > found.incident.revision || news.comments !== found.incident.comments || news.state !== found.incident.state || news.verdict !== found.incident.verdict) load();
    },
    destroy() {
      document.removeEventListener("acted", again);
      number.destroy();
      part.destroy();
    },
  };
}

/** The minutes around it: before, while and after, a day at most. */
async function around(incident) {
  const from = Date.parse(incident.since) - AROUND * MINUTE;
  const end = isOver(incident) ? Date.parse(incident.last_seen) + AROUND * MINUTE : model.now();
  const to = Math.min(end, from + MAX_MINUTES * MINUTE);
  const answer = await get("/v1/series", { scope: incident.scope, from: new Date(from).toISOString(), to: new Date(Math.max(to, from + MINUTE)).toISOString() });
  return SeriesTable.from(incident.scope, answer);
}

const SIGNS = { firing: "◆", updated: "↻", amended: "↻", acknowledged: "◉", resolved: "✓", withdrawn: "✓" };

function marks(statements) {
  const told = new Map();
  for (const alert of statements) {
    const at = Date.parse(alert.timestamp) / 1000;
    // Of many updates those are marked that changed how severe it is.
    const before = [...told.values()].at(-1);
    if (alert.state === "updated" && before?.severity === alert.severity) continue;
    told.set(at, { at, sign: SIGNS[alert.state], severity: alert.severity, kind: isOver(alert) ? "good" : alert.severity });
  }
  return [...told.values()];
}

function heading(incident) {
  return el("section", { class: `incident largest ${incident.severity}` },
    el("div", { class: "head" }, badge(incident), el("h1", {}, subject(incident)), el("span", { class: "since" }, since(incident, model.now()))),
    el("p", {}, shown(incident.summary)),
    incident.recommendation === "" ? null : el("p", { class: "todo" }, el("b", {}, "What to do: "), shown(incident.recommendation)),
    incident.runbook === "" ? null : el("p", { class: "dim" }, "Runbook: ", runbook(incident.runbook)),
    incident.acknowledged_by ? el("p", { class: "ack" }, "◉ ", word(incident.acknowledged_by), ` is on it${untilWords(incident)}`) : null,
    isOver(incident) ? null : buttons(incident));
}

/** A link only where it is one; else the command that prints the page. */
const runbook = (text) => (/^https?:\/\//.test(text) ? el("a", { href: text, rel: "noreferrer" }, shown(text)) : el("code", {}, shown(text)));

function severity(incident) {
  const loss = incident.estimated_loss;
  const rows = [
    ["Score", `${Math.round(incident.score)} of 100${incident.severity_because ? `: ${shown(incident.severity_because)}` : ""}`],
    ["Count a minute", howBad(incident)], ["Share", shareOf(incident)], ["Driven by", driver(incident)],
    ["Lost, gross", cost(incident)], ["Came back", loss.regained_transactions === undefined ? null : `${count(loss.regained_transactions)} transactions`],
    ["Lost, net", cost(incident, { net: true }) ?? (cost(incident) === null ? null : "known when it is over and what came back is counted")],
    ["Amount, net", loss.net_amount === undefined ? null : amount(loss.net_amount)],
    ["Last seen", `${instant(Date.parse(incident.last_seen))} ${zoneName()}`],
    ["Found by", incident.rules.length === 0 ? null : shown(incident.rules.join(", "))],
    ["Incident", el("code", {}, incident.incident_id)],
  ];
  return el("dl", { class: "facts" }, rows.filter(([, value]) => value !== null && value !== "").map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function receipt(evidence) {
  const offsets = Object.entries(evidence.offsets).map(([source, offset]) => `${shown(source)}: ${count(offset)}`);
  const rows = [
    ["Evidence", `${instant(Date.parse(evidence.first))} to ${instant(Date.parse(evidence.last))} ${zoneName()}, ${count(evidence.minutes)} minutes at hand`],
    ["Rule set", el("code", {}, shown(evidence.rule_set))],
    ["Counted up to", offsets.length === 0 ? null : `offset by source partition ${offsets.join(", ")}`],
    ["Proof", el("code", {}, shown(evidence.verify))],
  ];
  return el("dl", { class: "facts" }, rows.filter(([, value]) => value !== null).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function similar(alerts) {
  if (!alerts || alerts.length === 0) return empty("There was none in what is kept.");
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Similar incidents" }, el("table", {}, el("tbody", {}, alerts.map((alert) => el("tr", {}, el("td", {}, el("a", { href: pageOf(alert) }, instant(Date.parse(alert.since)))),
    el("td", {}, badge(alert)), el("td", { class: "n" }, cost(alert) ?? "–"))))));
}
