// Many scopes: searchable, sorted by trouble, each with its last hours as a small drawing.
import { get } from "../api.js";
import { choice } from "../choice.js";
import { sparkMark } from "../charts/small.js";
import { el, fill, word } from "../dom.js";
import { compact, plural } from "../format.js";
import { model } from "../model.js";
import { place, remember } from "../router.js";
import { shown } from "../shown.js";
import { empty, failed, loading } from "../states.js";
import { SIGNS } from "../words.js";

const FIRST = 60;
const MAX_SCOPES = 500;
const MINUTES = 120;
const AGAIN_MS = 20_000;
/** How long nobody types before the gateway is asked. */
const PAUSE_MS = 250;
const ORDERS = [["trouble", "Trouble"], ["traffic", "Traffic"], ["name", "Name"]];

export function scopesPage({ query }) {
  const search = el("input", { type: "search", value: query.get("q") ?? "", placeholder: "Name of a scope", maxlength: 64, on: { input: typed } });
  const grid = el("div", { class: "multiples" });
  const said = el("p", { class: "dim", role: "status" });
  const more = el("p", {});
  let order = ORDERS.some(([name]) => name === query.get("sort")) ? query.get("sort") : "trouble";
  let limit = FIRST;
  let loads = 0;
  let pause = null;
  const sorted = choice("Sorted by", ORDERS, order, (value) => { order = value; load(); });
  const root = el("div", { class: "stack" }, el("h1", {}, "Scopes"),
    el("div", { class: "filters" }, el("label", {}, "Search", search), el("div", { class: "field" }, el("span", { class: "dim" }, "Sorted by"), sorted)), said, grid, more);

  function typed() {
    limit = FIRST;
    clearTimeout(pause);
    pause = setTimeout(load, PAUSE_MS);
  }

  async function load() {
    const mine = ++loads;
    const named = search.value.trim();
    if (place().page === "scopes") remember({ q: named, sort: order === "trouble" ? "" : order });
    try {
      const answer = await get("/v1/scopes", { window: MINUTES, named, sort: order, limit });
      if (mine === loads) draw(answer, named);
    } catch (error) {
      if (mine === loads && grid.querySelector(".multiple") === null) fill(grid, failed(error, load));
    }
  }

  function draw({ scopes, total, troubled }, named) {
    fill(said, total === 0 ? "" : `${plural(total, "scope")}, ${troubled === 0 ? "none with an open incident" : `${troubled} with an open incident`}; the last ${MINUTES / 60} hours.`);
    fill(grid, scopes.map(multiple));
    if (total === 0) fill(grid, empty(named === "" ? "No scope has sent anything yet." : `No scope has “${shown(named)}” in its name.`));
    fill(more, total > scopes.length && limit < MAX_SCOPES
      ? el("button", { type: "button", on: { click: () => { limit = Math.min(MAX_SCOPES, limit + FIRST); load(); } } }, `Show more of ${total}`) : null);
  }

  fill(grid, loading("Loading scopes …"));
  load();
  const timer = setInterval(load, AGAIN_MS);
  return { root, destroy: () => { clearInterval(timer); clearTimeout(pause); loads += 1; } };
}

function multiple(one) {
  const last = one.total.at(-1) ?? null;
  const score = Math.round(one.scores.at(-1) ?? 0);
  const name = one.scope === "all" ? "All transactions" : shown(one.scope);
  const state = one.severity === null ? (score > 0 ? `score ${score}` : "calm") : plural(one.open, "incident");
  return el("a", { class: `multiple ${one.severity ?? ""}`, href: `#/?scope=${encodeURIComponent(one.scope)}`, "aria-label": `${name}: ${compact(last)} in the last minute, ${state}${one.severity === null ? "" : `, ${one.severity}`}`,
    on: { click: () => model.load(one.scope) } },
    el("span", { class: "name one-line" }, one.scope === "all" ? "All transactions" : word(one.scope)),
    sparkMark(one.total, one.low, one.high, one.scores),
    el("span", { class: "trouble" }, el("span", {}, `${compact(last)} a minute`),
      one.severity === null ? el("span", {}, state) : el("span", { class: `verdict ${one.severity}` }, `${SIGNS[one.severity]} ${state}`)));
}
