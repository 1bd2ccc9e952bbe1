// Makes a silence, after it has shown what that would have hidden; ends one.
import { post } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, fill, word } from "./dom.js";
import { count, plural } from "./format.js";
import { key } from "./key.js";
import { onceKey, remember, remembered, trouble } from "./who.js";
import { seriesWords } from "./words.js";

const HOUR = 3600;
const LENGTHS = [[HOUR, "1 hour"], [4 * HOUR, "4 hours"], [8 * HOUR, "8 hours"], [24 * HOUR, "1 day"], [72 * HOUR, "3 days"], [168 * HOUR, "7 days"]];
const LEVELS = [["info", "Information"], ["warning", "Up to a warning"], ["critical", "Any severity"]];
const NAMED = 5;
const SOON_MS = 350;

/** A name as a pattern that matches nothing else. */
const literal = (text) => text.replace(/[[*?]/g, "[$&]");

/** Ask for a silence; `alert`: of the series of this incident, to begin with. */
export function silenceDialog(alert = null) {
  const by = name();
  const reason = el("textarea", { name: "reason", maxlength: 2000, required: true });
  const words = Object.fromEntries(["scope", "dimension", "key"].map((part) => [part, el("input", { name: part, maxlength: 200, autocomplete: "off", spellcheck: "false", value: alert === null ? "" : literal(alert[part]) })]));
  const lasts = select("lasts", LENGTHS, 4 * HOUR);
  const accepts = select("accepts", LEVELS, alert === null ? "warning" : alert.severity);
  const lost = el("input", { name: "lost", type: "number", min: 0, step: 1, inputmode: "numeric" });
  const cleared = el("input", { name: "cleared", type: "checkbox" });
  const would = el("div", { class: "would", role: "status", "aria-live": "polite" });
  const wrong = el("p", { class: "wrong", role: "alert" });
  const make = el("button", { type: "submit", class: "first", disabled: true }, "Silence");
  const once = onceKey();
  const dialog = el("dialog", { class: "wide-dialog", "aria-labelledby": "silence-heading" },
    el("form", { method: "dialog", on: { submit: submitted, input: later } },
      el("h2", { id: "silence-heading" }, "Silence"),
      el("p", { class: "dim" }, "Nobody is told of what matches. It breaks, and all is told, when things get worse than it accepts."),
      el("div", { class: "pair" },
        el("label", {}, "Scope", words.scope), el("label", {}, "Status or code", words.key), el("label", {}, "Dimension", words.dimension),
        el("label", {}, "How long", lasts), el("label", {}, "It accepts", accepts), el("label", {}, "Lost at most (optional)", lost)),
      el("p", { class: "dim" }, "* stands for anything; what is empty may be anything."),
      el("label", { class: "check" }, cleared, "Ends as soon as all that it hides is over"),
      el("section", { "aria-labelledby": "would-heading" }, el("h3", { id: "would-heading" }, "In the last 7 days"), would),
      el("label", {}, "Reason: whoever it wakes wants to know", reason),
      el("label", {}, key() === null ? "Your name" : "Your name (the key has one)", by),
      wrong,
      el("div", { class: "buttons" }, el("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel"), make)));
  let tries = 0;
  let timer = 0;

  function asked() {
    const match = Object.fromEntries(Object.entries(words).map(([part, field]) => [part, field.value.trim()]).filter(([, text]) => text !== "").map(([part, text]) => [part, [text]]));
    return { match, accepts: accepts.value, accepts_lost: lost.value === "" ? null : Number(lost.value) };
  }

  function later(event) {
    if (event.target === reason || event.target === by) return;
    clearTimeout(timer);
    // An answer that is still on its way is about other words.
    tries += 1;
    make.disabled = true;
    timer = setTimeout(show, SOON_MS);
  }

  async function show() {
    const mine = ++tries;
    fill(would, el("p", { class: "dim" }, "Looking …"));
    try {
      const found = await post("/v1/silences/preview", asked(), onceKey());
      if (mine === tries) fill(would, preview(found));
    } catch (error) {
      if (mine !== tries) return;
      fill(would, el("p", { class: error.status === 422 ? "wrong" : "dim" }, error.message));
      if (error.status === 422) return;
    }
    if (mine === tries) make.disabled = false;
  }

  async function submitted(event) {
    event.preventDefault();
    make.disabled = true;
    fill(wrong);
    remember(by.value.trim());
    try {
      await post("/v1/silences", { ...asked(), by: by.value.trim(), reason: reason.value.trim(), lasts_s: Number(lasts.value), until_cleared: cleared.checked }, once);
      dialog.close();
      document.dispatchEvent(new CustomEvent("silenced"));
    } catch (error) {
      fill(wrong, trouble(error));
      make.disabled = false;
    }
  }

  dialog.addEventListener("close", () => { clearTimeout(timer); tries += 1; });
  openDialog(dialog, alert === null ? words.scope : reason);
  show();
}

/** Ask whether a silence is to end now. */
export function endDialog(silence) {
  const by = name();
  const wrong = el("p", { class: "wrong", role: "alert" });
  const end = el("button", { type: "submit", class: "first" }, "End it");
  const once = onceKey();
  const dialog = el("dialog", { "aria-labelledby": "end-heading" },
    el("form", { method: "dialog", on: { submit: submitted } },
      el("h2", { id: "end-heading" }, "End the silence of ", word(silence.what)),
      el("p", { class: "dim" }, silence.open > 0 ? `${plural(silence.open, "incident")} that it hides ${silence.open === 1 ? "is" : "are"} told at once.` : "Nothing that it hid is open."),
      el("label", {}, key() === null ? "Your name" : "Your name (the key has one)", by),
      wrong,
      el("div", { class: "buttons" }, el("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel"), end)));

  async function submitted(event) {
    event.preventDefault();
    end.disabled = true;
    fill(wrong);
    remember(by.value.trim());
    try {
      await post(`/v1/silences/${encodeURIComponent(silence.id)}/expire`, { by: by.value.trim() }, once);
      dialog.close();
      document.dispatchEvent(new CustomEvent("silenced"));
    } catch (error) {
      fill(wrong, trouble(error));
      end.disabled = false;
    }
  }

  openDialog(dialog, by.value === "" ? by : end);
}

/** What it would have hidden, in words and with the worst. */
function preview(found) {
  if (found.incidents === 0) return el("p", {}, `It would have hidden nothing of ${plural(found.known, "incident")}.`);
  const more = found.incidents - Math.min(NAMED, found.worst.length);
  return [
    el("p", {}, `It would have hidden ${count(found.incidents)} of ${plural(found.known, "incident")}: at least ${plural(found.pages, "page")}, ${plural(Math.round(found.lost), "transaction")} lost, ${found.severity} at worst. `,
      found.breaking === 0 ? "None would have broken it." : el("strong", {}, `${count(found.breaking)} would have broken it.`)),
    el("ul", { class: "hid" }, found.worst.slice(0, NAMED).map((one) => hiddenLine(one, one.breaks ? "breaks it" : "")), more > 0 ? el("li", { class: "dim" }, `and ${count(more)} more`) : null),
  ];
}

/** A line of an incident that is or would have been hidden. */
export function hiddenLine(one, note) {
  return el("li", {}, el("span", { class: `badge soft ${one.severity}` }, one.severity), " ",
    el("a", { href: `#/incidents/${encodeURIComponent(one.incident_id)}` }, seriesWords(one.dimension, one.key), one.scope === "all" ? null : [" in ", word(one.scope)]),
    one.lost >= 1 ? ` · ${plural(Math.round(one.lost), "transaction")} lost` : "", one.is_over ? "" : " · open", note === "" ? "" : el("strong", {}, ` · ${note}`));
}

const name = () => el("input", { name: "by", autocomplete: "name", maxlength: 100, value: remembered(), required: key() === null });

function select(called, options, value) {
  const made = el("select", { name: called }, options.map(([each, label]) => el("option", { value: each }, label)));
  made.value = String(value);
  return made;
}
