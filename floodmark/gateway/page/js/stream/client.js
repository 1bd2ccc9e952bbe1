// A tab's way to the stream: through the worker that all tabs share, or by itself where there is none.
import { Hub } from "./hub.js";

const HERE_EVERY_MS = 20_000;

/** Calls `hear` with `{type: "events" | "state" | "reset", …}`; `join` and `hurry` are what a tab can ask for. */
export function streamClient(hear) {
  const send = shared(hear) ?? alone(hear);
  addEventListener("pagehide", () => send({ type: "leave" }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send({ type: "hurry" });
  });
  addEventListener("online", () => send({ type: "hurry" }));
  return {
    join: (wanted) => send({ type: "join", ...wanted }),
    hurry: () => send({ type: "hurry" }),
  };
}

function shared(hear) {
  if (!("SharedWorker" in globalThis)) return null;
  try {
    const { port } = new SharedWorker("/js/stream/worker.js", { type: "module", name: "floodmark" });
    port.onmessage = ({ data }) => hear(data);
    setInterval(() => port.postMessage({ type: "here" }), HERE_EVERY_MS);
    return (message) => port.postMessage(message);
  } catch {
    return null;
  }
}

function alone(hear) {
  const hub = new Hub();
  return (message) => {
    if (message.type === "join") hub.join(hear, message);
    else if (message.type === "leave") hub.leave(hear);
    else if (message.type === "hurry") hub.hurry();
  };
}
