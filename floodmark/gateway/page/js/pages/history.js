// Any stored minute: what was judged then, as it is known now.
import { get } from "../api.js";
import { lineChart } from "../charts/line.js";
import { totals } from "../derive.js";
import { el, fill, panel, word } from "../dom.js";
import { compact, count } from "../format.js";
import { model } from "../model.js";
import { latestMinute } from "../parts/latest.js";
import { figures } from "../parts/figures.js";
import { remember } from "../router.js";
import { SeriesTable } from "../series.js";
import { empty, failed, loading } from "../states.js";
import { fromField, instant, toField, zoneName } from "../time.js";

const MINUTE = 60_000;
const BEFORE = 120;
const AFTER = 60;
const STEPS = [[-1440, "−1 day"], [-60, "−1 hour"], [-1, "−1 minute"], [1, "+1 minute"], [60, "+1 hour"], [1440, "+1 day"]];

export function historyPage({ query }) {
  const given = Number(query.get("at"));
  let at = Number.isFinite(given) && given > 0 ? given : null;
  const field = el("input", { type: "datetime-local", step: 60, required: true, on: { change: () => { const ms = fromField(field.value); if (ms !== null) go(ms); } } });
  const chart = lineChart({ name: "Transactions a minute", format: count, axis: compact, height: 220, smallest: 5 });
  const numbers = figures();
  const minute = latestMinute();
  const body = el("div", { class: "stack" });
  const root = el("div", { class: "stack" }, el("h1", {}, "History"),
    el("div", { class: "filters" }, el("label", {}, `Minute (${zoneName()})`, field),
      el("div", { class: "buttons", role: "group", "aria-label": "Move" }, STEPS.map(([minutes, label]) => el("button", { type: "button", on: { click: () => go((at ?? now()) + minutes * MINUTE) } }, label)))), body);
  let loads = 0;

  const now = () => Math.floor(model.now() / MINUTE) * MINUTE - MINUTE;

  async function go(ms) {
    at = Math.floor(ms / MINUTE) * MINUTE;
    field.value = toField(at);
    remember({ at: String(at) });
    const mine = ++loads;
    if (body.childElementCount === 0) fill(body, loading("Loading that minute …"));
    try {
      const answer = await get("/v1/series", { scope: model.scope, from: new Date(at - BEFORE * MINUTE).toISOString(), to: new Date(at + AFTER * MINUTE).toISOString() });
      if (mine === loads) draw(SeriesTable.from(answer.scope, answer));
    } catch (error) {
      if (mine === loads) fill(body, failed(error, () => go(at)));
    }
  }

  function draw(table) {
    const there = table.first === null ? -1 : at / MINUTE - table.first;
    const until = table.upto(there);
    if (there < 0 || until.last() !== there) {
      fill(body, empty(`Nothing is stored of ${instant(at)} ${zoneName()} in this scope.`), table.first === null ? null : panel("Around it", null, chart.root));
    } else {
      numbers.update(until);
      minute.update(until);
      fill(body, el("p", { class: "dim" }, "Scope ", table.scope === "all" ? "all transactions" : word(table.scope), `, the minute from ${instant(at)} ${zoneName()}, as it is known now.`),
        numbers.root, el("div", { class: "half" }, panel("By status", null, minute.root), panel("Around it", "the minute is marked", chart.root)));
    }
    if (table.first !== null) chart.update(table.seconds(BEFORE + AFTER + 1), totals(table, BEFORE + AFTER + 1), { moments: [{ at: at / 1000, sign: "▼", kind: "accent" }] });
  }

  let begun = false;
  return {
    root,
    update() {
      if (begun || model.table === null) return;
      begun = true;
      const last = model.table.last();
      go(at ?? (last < 0 ? now() : model.table.at(last)));
    },
    destroy: () => chart.destroy(),
  };
}
