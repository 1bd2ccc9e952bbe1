// The head of every page: where to go, whose transactions, what time it is, light or dark, the key.
import { el, fill, unseen } from "./dom.js";
import { keyDialog } from "./key-dialog.js";
import { model } from "./model.js";
import { place } from "./router.js";
import { shown } from "./shown.js";
import { clockSeconds, isUtc, localZone, useUtc, zoneName } from "./time.js";

const PLACES = [["overview", "Overview"], ["incidents", "Incidents"], ["scopes", "Scopes"], ["history", "History"], ["health", "Pipeline"]];
const THEMES = [["system", "Auto"], ["light", "Light"], ["dark", "Dark"]];

/** Draw the head once; `drawHead` keeps it true. */
export function makeHead(node) {
  const places = el("nav", { class: "places", "aria-label": "Pages" }, PLACES.map(([page, label]) =>
    el("a", { href: page === "overview" ? "#/" : `#/${page}`, data: { page } }, label, page === "incidents" ? el("span", { class: "open-count" }) : null)));
  const scope = el("select", { on: { change: () => model.load(scope.value) } });
  const zone = el("select", { "aria-label": "Time zone", on: { change: () => useUtc(zone.value === "utc") } },
    el("option", { value: "utc" }, "UTC"), localZone() === "UTC" ? null : el("option", { value: "local" }, localZone()));
  zone.value = isUtc() ? "utc" : "local";
  const theme = el("select", { "aria-label": "Colours", on: { change: () => globalThis.floodmarkTheme.set(theme.value) } },
    THEMES.map(([value, label]) => el("option", { value }, label)));
  theme.value = globalThis.floodmarkTheme.get();
  const clock = el("span", { class: "clock", title: "The gateway's clock" });
  node.append(
    el("a", { class: "brand", href: "#/" }, el("img", { src: "/mark.svg", alt: "" }), "Floodmark"),
    places,
    clock,
    el("div", { class: "tools" }, el("label", { class: "scope" }, unseen("Scope"), scope), zone, theme,
      el("button", { type: "button", class: "plain", on: { click: () => keyDialog(() => model.load()) } }, "Key")),
  );
  return { places, scope, clock };
}

export function drawHead({ places, scope, clock }) {
  const { page } = place();
  for (const link of places.children) {
    if (link.dataset.page === page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const open = model.open();
  const number = places.querySelector(".open-count");
  number.className = `open-count ${open.length > 0 ? `number ${open[0].severity}` : ""}`;
  fill(number, open.length > 0 ? [String(open.length), unseen(" open")] : null);
  const names = model.scopes.length > 0 ? model.scopes : model.scope === null ? [] : [model.scope];
  if (scope.dataset.names !== JSON.stringify(names)) {
    scope.dataset.names = JSON.stringify(names);
    fill(scope, names.map((name) => el("option", { value: name }, name === "all" ? "All transactions" : shown(name))));
  }
  scope.parentElement.hidden = names.length < 2;
  if (model.scope !== null) scope.value = model.scope;
  fill(clock, clockSeconds(model.now()), el("small", {}, zoneName()));
}
