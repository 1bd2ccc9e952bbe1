// What is drawn behind a chart's lines: stretches of incidents, levels of the score, and moments with a sign.
import { colour } from "./colours.js";

/** Stretches `{from, to, kind}` in seconds, over the whole height. */
export function stretches(u, spans) {
  for (const { from, to, kind } of spans) {
    const left = Math.max(u.bbox.left, u.valToPos(from, "x", true));
    const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(to, "x", true));
    if (right <= left) continue;
    u.ctx.globalAlpha = 0.16;
    u.ctx.fillStyle = colour(kind);
    u.ctx.fillRect(left, u.bbox.top, Math.max(2, right - left), u.bbox.height);
    u.ctx.globalAlpha = 1;
  }
}

/** Levels `{from, to, kind}` on the scale of values, over the whole width. */
export function levels(u, bands) {
  for (const { from, to, kind } of bands) {
    const top = Math.max(u.bbox.top, u.valToPos(to, "y", true));
    const bottom = Math.min(u.bbox.top + u.bbox.height, u.valToPos(from, "y", true));
    u.ctx.globalAlpha = 0.6;
    u.ctx.fillStyle = colour(`${kind}-soft`);
    u.ctx.fillRect(u.bbox.left, top, u.bbox.width, bottom - top);
    u.ctx.globalAlpha = 1;
  }
}

/** Moments `{at, sign, kind}` in seconds: a line, and its sign at the top. */
export function moments(u, marks) {
  const ratio = devicePixelRatio;
  u.ctx.save();
  u.ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  u.ctx.textAlign = "center";
  for (const { at, sign, kind } of marks) {
    const x = u.valToPos(at, "x", true);
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
    u.ctx.strokeStyle = u.ctx.fillStyle = colour(kind);
    u.ctx.setLineDash([3 * ratio, 3 * ratio]);
    u.ctx.beginPath();
    u.ctx.moveTo(x, u.bbox.top + 14 * ratio);
    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    u.ctx.fillText(sign, x, u.bbox.top + 11 * ratio);
  }
  u.ctx.restore();
}
