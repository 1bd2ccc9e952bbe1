// A tab's way to the stream: through the worker that all tabs share, or by itself where there is none.
import { Hubs } from "./hub.js";

const HERE_EVERY_MS = 20_000;

/** Calls `hear` with `{type: "events" | "state" | "reset", …}`; `join` and `leave` are what a tab asks for. */
export function streamClient(hear) {
  let joined = null;
  let send = shared(hear, () => {
    // The worker cannot be loaded: this tab has a stream of its own from now on.
    send = alone(hear);
    if (joined !== null) send(joined);
  }) ?? alone(hear);
  addEventListener("pagehide", () => send({ type: "leave" }));
  // A page that comes back from the browser's memory has left, and missed what came since.
  addEventListener("pageshow", ({ persisted }) => persisted && hear({ type: "reset" }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send({ type: "hurry" }));
  addEventListener("online", () => send({ type: "hurry" }));
  return {
    join(wanted) {
      joined = { type: "join", ...wanted };
      send(joined);
    },
    leave() {
      joined = null;
      send({ type: "leave" });
    },
  };
}

function shared(hear, failed) {
  if (!("SharedWorker" in globalThis)) return null;
  try {
    const worker = new SharedWorker("/js/stream/worker.js", { type: "module", name: "floodmark" });
    const timer = setInterval(() => worker.port.postMessage({ type: "here" }), HERE_EVERY_MS);
    worker.onerror = () => {
      clearInterval(timer);
      failed();
    };
    worker.port.onmessage = ({ data }) => hear(data);
    return (message) => worker.port.postMessage(message);
  } catch {
    return null;
  }
}

function alone(hear) {
  const hubs = new Hubs();
  return (message) => {
    if (message.type === "join") hubs.join(hear, message);
    else if (message.type === "leave") hubs.leave(hear);
    else if (message.type === "hurry") hubs.hurry(hear);
  };
}
