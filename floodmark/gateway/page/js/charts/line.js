// A line over time with the band of what is expected; read by eye, by pointer, by arrow keys and by screen readers.
import { el, fill } from "../dom.js";
import { clock, instant, zoned, zoneName } from "../time.js";
import { colour } from "./colours.js";
import { levels, moments, stretches } from "./marks.js";

const DRAWN = new Set();
document.addEventListener("themechange", () => DRAWN.forEach((chart) => chart.redraw(false)));

/**
 * @param {{name: string, format: function(?number): string, axis?: function(number): string, height?: number,
 *   most?: number, least?: function(number): number, levels?: object[], stroke?: string}} options
 */
export function lineChart(options) {
  const plot = el("div", { class: "plot", tabindex: "0", role: "img" });
  const read = el("div", { class: "read", "aria-hidden": "true" });
  const root = el("div", { class: "chart" }, plot, read);
  let data = [[], [], [], [], []];
  let marks = { spans: [], moments: [] };
  let chart = null;
  let resting = "";

  const configuration = (width) => ({
    width,
    height: options.height ?? 190,
    tzDate: zoned,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    padding: [6, 18, 0, 0],
    scales: { x: { time: true }, y: { range: (_u, low, high) => rangeOf(low, high, options) } },
    bands: [{ series: [4, 3], fill: () => colour("band") }],
    series: [
      {},
      { stroke: () => colour(options.stroke ?? "accent"), width: 1.6, points: { show: false }, spanGaps: false },
      { stroke: () => colour("expected"), width: 1, dash: [4, 4], points: { show: false } },
      { stroke: "transparent", width: 0, points: { show: false } },
      { stroke: "transparent", width: 0, points: { show: false } },
    ],
    axes: [
      { ...axis(), size: 26, space: 62, values: (_u, splits) => splits.map(tick) },
      { ...axis(), size: 46, space: 34, values: (_u, splits) => splits.map((value) => (options.axis ?? options.format)(value)) },
    ],
    hooks: {
      drawClear: [(u) => { levels(u, options.levels ?? []); stretches(u, marks.spans); }],
      draw: [(u) => moments(u, marks.moments)],
      setCursor: [(u) => tell(u.cursor.idx)],
    },
  });

  function tell(place) {
    const at = place === null || place === undefined ? null : data[0][place];
    if (at === null || at === undefined) {
      fill(read, resting);
      return;
    }
    fill(read, `${clock(at * 1000)} `, el("b", {}, options.format(data[1][place])), expected(place));
  }

  function expected(place) {
    const [, , usual, low, high] = data.map((column) => column?.[place] ?? null);
    if (low === null || high === null) return usual === null ? "" : `, expected ${options.format(usual)}`;
    return `, expected ${options.format(low)} to ${options.format(high)}`;
  }

  function describe() {
    const known = data[1].map((value, place) => [value, place]).filter(([value]) => value !== null && value !== undefined);
    if (known.length === 0) return `${options.name}: nothing yet.`;
    const [last, place] = known.at(-1);
    const [highest, peak] = known.reduce((best, one) => (one[0] > best[0] ? one : best));
    return `${options.name}, ${instant(data[0][0] * 1000)} to ${instant(data[0].at(-1) * 1000)} ${zoneName()}: last ${options.format(last)}` +
      `${expected(place)}; highest ${options.format(highest)} at ${clock(data[0][peak] * 1000)}. Arrow keys read single minutes.`;
  }

  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -15, PageDown: 15, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || chart === null || data[0].length === 0) return;
    event.preventDefault();
    const from = chart.cursor.idx ?? data[0].length - 1;
    const place = Math.max(0, Math.min(data[0].length - 1, from + step));
    chart.setCursor({ left: chart.valToPos(data[0][place], "x"), top: 0 });
    plot.setAttribute("aria-label", `${options.name}: ${read.textContent}`);
  });
  plot.addEventListener("blur", () => {
    chart?.setCursor({ left: -10, top: -10 });
    plot.setAttribute("aria-label", describe());
  });

  const resized = new ResizeObserver(() => {
    if (plot.clientWidth === 0) return;
    if (chart === null) {
      chart = new globalThis.uPlot(configuration(plot.clientWidth), data, plot);
      DRAWN.add(chart);
    } else if (chart.width !== plot.clientWidth) chart.setSize({ width: plot.clientWidth, height: chart.height });
  });
  resized.observe(plot);

  return {
    root,
    /** New values: seconds, `{value, expected, low, high}`, and what is marked. */
    update(seconds, columns, more = {}) {
      const none = seconds.map(() => null);
      data = [seconds, columns.value, columns.expected ?? none, columns.low ?? none, columns.high ?? none];
      marks = { spans: more.spans ?? [], moments: more.moments ?? [] };
      resting = more.resting ?? "";
      if (document.activeElement !== plot) plot.setAttribute("aria-label", describe());
      chart?.setData(data);
      tell(chart?.cursor.idx ?? null);
    },
    /** It is not shown any more. */
    destroy() {
      resized.disconnect();
      if (chart !== null) {
        DRAWN.delete(chart);
        chart.destroy();
        chart = null;
      }
    },
  };
}

function rangeOf(low, high, options) {
  if (low === null || high === null) return [0, options.most ?? 1];
  const least = options.least ? options.least(low) : 0;
  const most = options.most ?? Math.max(high * 1.08, least + (options.smallest ?? 1e-9));
  return [least, most];
}

function axis() {
  return { stroke: () => colour("dim"), grid: { stroke: () => colour("grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif", gap: 6 };
}

function tick(seconds) {
  const time = clock(seconds * 1000);
  return time === "00:00" ? instant(seconds * 1000).slice(5, 10) : time;
}
