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
import { RANK, SIGNS } from "../words.js";

const FIRST = 60;
const MINUTES = 120;
const AGAIN_MS = 20_000;
const ORDERS = {
  trouble: (a, b) => rank(b) - rank(a) || score(b) - score(a) || traffic(b) - traffic(a),
  traffic: (a, b) => traffic(b) - traffic(a),
  name: (a, b) => (a.scope < b.scope ? -1 : 1),
};
const score = (one) => one.scores.at(-1) ?? 0;
const last = (one) => one.total.at(-1) ?? null;
const traffic = (one) => one.total.slice(-60).reduce((sum, n) => sum + (n ?? 0), 0);
const rank = (one) => (one.severity === null ? -1 : RANK[one.severity]);

export function scopesPage({ query }) {
  const search = el("input", { type: "search", value: query.get("q") ?? "", placeholder: "Name of a scope", on: { input: () => { most = FIRST; draw(); } } });
  const grid = el("div", { class: "multiples" });
  const said = el("p", { class: "dim", role: "status" });
  const more = el("p", {});
  let order = query.get("sort") in ORDERS ? query.get("sort") : "trouble";
  let rows = null;
  let most = FIRST;
  const root = el("div", { class: "stack" }, el("h1", {}, "Scopes"),
    el("div", { class: "filters" }, el("label", {}, "Search", search),
      el("label", {}, "Sorted by", choice("Sorted by", [["trouble", "Trouble"], ["traffic", "Traffic"], ["name", "Name"]], order, (value) => { order = value; draw(); }))), said, grid, more);

  async function load() {
    try {
      rows = (await get("/v1/scopes", { window: MINUTES })).scopes;
      draw();
    } catch (error) {
      if (rows === null) fill(grid, failed(error, load));
    }
  }

  function draw() {
    if (rows === null) return;
    const text = search.value.trim().toLowerCase();
    if (place().page === "scopes") remember({ q: text, sort: order === "trouble" ? "" : order });
    const found = rows.filter((one) => one.scope.toLowerCase().includes(text)).sort(ORDERS[order]);
    const troubled = found.filter((one) => one.severity !== null).length;
    fill(said, rows.length === 0 ? "" : `${plural(found.length, "scope")}, ${troubled === 0 ? "none with an open incident" : `${troubled} with an open incident`}; the last ${MINUTES / 60} hours.`);
    fill(grid, found.slice(0, most).map(multiple));
    if (found.length === 0) fill(grid, empty(rows.length === 0 ? "No scope has sent anything yet." : `No scope has “${shown(text)}” in its name.`));
    fill(more, found.length > most ? el("button", { type: "button", on: { click: () => { most += FIRST; draw(); } } }, `Show ${Math.min(FIRST, found.length - most)} more of ${found.length}`) : null);
  }

  fill(grid, loading("Loading scopes …"));
  load();
  const timer = setInterval(load, AGAIN_MS);
  return { root, destroy: () => clearInterval(timer) };
}

function multiple(one) {
  const label = `${one.scope === "all" ? "All transactions" : shown(one.scope)}: ${compact(last(one))} in the last minute, ${one.severity === null ? "no open incident" : `${plural(one.open, "open incident")}, ${one.severity}`}`;
  return el("a", { class: `multiple ${one.severity ?? ""}`, href: "#/", "aria-label": label, on: { click: () => model.load(one.scope) } },
    el("span", { class: "name one-line" }, one.scope === "all" ? "All transactions" : word(one.scope)),
    sparkMark(one.total, one.low, one.high, one.scores),
    el("span", { class: "trouble" }, el("span", {}, `${compact(last(one))} a minute`),
      one.severity === null ? el("span", {}, score(one) > 0 ? `score ${Math.round(score(one))}` : "calm") : el("span", { class: `verdict ${one.severity}` }, `${SIGNS[one.severity]} ${plural(one.open, "incident")}`)));
}
