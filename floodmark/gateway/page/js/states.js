// What a page shows when there is nothing to show: loading, nothing there, not to be had.
import { el } from "./dom.js";

export const loading = (text) => el("p", { class: "loading", role: "status" }, text);
export const empty = (text) => el("p", { class: "empty" }, text);

/** What went wrong, with a way to ask again. */
export function failed(error, again) {
  const known = { 401: "A key is needed", 403: "This key may not see that", 404: "That is not there", 503: "Not ready yet" };
  return el("section", { class: "panel failed", role: "alert" },
    el("h2", {}, known[error.status] ?? "This could not be loaded"),
    el("p", {}, error.message),
    el("p", {}, el("button", { type: "button", on: { click: again } }, "Try again")));
}
