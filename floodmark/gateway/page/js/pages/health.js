// The pipeline itself: watermark, lag, workers, sinks, dead letters, and what this page has.
import { get } from "../api.js";
import { el, fill, panel, word } from "../dom.js";
import { age, count } from "../format.js";
import { model } from "../model.js";
import { shown } from "../shown.js";
import { empty, failed, loading } from "../states.js";
import { instant, zoneName } from "../time.js";
import { blindness, capital, isStream, since, streamWords } from "../words.js";

const AGAIN_MS = 15_000;
const SIGNS = { true: ["normal", "✓", "well"], false: ["critical", "⚠", "unwell"], null: ["warming_up", "?", "not known"] };
const LINES = { open: "connected", refused: "refused", warming: "the gateway warms up" };

export function healthPage() {
  const body = el("div", { class: "stack" }, loading("Asking how the pipeline is …"));
  const root = el("div", { class: "stack" }, el("h1", {}, "Pipeline"), body);
  let found = null;

  async function load() {
    try {
      const [health, stats] = await Promise.all([get("/v1/health"), get("/v1/stats").catch(() => null)]);
      found = { health, stats };
      draw();
    } catch (error) {
      if (found === null) fill(body, failed(error, load));
    }
  }

  function draw() {
    if (found === null) return;
    const { health, stats } = found;
    const blind = model.open().filter(isStream);
    fill(body,
      panel("Whether the stream can be trusted", null, blind.length === 0 ? empty("Nothing is known that is wrong with it: all sources are heard.")
        : el("ul", {}, blind.map((alert) => el("li", {}, el("b", {}, capital(blindness(alert))), ` ${since(alert, model.now())}: ${streamWords(alert)}`)))),
      panel("Parts", health.looked_at === null ? null : `the broker was asked at ${time(health.looked_at)}`, parts(health.parts)),
      el("div", { class: "half" },
        panel("Time", null, facts([
          ["Judged up to", time(health.watermark)], ["Behind the clock", health.behind_s === null ? "–" : age(health.behind_s)],
          ["Newest minute told", time(health.received_at)], ["Dead letters", count(health.dead_letters)], ["Too late to count", count(health.late_records)]])),
        panel("What is known here", null, facts([
          ["This page's stream", LINES[model.line.state] ?? "not connected"],
          ...(stats === null ? [] : [["Scopes", count(stats.scopes)], ["Series", count(stats.series)], ["Kept since", time(stats.first_minute)], ["Incidents", count(stats.incidents)],
            ["Incidents of a day", count(stats.incidents_today)], ["Lost by them", `${count(stats.lost_today)} transactions`], ["Open streams", count(stats.streams)], ["Records refused", count(stats.records_refused)]])]))));
  }

  load();
  const timer = setInterval(load, AGAIN_MS);
  return { root, update: (kind) => { if (kind !== "minutes") draw(); }, destroy: () => clearInterval(timer) };
}

const time = (text) => (text === null ? "–" : `${instant(Date.parse(text))} ${zoneName()}`);

function parts(rows) {
  const heads = [["Part", null], ["State", null], ["In words", null], ["Still to read", "n"], ["Processes", "n"]];
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Parts of the pipeline" }, el("table", {},
    el("thead", {}, el("tr", {}, heads.map(([name, kind]) => el("th", { class: kind, scope: "col" }, name)))),
    el("tbody", {}, rows.map((part) => {
      const [kind, sign, state] = SIGNS[part.well];
      return el("tr", {}, el("td", { class: "whole" }, word(part.name)), el("td", {}, el("span", { class: `verdict ${kind}` }, el("span", { "aria-hidden": "true" }, sign), state)),
        el("td", { class: "sentence" }, shown(part.words)), el("td", { class: "n" }, count(part.lag)), el("td", { class: "n" }, count(part.processes)));
    }))));
}

const facts = (rows) => el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
