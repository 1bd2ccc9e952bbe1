// Shares one stream among the tabs of a browser that show the same key: it has six connections to a host and no more.
import { Connection } from "./connection.js";

/** How long what has come is kept, for a tab whose snapshot is a little older than the stream. */
const KEPT_MS = 120_000;
/** How long after a stream of more scopes is open the one that it replaces is closed. */
const OVERLAP_MS = 3_000;

/** A hub for each key: what one key may see is told to no tab that shows another one, or none. */
export class Hubs {
  constructor() {
    this.hubs = new Map();
    this.of = new Map();
  }

  /** See Hub; a tab that comes with another key has left the hub of the key before. */
  join(tab, wanted) {
    if (this.of.has(tab) && this.of.get(tab) !== wanted.key) this.leave(tab);
    if (!this.hubs.has(wanted.key)) this.hubs.set(wanted.key, new Hub());
    this.of.set(tab, wanted.key);
    this.hubs.get(wanted.key).join(tab, wanted);
  }

  leave(tab) {
    const key = this.of.get(tab);
    const hub = this.hubs.get(key);
    this.of.delete(tab);
    if (hub?.leave(tab)) this.hubs.delete(key);
  }

  hurry(tab) {
    this.hubs.get(this.of.get(tab))?.hurry();
  }
}

class Hub {
  constructor() {
    this.tabs = new Map();
    this.recent = [];
    this.connection = null;
    this.state = { state: "pause", retryAt: 0, problem: null };
  }

  /** A tab whose snapshot was taken at `position` wants what comes after it of these scopes. */
  join(tab, { key, scope, position }) {
    this.tabs.set(tab, { scope });
    const covered = this.connection?.opened && this.connection.wanted.scopes.includes(scope);
    if (!covered) this.connect(key, position);
    tab({ type: "state", ...this.state });
    const since = Date.now() - KEPT_MS;
    this.recent = this.recent.filter((piece) => piece.at >= since);
    for (const { events } of this.recent) tab({ type: "events", events });
  }

  /** A tab is gone; whether it was the last one, with which the stream ends. */
  leave(tab) {
    this.tabs.delete(tab);
    if (this.tabs.size > 0) return false;
    this.connection?.close();
    this.connection = null;
    return true;
  }

  /** Someone looks: the next attempt is now. */
  hurry() {
    this.connection?.hurry();
  }

  connect(key, position) {
    const before = this.connection;
    const scopes = [...new Set([...this.tabs.values()].map((tab) => tab.scope))].sort();
    const mine = () => this.connection === connection;
    const connection = new Connection({ key, scopes, position }, {
      events: (events) => this.tell({ type: "events", events }),
      state: (state) => {
        if (state.state === "open") setTimeout(() => before?.close(), OVERLAP_MS);
        if (mine()) this.tell({ type: "state", ...state });
      },
      reset: () => mine() && this.tell({ type: "reset" }),
    });
    this.connection = connection;
    if (before && !before.opened) before.close();
  }

  tell(message) {
    if (message.type === "state") this.state = message;
    if (message.type === "events") this.recent.push({ at: Date.now(), events: message.events });
    while (this.recent.length > 0 && this.recent[0].at < Date.now() - KEPT_MS) this.recent.shift();
    for (const tab of this.tabs.keys()) tab(message);
  }
}
