// What the page knows: one scope's day, the incidents, the line to the gateway. Pages listen to it and draw.
import { ApiError, get } from "./api.js";
import { key } from "./key.js";
import { KEPT, SeriesTable } from "./series.js";
import { streamClient } from "./stream/client.js";
import { bySize, isOver } from "./words.js";

const AGAIN_MS = 3_000;
/** Incidents that are over and still known. */
const OVER_KEPT = 200;
/** How the pipeline is, apart from what the stream says. */
const HEALTH_MS = 20_000;

class Model extends EventTarget {
  scope = null;
  scopes = [];
  table = null;
  incidents = new Map();
  line = { state: "pause", retryAt: 0, problem: null };
  brokenAt = null;
  error = null;
  health = null;
  ahead = 0;
  /** Incidents of which somebody was told since pages were told of that. */
  toldOf = new Set();
  #client = null;
  #loads = 0;
  #told = new Set();

  /** The gateway's clock: the viewer's may be wrong. */
  now() {
    return Date.now() + this.ahead;
  }

  /** Incidents that are open, the largest first. */
  open() {
    return [...this.incidents.values()].filter((alert) => !isOver(alert)).sort(bySize);
  }

  /** Begin, or begin anew with another scope or key. */
  async load(scope = this.scope) {
    const mine = ++this.#loads;
    this.#client ??= streamClient((message) => this.#hear(message));
    try {
      const answer = await get("/v1/series", { scope, window: KEPT });
      const listed = await get("/v1/incidents", { state: "open", limit: 500 });
      if (mine !== this.#loads) return;
      this.ahead = Date.parse(answer.now) - Date.now();
      this.scope = answer.scope;
      this.scopes = answer.scopes;
      this.table = SeriesTable.from(answer.scope, answer);
      this.incidents = new Map(listed.incidents.map((alert) => [alert.incident_id, alert]));
      if (this.error !== null) this.#look();
      this.error = null;
      this.#client.join({ key: key(), scope: answer.scope, position: answer.position });
    } catch (error) {
      if (mine !== this.#loads) return;
      this.error = error instanceof ApiError ? error : new ApiError(0, String(error));
      if (this.error.status === 401 || this.error.status === 403) this.#shut();
      else setTimeout(() => mine === this.#loads && this.load(scope), AGAIN_MS);
    }
    this.#tell("minutes", "incidents", "line");
  }

  /** Ask how the pipeline is, and go on asking. */
  watchHealth() {
    this.#look();
    setInterval(() => document.visibilityState === "visible" && this.#look(), HEALTH_MS);
  }

  async #look() {
    this.health = await get("/v1/health").catch(() => null);
    this.#tell("health");
  }

  #hear(message) {
    if (message.type === "reset") this.load();
    else if (message.type === "state") this.#stood(message);
    else for (const event of message.events) this.#take(event);
  }

  #stood(state) {
    const broken = state.state !== "open";
    if (broken && this.brokenAt === null) this.brokenAt = Date.now();
    if (!broken) this.brokenAt = null;
    this.line = state;
    this.#tell("line");
  }

  #take({ kind, data }) {
    if (kind === "minute" && this.table !== null) {
      this.table.take(JSON.parse(data));
      this.#tell("minutes");
    } else if (kind === "incident") {
      const incident = JSON.parse(data);
      const before = this.incidents.get(incident.incident_id);
      // The same revision comes again when people have done something.
      if (before && (before.version > incident.version || (before.version === incident.version && before.revision > incident.revision))) return;
      this.incidents.set(incident.incident_id, incident);
      this.#forget();
      this.#tell("incidents");
    } else if (kind === "receipt") {
      for (const id of JSON.parse(data).incidents) this.toldOf.add(id);
      this.#tell("receipts");
    }
  }

  /** Whoever may not see it any more does not: neither what comes nor what was there. */
  #shut() {
    this.#client.leave();
    this.table = null;
    this.health = null;
    this.incidents.clear();
  }

  /** On a wall for weeks, what is over must not pile up. */
  #forget() {
    const over = [...this.incidents.values()].filter(isOver);
    for (const incident of over.slice(0, Math.max(0, over.length - OVER_KEPT))) this.incidents.delete(incident.incident_id);
  }

  /** Tell pages once for all that came together, before the next frame is drawn. */
  #tell(...kinds) {
    if (this.#told.size === 0) requestAnimationFrame(() => {
      const told = [...this.#told];
      this.#told.clear();
      for (const kind of told) this.dispatchEvent(new Event(kind));
      this.toldOf.clear();
    });
    for (const kind of kinds) this.#told.add(kind);
  }

}

export const model = new Model();
