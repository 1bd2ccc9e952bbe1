// The shared worker: one hub for all tabs. A tab says that it is there every 20 s; a browser may hold a hidden one back.
import { Hub } from "./hub.js";

const GONE_MS = 200_000;
const hub = new Hub();

globalThis.onconnect = ({ ports: [port] }) => {
  const tab = (message) => port.postMessage(message);
  let timer = null;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => hub.leave(tab), GONE_MS);
  };
  port.onmessage = ({ data }) => {
    alive();
    if (data.type === "join") hub.join(tab, data);
    else if (data.type === "leave") {
      clearTimeout(timer);
      hub.leave(tab);
    } else if (data.type === "hurry") hub.hurry();
  };
};
