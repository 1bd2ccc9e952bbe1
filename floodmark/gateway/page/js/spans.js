// Incidents as stretches of a chart.
import { isOver } from "./words.js";

const MINUTE = 60_000;

/** From the first minute to the end of the last, or to now while it is open; in seconds. */
export const spansOf = (alerts, now) =>
  alerts.filter((alert) => alert.dimension !== "stream").map((alert) => ({
    from: Date.parse(alert.since) / 1000,
    to: (isOver(alert) ? Date.parse(alert.last_seen) + MINUTE : now) / 1000,
    kind: alert.severity,
  }));
