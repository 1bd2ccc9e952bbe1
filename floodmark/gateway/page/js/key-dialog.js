// Where a viewer gives an API key.
import { el } from "./dom.js";
import { keep, key } from "./key.js";

/** Ask for a key; `changed` is called when there is another one, or none any more. */
export function keyDialog(changed) {
  const field = el("input", { type: "password", name: "key", autocomplete: "off", spellcheck: "false", value: key() ?? "" });
  const dialog = el("dialog", { "aria-labelledby": "key-heading" },
    el("form", { method: "dialog", on: { submit: () => done(field.value.trim() || null) } },
      el("h2", { id: "key-heading" }, "API key"),
      el("p", { class: "dim" }, "Made by “floodmark keys create”. It is kept in this tab only, until you close it, and sent in a header."),
      el("label", {}, "Key", field),
      el("div", { class: "buttons" },
        el("button", { type: "button", on: { click: () => { dialog.close(); done(null); } } }, "Forget it"),
        el("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel"),
        el("button", { type: "submit", class: "first" }, "Use this key"))));
  function done(text) {
    keep(text);
    changed();
  }
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
