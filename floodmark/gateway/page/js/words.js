// Incidents in words. Nothing here is markup: names come as elements made by `word`.
import { word } from "./dom.js";
import { about, amount, count, percent, span } from "./format.js";
import { shown } from "./shown.js";
import { near, zoneName } from "./time.js";

const MINUTE = 60_000;
export const RANK = { info: 0, warning: 1, critical: 2 };
export const SIGNS = { critical: "◆", warning: "▲", info: "●" };
const OVER = new Set(["resolved", "withdrawn"]);

/** Kinds of a stream that cannot be trusted, as in floodmark/local/up/wording.py. */
const BLIND = {
  silent: "nothing is received",
  source_silent: "a source is silent",
  lagging: "the stream lags behind",
  clock_skew: "a source is ahead of the clock",
  duplicated: "records come twice",
  part_duplicated: "some records come twice",
  status_silent: "no statuses come, auth codes do",
  auth_code_silent: "no auth codes come, statuses do",
  refused: "records cannot be read",
  gone: "records were deleted unread",
  left_out: "minutes are judged without a source",
};

export const isOver = (alert) => OVER.has(alert.state);
export const isStream = (alert) => alert.dimension === "stream";
export const blindness = (alert) =>
  `${BLIND[alert.key] ?? `the stream is ${alert.key.replaceAll("_", " ")}`}${alert.scope === "all" ? "" : ` in ${shown(alert.scope)}`}`;

/** What the judge says of the stream, as a sentence of its own: who shows it has named the stream already. */
export function streamWords(alert) {
  const [head, ...more] = alert.summary.split(": ");
  const words = shown(more.length > 0 ? more.join(": ") : head);
  return `${capital(words)}.`.replace(/\.\.$/, ".");
}

/** With a large letter first. */
export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** `denied`, `code 51`, `all transactions`, `stream: nothing is received`; with the scope where it has a name. */
export function subject(alert) {
  const where = alert.scope === "all" ? [] : [" in ", word(alert.scope)];
  return [...seriesWords(alert.dimension, alert.key), ...where];
}

export function seriesWords(dimension, key) {
  if (dimension === "stream") return [`Stream: ${BLIND[key] ?? key}`];
  if (dimension === "volume") return ["All transactions"];
  return dimension === "auth_code" ? ["Code ", word(key)] : [word(key)];
}

/** The subject as plain text, for labels. */
export const subjectText = (alert) => subject(alert).map((part) => (typeof part === "string" ? part : part.textContent)).join("");

/** Minutes from its first to the end of its last, or to now while it is open. */
export function lasted(alert, now) {
  const end = isOver(alert) ? Date.parse(alert.last_seen) + MINUTE : Math.max(now, Date.parse(alert.last_seen) + MINUTE);
  return Math.max(1, Math.round((end - Date.parse(alert.since)) / MINUTE));
}

/** `since 13:45 UTC, 12 min`. */
export const since = (alert, now) => `since ${near(Date.parse(alert.since), now)} ${zoneName()} · ${span(lasted(alert, now))}`;

/** How bad it is: what is seen instead of what is usual. */
export function howBad(alert) {
  if (isStream(alert)) return null;
  const usual = alert.expected === null || alert.expected === undefined ? "" : ` instead of ~${about(alert.expected)}`;
  return `${count(alert.observed)}${usual}`;
}

/** The share of the minute, where it has one. */
export const shareOf = (alert) => (alert.share === null || alert.share === undefined ? null : `${percent(alert.share)} of the minute`);

/** What drives it: the largest part with its percent, or null. */
export function driver(alert) {
  const first = alert.attribution.find((part) => part.key !== undefined && part.percent !== undefined);
  return first === undefined ? null : [...seriesWords(first.dimension, first.key), ` explains ${Math.round(first.percent)} %`];
}

/** What it has cost so far, gross and net; null where nothing is known. */
export function cost(alert, options) {
  const words = lostWords(alert, options);
  return words === null ? null : `${words.transactions}${words.amount === null ? "" : `, ${words.amount}`}`;
}

/** The same in two parts. */
export function lostWords(alert, { net = false } = {}) {
  const prefix = net ? "net_" : "";
  const lost = alert.estimated_loss[`${prefix}transactions`];
  if (!lost) return null;
  const money = alert.estimated_loss[`${prefix}amount`];
  return { transactions: `${count(lost)} transactions`, amount: money ? amount(money) : null };
}

/** The largest first: the most severe, then the highest score, then the greatest loss, then the oldest. */
export function bySize(a, b) {
  return (
    RANK[b.severity] - RANK[a.severity] ||
    (a.inhibited_by === "" ? 0 : 1) - (b.inhibited_by === "" ? 0 : 1) ||
    b.score - a.score ||
    (b.estimated_loss.transactions ?? 0) - (a.estimated_loss.transactions ?? 0) ||
    Date.parse(a.since) - Date.parse(b.since) ||
    (a.incident_id < b.incident_id ? -1 : 1)
  );
}
