// The entry: puts the head, the sentence about trust and the page together, and keeps them true.
import { fill } from "./dom.js";
import { drawHead, makeHead } from "./head.js";
import { model } from "./model.js";
import { healthPage } from "./pages/health.js";
import { historyPage } from "./pages/history.js";
import { incidentPage } from "./pages/incident.js";
import { incidentsPage } from "./pages/incidents.js";
import { overviewPage } from "./pages/overview.js";
import { scopesPage } from "./pages/scopes.js";
import { place } from "./router.js";
import { onZone } from "./time.js";
import { drawTrust, trust } from "./trust.js";

const PAGES = { overview: overviewPage, incidents: incidentsPage, scopes: scopesPage, history: historyPage, health: healthPage };
const main = document.getElementById("main");
const line = document.getElementById("trust");
const head = makeHead(document.getElementById("top"));
let page = null;
let shownAt = null;

/** Each page is `{root, update(kind), destroy()}`; `update` is told what has changed. */
function open() {
  const { page: name, id, query } = place();
  page?.destroy?.();
  const make = name === "incidents" && id !== null ? incidentPage : (PAGES[name] ?? overviewPage);
  page = make({ id, query });
  fill(main, page.root);
  page.update?.("all");
  const here = location.hash.split("?")[0];
  if (shownAt !== null && shownAt !== here) {
    scrollTo(0, 0);
    main.focus();
  }
  shownAt = here;
  tell();
}

function tell() {
  drawHead(head);
  const found = trust(model);
  drawTrust(line, found);
  const open = model.open();
  document.title = `${found.kind === "blind" ? "⚠ " : open.length > 0 ? `(${open.length}) ` : ""}Floodmark`;
}

for (const kind of ["minutes", "incidents", "receipts", "line", "health"]) {
  model.addEventListener(kind, () => {
    page?.update?.(kind);
    tell();
  });
}
addEventListener("hashchange", open);
// As a link it would change the address, and with it the page that is shown.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
onZone(open);
setInterval(tell, 1000);
open();
model.load(place().query.get("scope"));
model.watchHealth();
