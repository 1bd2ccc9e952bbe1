// The overview: incidents first, then the figures of the latest minute, then the day.
import { choice } from "../choice.js";
import { figures } from "../parts/figures.js";
import { latestMinute } from "../parts/latest.js";
import { mixTable } from "../parts/mix.js";
import { openIncidents } from "../parts/open.js";
import { heatMap } from "../charts/heat.js";
import { lineChart } from "../charts/line.js";
import { hours, inOrder, scores, steppedShares, totals } from "../derive.js";
import { el, fill, panel } from "../dom.js";
import { compact, count, percent } from "../format.js";
import { model } from "../model.js";
import { empty, loading } from "../states.js";
import { spansOf } from "../spans.js";

const RANGES = [[60, "1 h"], [180, "3 h"], [360, "6 h"], [1440, "24 h"]];
/** Minutes in a point of a share, by range. */
const STEPS = { 60: 1, 180: 3, 360: 5, 1440: 15 };
const PROBLEMS = ["denied", "failed", "reversed"];
const HOUR = 3_600_000;
const MAX_ROWS = 8;
let range = 360;

export function overviewPage() {
  const incidents = openIncidents();
  const numbers = figures();
  const latest = latestMinute();
  const statuses = mixTable("status");
  const codes = mixTable("auth_code");
  const heat = heatMap();
  const volume = lineChart({ name: "Transactions a minute", format: count, axis: compact, height: 220, smallest: 5 });
  const score = lineChart({ name: "Highest score", format: (value) => (value === null ? "–" : String(Math.round(value))), height: 150, most: 100,
    levels: [{ from: 50, to: 75, kind: "warning" }, { from: 75, to: 100, kind: "critical" }] });
  const problems = PROBLEMS.map((key) => [key, lineChart({ name: `Share of ${key}`, format: (value) => percent(value), axis: (value) => percent(value, value < 0.05 ? 1 : 0), height: 150, smallest: 0.01 })]);
  const note = el("span", { class: "note" });
  const stepNotes = PROBLEMS.map(() => el("span"));
  const ranges = choice("How much of the day", RANGES, range, (value) => { range = value; draw(); });

  const volumePanel = el("section", { class: "panel" },
    el("header", {}, el("h2", {}, "Transactions a minute"), note, el("span", { class: "right" }, ranges)), volume.root);
  const shown = [
    incidents.root,
    numbers.root,
    el("div", { class: "two charts" },
      el("div", { class: "stack" }, volumePanel),
      el("div", { class: "stack" }, panel("Latest minute, by status", "count against what is expected", latest.root))),
    el("div", { class: "three charts" }, problems.map(([key, chart], i) => panel(`Share of ${key}`, stepNotes[i], chart.root))),
    el("div", { class: "two charts" },
      el("div", { class: "stack" }, panel("Score", "highest of any series; a warning from 50, critical from 75", score.root),
        panel("By hour", "last 24 hours", heat.root)),
      el("div", { class: "stack" }, panel("Statuses", "last hour", statuses.root), panel("Auth codes", "last hour", codes.root))),
  ];
  const root = el("div", { class: "stack" });

  function draw() {
    const { table } = model;
    if (table === null) {
      fill(root, model.error === null ? loading("Loading the last 24 hours …") : empty("There is nothing to show before the gateway answers."));
      return;
    }
    if (table.last() < 0) {
      fill(root, incidents.root, panel("Waiting for the first minute", null, empty("As soon as a minute has been judged, it is shown here against what was expected. " +
        "What is usual is learned from the first minutes: bands come after some ten of them, the day's rise and fall after a day.")));
      return;
    }
    if (root.childElementCount !== shown.length) fill(root, shown);
    const seconds = table.seconds(range);
    const own = model.open().filter((alert) => alert.scope === table.scope);
    const spans = spansOf(own, model.now());
    volume.update(seconds, totals(table, range), { spans });
    fill(note, "line: what came; band: what is expected");
    for (const [key, chart] of problems) {
      const stepped = steppedShares(table, "status", key, range, STEPS[range]);
      chart.update(stepped.seconds, stepped.columns, { spans: spansOf(own.filter((alert) => alert.key === key), model.now()) });
    }
    for (const one of stepNotes) fill(one, STEPS[range] === 1 ? "minute by minute" : `in steps of ${STEPS[range]} minutes`);
    score.update(seconds, { value: scores(table, range) });
    numbers.update(table);
    latest.update(table);
    statuses.update(table);
    codes.update(table);
    const last = table.last();
    if (last >= 0) {
      const start = (at) => Math.floor(at / HOUR) * HOUR;
      heat.update(inOrder(table.of("status")).slice(0, MAX_ROWS).map((one) => ({ key: one.key, cells: hours(table, one, start) })), start(table.at(last)));
    }
  }

  return {
    root,
    update(kind) {
      if (kind !== "line" || root.childElementCount === 0 || model.table === null) draw();
      if (kind !== "minutes") incidents.update();
    },
    destroy() {
      for (const chart of [volume, score, ...problems.map(([, one]) => one)]) chart.destroy();
    },
  };
}
