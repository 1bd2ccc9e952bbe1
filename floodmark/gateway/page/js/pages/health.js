// The pipeline itself: watermark, lag, workers, sinks, dead letters.
import { get } from "../api.js";
import { el, fill, panel } from "../dom.js";
import { age, count } from "../format.js";
import { model } from "../model.js";
import { shown } from "../shown.js";
import { empty, failed, loading } from "../states.js";
import { instant, zoneName } from "../time.js";
import { blindness, isStream, since } from "../words.js";

const AGAIN_MS = 10_000;

export function healthPage() {
  const body = el("div", { class: "stack" }, loading("Asking how the pipeline is …"));
  const root = el("div", { class: "stack" }, el("h1", {}, "Pipeline"), body);
  let stats = null;

  async function load() {
    try {
      stats = await get("/v1/stats");
      draw();
    } catch (error) {
      if (stats === null) fill(body, failed(error, load));
    }
  }

  function draw() {
    if (stats === null) return;
    const blind = model.open().filter(isStream);
    const line = { open: "connected", refused: "refused", warming: "warming up" }[model.line.state] ?? "not connected";
    fill(body,
      panel("What cannot be trusted", null, blind.length === 0 ? empty("Nothing that the judge knows of: all sources are heard.")
        : el("ul", {}, blind.map((alert) => el("li", {}, el("b", {}, blindness(alert)), ` ${since(alert, model.now())}: ${shown(alert.summary)}`)))),
      el("div", { class: "half" },
        panel("This page", null, facts([["Stream", line], ["Last judged minute", lastMinute()], ["Series on this page", model.table === null ? "–" : count(model.table.series.size)]])),
        ...Object.entries(groups(stats)).map(([name, rows]) => panel(name, null, facts(rows)))));
  }

  load();
  const timer = setInterval(load, AGAIN_MS);
  return { root, update: (kind) => { if (kind !== "minutes") draw(); }, destroy: () => clearInterval(timer) };
}

function lastMinute() {
  const last = model.table === null ? -1 : model.table.last();
  if (last < 0) return "none yet";
  const end = model.table.at(last) + 60_000;
  return `${instant(end)} ${zoneName()}, ${age((model.now() - end) / 1000)} ago`;
}

/** What the gateway says of the pipeline, by group: nested objects become groups, the rest is the gateway's own. */
function groups(stats) {
  const made = {};
  for (const [name, value] of Object.entries(stats)) {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) made[title(name)] = Object.entries(value).map(([one, found]) => [title(one), text(found)]);
    else (made["Gateway"] ??= []).push([title(name), text(value)]);
  }
  return made;
}

const title = (name) => { const words = shown(name).replaceAll("_", " "); return words[0].toUpperCase() + words.slice(1); };
function text(value) {
  if (value === null) return "–";
  if (typeof value === "number") return count(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return shown(typeof value === "object" ? JSON.stringify(value) : value);
}

const facts = (rows) => el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
