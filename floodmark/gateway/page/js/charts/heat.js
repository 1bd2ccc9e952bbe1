// A heat map: a row for each status, a column for each of the last 24 hours; every cell has its number as well.
import { el, fill, unseen, word } from "../dom.js";
import { percent } from "../format.js";
import { clock, instant, zoneName } from "../time.js";

const HOURS = 24;
const HOUR = 3_600_000;
const SIGNS = { 3: "▲", 4: "◆" };

export function heatMap() {
  const grid = el("div", { class: "heat", role: "table", "aria-label": "Part of each status by hour" });
  const box = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Heat map by hour" }, grid);
  const root = el("div", {}, box, legend());
  let moved = false;
  return {
    root,
    /** `rows` are `{key, cells}` with cells as `derive.hours` gives them; `end` is the start of the latest hour. */
    update(rows, end) {
      const starts = Array.from({ length: HOURS }, (_, i) => end - (HOURS - 1 - i) * HOUR);
      fill(
        grid,
        el("div", { class: "row", role: "row" }, el("span", { class: "name", role: "columnheader" }, unseen("status")),
          ...starts.map((at) => el("span", { class: "hour", role: "columnheader" }, clock(at).slice(0, 2)))),
        ...rows.map(({ key, cells }) => {
          const found = new Map(cells.map((cell) => [cell.at, cell]));
          return el("div", { class: "row", role: "row" }, el("span", { class: "name", role: "rowheader" }, word(key)),
            ...starts.map((at) => cellOf(key, at, found.get(at))));
        }),
      );
      if (!moved && box.clientWidth > 0) {
        // Where there is no room for a day, its last hours are seen first.
        moved = true;
        box.scrollLeft = box.scrollWidth;
      }
    },
  };
}

function cellOf(key, at, cell) {
  if (cell === undefined || cell.total === 0) return el("span", { class: "cell none", role: "cell" }, unseen("nothing"));
  const share = cell.count / cell.total;
  const level = levelOf(cell);
  const usual = cell.known ? `, expected ${percent(cell.expected / cell.total)}` : "";
  const title = `${instant(at)} ${zoneName()}: ${percent(share)}${usual}; highest score ${Math.round(cell.score)}`;
  return el("span", { class: `cell l${level}`, role: "cell", title }, `${SIGNS[level] ?? ""}${digits(100 * share)}`);
}

/** 0 as expected, 1 a little more, 2 clearly more, 3 a warning, 4 critical: by the score, then by the excess. */
function levelOf(cell) {
  if (cell.score >= 75) return 4;
  if (cell.score >= 50) return 3;
  if (!cell.known) return 0;
  const off = (cell.count - cell.expected) / Math.sqrt(Math.max(1, cell.expected));
  return off > 5 ? 2 : off > 2 ? 1 : 0;
}

const digits = (number) => (number >= 10 ? Math.round(number) : Math.round(10 * number) / 10);

function legend() {
  const step = (level, text) => el("span", {}, el("i", { class: `l${level}` }), text);
  return el("div", { class: "legend", "aria-hidden": "true" }, el("span", {}, "Numbers are percent of all transactions of the hour."),
    step(0, "as expected"), step(1, "a little above"), step(2, "clearly above"), step(3, "▲ score from 50"), step(4, "◆ score from 75"));
}
