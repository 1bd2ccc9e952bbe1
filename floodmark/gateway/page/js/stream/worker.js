// The shared worker: the hubs of all tabs. A tab says that it is there every 20 s; a browser may hold a hidden one back.
import { Hubs } from "./hub.js";

const GONE_MS = 200_000;
const hubs = new Hubs();

globalThis.onconnect = ({ ports: [port] }) => {
  const tab = (message) => port.postMessage(message);
  let timer = null;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => hubs.leave(tab), GONE_MS);
  };
  port.onmessage = ({ data }) => {
    alive();
    if (data.type === "join") hubs.join(tab, data);
    else if (data.type === "leave") {
      clearTimeout(timer);
      hubs.leave(tab);
    } else if (data.type === "hurry") hubs.hurry(tab);
  };
};
