// Instants in UTC or in the viewer's zone; which one is always written out.
const KEY = "floodmark.zone";
const LOCAL = Intl.DateTimeFormat().resolvedOptions().timeZone;
const changed = new EventTarget();
let zone = "UTC";
try {
  zone = localStorage.getItem(KEY) === "local" ? LOCAL : "UTC";
} catch {
  // Storage is forbidden: UTC.
}
let formats = made();

function made() {
  const base = { timeZone: zone, hourCycle: "h23" };
  return {
    time: new Intl.DateTimeFormat("en-GB", { ...base, hour: "2-digit", minute: "2-digit" }),
    second: new Intl.DateTimeFormat("en-GB", { ...base, hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    day: new Intl.DateTimeFormat("en-CA", { ...base, year: "numeric", month: "2-digit", day: "2-digit" }),
    parts: new Intl.DateTimeFormat("en-CA", { ...base, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  };
}

/** `UTC`, or the viewer's zone with its name. */
export const zoneName = () => (zone === "UTC" ? "UTC" : zone);
export const isUtc = () => zone === "UTC";
/** The viewer's own zone. */
export const localZone = () => LOCAL;

/** Choose between UTC and the viewer's zone. */
export function useUtc(utc) {
  zone = utc ? "UTC" : LOCAL;
  formats = made();
  try {
    localStorage.setItem(KEY, utc ? "utc" : "local");
  } catch {
    // As above: it holds for this page only.
  }
  changed.dispatchEvent(new Event("change"));
}
export const onZone = (listener) => changed.addEventListener("change", listener);

/** `13:45`. */
export const clock = (ms) => formats.time.format(ms);
/** `13:45:07`. */
export const clockSeconds = (ms) => formats.second.format(ms);
/** `2025-07-12`. */
export const day = (ms) => formats.day.format(ms);
/** `2025-07-12 13:45`. */
export const instant = (ms) => `${day(ms)} ${clock(ms)}`;
/** The time of day, with the date when it is not that of `now`. */
export const near = (ms, now) => (day(ms) === day(now) ? clock(ms) : instant(ms));
/** The hour of the day, 0 to 23. */
export const hour = (ms) => Number(formats.time.format(ms).slice(0, 2));

/** A date of that zone, for uPlot's ticks. */
export const zoned = (seconds) => globalThis.uPlot.tzDate(new Date(seconds * 1000), zone);

/** What an `<input type=datetime-local>` holds, and back. */
export const toField = (ms) => instant(ms).replace(" ", "T");
export function fromField(text) {
  const guess = Date.parse(`${text}:00Z`);
  if (Number.isNaN(guess)) return null;
  // The offset of a zone depends on the instant that is looked for: twice is enough but in the hour that a clock skips.
  return guess - offset(guess - offset(guess));
}
function offset(ms) {
  const found = Object.fromEntries(formats.parts.formatToParts(ms).map((part) => [part.type, part.value]));
  return Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second) - Math.floor(ms / 1000) * 1000;
}
