// What people do to an incident, each in a dialog that says what will happen.
import { post } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, fill } from "./dom.js";
import { key } from "./key.js";
import { silenceDialog } from "./silence-dialog.js";
import { onceKey, remember, remembered, trouble } from "./who.js";
import { subject, subjectText } from "./words.js";

/** Path, heading, what it does, and whether words are asked for. */
const ACTIONS = {
  acknowledge: { label: "Acknowledge", does: "Says that you are on it. It pages no more unless it gets worse, or the time is over.", note: "What others should know (optional)", timed: true },
  assign: { label: "Take over", does: "Says that you are on it, or somebody else whom you name, in place of whoever is.", note: "What others should know (optional)", timed: true, to: true },
  unacknowledge: { label: "Give back", does: "Says that you are not on it any more. It may page again.", note: "Why (optional)" },
  comment: { label: "Comment", does: "Adds a line to the incident's timeline.", note: "Comment", needed: true },
  feedback: { label: "Feedback", does: "Notes whether it was of use, for whoever tunes the rules. The incident stays as it is.", note: "What it was (optional)", opinion: true },
  resolve: { label: "Resolve", does: "Ends the incident now. It opens again if the rules go on finding it.", note: "What was done (optional)" },
};

/** For how long somebody is on it, in seconds; empty: until it is over. */
const SPANS = [["", "until it is over"], [1800, "30 minutes"], [3600, "1 hour"], [4 * 3600, "4 hours"], [8 * 3600, "8 hours"], [24 * 3600, "24 hours"]];

/** Whether it was of use. */
const OPINIONS = [["false_positive", "not useful: nothing was wrong"], ["true_positive", "useful: something was wrong"], ["missed", "useful, and more was wrong than it says"]];

/** The buttons of an open incident. `quiet`: with less weight on the first. */
export function buttons(alert, { quiet = false } = {}) {
  const first = alert.acknowledged_by ? ["unacknowledge", "assign"] : ["acknowledge"];
  const button = (name, label, open) => el("button", {
    type: "button",
    class: name === "acknowledge" && !quiet ? "first" : null,
    data: { action: name },
    "aria-label": `${label}: ${subjectText(alert)}`,
    on: { click: open },
  }, label);
  return el("div", { class: "buttons" },
    [...first, "comment", "feedback", "resolve"].map((name) => button(name, ACTIONS[name].label, () => ask(name, alert))),
    // Cards side by side have no room for one more: the incident's own page has it.
    quiet ? null : button("silence", "Silence …", () => silenceDialog(alert)));
}

function ask(name, alert) {
  const action = ACTIONS[name];
  const by = el("input", { name: "by", autocomplete: "name", maxlength: 100, value: remembered(), required: key() === null });
  const note = el("textarea", { name: "note", maxlength: 2000, required: action.needed ?? false });
  const to = el("input", { name: "to", maxlength: 100, autocomplete: "off" });
  const opinion = el("select", { name: "verdict" }, OPINIONS.map(([verdict, words]) => el("option", { value: verdict }, words)));
  const span = el("select", { name: "for" }, SPANS.map(([seconds, words]) => el("option", { value: seconds }, words)));
  const once = onceKey();
  const wrong = el("p", { class: "wrong", role: "alert" });
  const send = el("button", { type: "submit", class: "first" }, action.label);
  const dialog = el("dialog", { "aria-labelledby": "asked" },
    el("form", { method: "dialog", on: { submit: submitted } },
      el("h2", { id: "asked" }, `${action.label}: `, subject(alert)),
      el("p", { class: "dim" }, action.does),
      el("label", {}, key() === null ? "Your name" : "Your name (the key has one)", by),
      action.to ? el("label", {}, "Who is on it from now on (empty: you)", to) : null,
      action.opinion ? el("label", {}, "Was it useful?", opinion) : null,
      action.timed ? el("label", {}, "For how long", span) : null,
      el("label", {}, action.note, note),
      wrong,
      el("div", { class: "buttons" }, el("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel"), send)));

  async function submitted(event) {
    event.preventDefault();
    send.disabled = true;
    fill(wrong);
    remember(by.value.trim());
    try {
      await post(`/v1/incidents/${encodeURIComponent(alert.incident_id)}/${name}`, {
        by: by.value.trim(), note: note.value.trim(),
        ...(action.opinion ? { verdict: opinion.value } : {}),
        ...(action.to ? { to: to.value.trim() } : {}),
        ...(action.timed && span.value !== "" ? { for_s: Number(span.value) } : {}),
      }, once);
      dialog.close();
      document.dispatchEvent(new CustomEvent("acted", { detail: { id: alert.incident_id, name } }));
    } catch (error) {
      fill(wrong, trouble(error));
      send.disabled = false;
    }
  }

  openDialog(dialog, by.value === "" ? by : note);
}
