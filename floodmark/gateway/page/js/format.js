// Numbers as people read them.
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const NONE = "–";

const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

/** `12,345`; a dash where nothing is known. */
export const count = (value) => (known(value) ? whole.format(value) : NONE);

/** What is expected: one decimal below ten, none above. */
export const about = (value) => {
  if (!known(value)) return NONE;
  return value < 9.95 ? String(Math.round(value * 10) / 10) : whole.format(value);
};

/** `1.2K`, for axes and places without room. */
export const compact = (value) => (known(value) ? (Math.abs(value) < 10 ? about(value) : short.format(value)) : NONE);

/** A part of one as `4.2 %`. */
export const percent = (value, digits = 1) => (known(value) ? `${(100 * value).toFixed(digits)} %` : NONE);

/** With one decimal and no minus before nothing. */
export const decimal = (value) => (known(value) ? (Math.round(value * 10) / 10 + 0).toFixed(1) : NONE);

/** Minor units: `1.2M minor units`. */
export const amount = (value) => (known(value) ? `${Math.abs(value) < 10_000 ? whole.format(value) : short.format(value)} minor units` : NONE);

/** Seconds in one unit that means something: `45 seconds`, `12 minutes`, `3 hours`, `2 days`. */
export function age(seconds) {
  for (const [unit, size] of [["day", 86_400], ["hour", 3600], ["minute", 60]]) {
    if (seconds >= (unit === "minute" ? 1 : 2) * size) return plural(Math.floor(seconds / size), unit);
  }
  return plural(Math.max(0, Math.floor(seconds)), "second");
}

/** Minutes: `12 min`, `2 h 05 min`, `3 d 4 h`. */
export function span(minutes) {
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, "0")} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `1 minute`, `2 minutes`. */
export const plural = (number, unit) => `${whole.format(number)} ${unit}${number === 1 ? "" : "s"}`;
