// A row of buttons of which one is pressed.
import { el } from "./dom.js";

/** `options` are `[value, label]`; `chosen(value)` is called when another one is pressed. */
export function choice(name, options, value, chosen) {
  const made = options.map(([each, label]) =>
    el("button", { type: "button", "aria-pressed": String(each === value), on: { click: () => press(each) } }, label));
  function press(each) {
    options.forEach(([one], i) => made[i].setAttribute("aria-pressed", String(one === each)));
    chosen(each);
  }
  return el("div", { class: "choice", role: "group", "aria-label": name }, made);
}
