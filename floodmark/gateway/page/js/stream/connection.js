// One stream of the gateway that comes back by itself, at the event after the last one it has seen.
import { headersOf } from "../key.js";
import { eventsOf } from "./events.js";

const FIRST_WAIT_MS = 400;
const MAX_WAIT_MS = 15_000;
/** The gateway says something at least every 10 s; after this long without a byte the line is dead. */
const SILENT_MS = 30_000;
/** Answers after which asking again changes nothing, until the viewer gives another key. */
const REFUSED = new Set([401, 403]);
/** Answers that say: what you have seen last is too old to go on from. */
const GONE = new Set([404, 409, 410]);

export class Connection {
  /**
   * @param {{key: ?string, scopes: string[], position: ?string}} wanted
   * @param {{events: function(object[]), state: function(object), reset: function()}} listener
   */
  constructor(wanted, listener) {
    this.wanted = wanted;
    this.lastId = wanted.position;
    this.listener = listener;
    this.closed = false;
    this.opened = false;
    this.attempts = 0;
    this.abort = null;
    this.wake = null;
    this.run();
  }

  /** For good. */
  close() {
    this.closed = true;
    this.abort?.abort();
    this.wake?.();
  }

  /** Do not wait any longer before the next attempt. */
  hurry() {
    this.wake?.();
  }

  async run() {
    while (!this.closed) {
      const waitMs = await this.attempt().catch(() => null);
      if (this.closed) return;
      this.attempts += 1;
      const backOff = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.attempts - 1)) * (0.75 + Math.random() / 2);
      await this.pause(waitMs ?? backOff);
    }
  }

  async attempt() {
    const query = new URLSearchParams([["kinds", "minute"], ["kinds", "incident"], ["kinds", "receipt"], ...this.wanted.scopes.map((scope) => ["minutes_of", scope])]);
    this.abort = new AbortController();
    const headers = { Accept: "text/event-stream", ...headersOf(this.wanted.key) };
    if (this.lastId !== null) headers["Last-Event-ID"] = this.lastId;
    const answer = await fetch(`/v1/stream?${query}`, { headers, cache: "no-store", signal: this.abort.signal });
    if (!answer.ok) return this.refused(answer);
    this.opened = true;
    this.listener.state({ state: "open" });
    let timer = null;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.abort.abort(), SILENT_MS);
    };
    try {
      watch();
      for await (const events of eventsOf(answer.body)) {
        watch();
        this.attempts = 0;
        for (const { id } of events) if (id !== null) this.lastId = id;
        if (events.some((event) => event.kind === "reset")) this.listener.reset();
        const told = events.filter((event) => event.data !== null && event.kind !== "reset");
        if (told.length > 0) this.listener.events(told);
      }
    } finally {
      clearTimeout(timer);
    }
    return null;
  }

  async refused(answer) {
    if (GONE.has(answer.status)) {
      this.lastId = null;
      this.listener.reset();
      return null;
    }
    const problem = await answer.json().catch(() => null);
    const waitMs = 1000 * Number(answer.headers.get("Retry-After") ?? "") || null;
    const state = REFUSED.has(answer.status) ? "refused" : answer.status === 503 ? "warming" : "waiting";
    this.problem = problem?.detail ?? null;
    this.listener.state({ state, status: answer.status, problem: this.problem });
    return REFUSED.has(answer.status) ? 3_600_000 : waitMs;
  }

  pause(ms) {
    this.listener.state({ state: "pause", retryAt: Date.now() + ms, problem: this.problem ?? null });
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      this.wake = done;
      function done() {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}
