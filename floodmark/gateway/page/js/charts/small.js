// Drawings without a canvas: the range of what is expected, a bar with its usual length, a spark line.
import { svg } from "../dom.js";

const WIDTH = 200;

/** Where a value lies against its band, on a line from 0 to the largest of them; `isFound`: a rule found it wrong. */
export function rangeMark(value, low, high, expected, isFound) {
  const most = Math.max(value ?? 0, high ?? 0, 1) * 1.08;
  const x = (number) => (WIDTH * number) / most;
  return svg(
    "svg",
    { class: "range", viewBox: `0 0 ${WIDTH} 18`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("line", { class: "track", x1: 0, x2: WIDTH, y1: 9, y2: 9 }),
    low === null || high === null ? null : svg("rect", { class: "span", x: x(low), width: Math.max(2, x(high) - x(low)), y: 4, height: 10, rx: 2 }),
    expected === null || expected === undefined ? null : svg("line", { class: "track", x1: x(expected), x2: x(expected), y1: 4, y2: 14 }),
    value === null ? null : svg("rect", { class: isFound ? "dot out" : "dot", x: Math.max(0, x(value) - 2), width: 4, y: 2, height: 14, rx: 1 }),
  );
}

/** A part of one as a bar, with a line where it usually ends. */
export function barMark(part, usual) {
  const x = (number) => WIDTH * Math.min(1, number);
  return svg(
    "svg",
    { class: "bar", viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "back", x: 0, y: 2, width: WIDTH, height: 6, rx: 2 }),
    svg("rect", { class: "part", x: 0, y: 2, width: x(part), height: 6, rx: 2 }),
    usual === null ? null : svg("line", { class: "usual", x1: x(usual), x2: x(usual), y1: 0, y2: 10 }),
  );
}

/** A line with its band, without axes; below it a stroke in each minute whose score is a warning or critical. */
export function sparkMark(value, low, high, scores) {
  const most = Math.max(1, ...value.map((n) => n ?? 0), ...high.map((n) => n ?? 0));
  const last = Math.max(1, value.length - 1);
  const point = (n, i) => `${((WIDTH * i) / last).toFixed(1)},${(38 - (36 * n) / most).toFixed(1)}`;
  const line = (column) => column.flatMap((n, i) => (n === null ? [] : [point(n, i)]));
  const band = [...line(high), ...line(low).reverse()];
  return svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${WIDTH} 48`, preserveAspectRatio: "none", "aria-hidden": "true" },
    band.length > 2 ? svg("polygon", { class: "band", points: band.join(" ") }) : null,
    svg("polyline", { class: "seen", points: line(value).join(" ") }),
    scores.flatMap((score, i) => (score >= 50 ? [svg("rect", { class: score >= 75 ? "hot" : "warm", x: (WIDTH * i) / last, y: 42, width: WIDTH / last, height: 6 })] : [])),
  );
}
