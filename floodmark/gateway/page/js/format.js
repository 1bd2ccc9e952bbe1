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
const decimal = (value) => (known(value) ? (Math.round(value * 10) / 10 + 0).toFixed(1) : NONE);

/** Minor units: `1.2M minor units`. */
export const amount = (value) => (known(value) ? `${Math.abs(value) < 10_000 ? whole.format(value) : short.format(value)} minor units` : NONE);

/** A length in seconds, as alerts put it: `45 s`, `12 minutes`, `2 h 05 min`, `3 d 4 h`. */
export const age = (seconds) => (seconds < 120 ? `${Math.max(0, Math.floor(seconds))} s` : span(Math.floor(seconds / 60)));

/** A length in whole minutes: `1 minute`, `12 minutes`, `2 h 05 min`, `24 h`, `3 d 4 h`. */
export function span(minutes) {
  if (minutes < 120) return plural(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d${hours % 24 ? ` ${hours % 24} h` : ""}`;
  return `${hours} h${minutes % 60 ? ` ${String(minutes % 60).padStart(2, "0")} min` : ""}`;
}

/** A length in whole minutes in the largest unit of which there are two or more, for cells of tables: `12 min`, `26 h`, `3 d`. */
export function brief(minutes) {
  if (minutes >= 2 * 1440) return `${Math.floor(minutes / 1440)} d`;
  return minutes >= 120 ? `${Math.floor(minutes / 60)} h` : `${minutes} min`;
}

/** `1 minute`, `2 minutes`. */
export const plural = (number, unit) => `${whole.format(number)} ${unit}${number === 1 ? "" : "s"}`;
