// The silences that are on, or have ended: who made them, why, until when, and what they hid.
import { get } from "../api.js";
import { choice } from "../choice.js";
import { el, fill, word } from "../dom.js";
import { count, plural, span } from "../format.js";
import { model } from "../model.js";
import { endDialog, hiddenLine, silenceDialog } from "../silence-dialog.js";
import { empty, failed } from "../states.js";
import { near, zoneName } from "../time.js";

const EVERY_MS = 15_000;
const MINUTE = 60_000;
const WHY = { time: "its time was over", cleared: "all that it hid was over", idle: "it matched nothing for long", tripwire: "it broke", expired: "ended by" };

export function silences() {
  const list = el("div");
  let state = "on";
  let loads = 0;
  let last = null;
  // What somebody has unfolded stays so when it is drawn anew.
  const unfolded = new Set();
  const root = el("section", { class: "panel", "aria-labelledby": "silences" },
    el("header", {}, el("h2", { id: "silences" }, "Silences"), el("span", { class: "note" }, "what nobody is told of"),
      el("span", { class: "right tools" }, choice("Which silences", [["on", "On"], ["ended", "Ended"]], state, (value) => { state = value; load(); }),
        el("button", { type: "button", data: { action: "new-silence" }, on: { click: () => silenceDialog() } }, "New silence …"))),
    list);

  async function load() {
    const mine = ++loads;
    try {
      const answer = await get("/v1/silences", { state, limit: 100 });
      if (mine !== loads) return;
      last = answer;
      draw(answer);
    } catch (error) {
      if (mine === loads) fill(list, failed(error, load));
    }
  }

  function draw(answer) {
    if (answer.silences.length === 0) {
      fill(list, empty(state === "on" ? "No silence is on: people are told of everything." : "None has ended in what is kept."));
      return;
    }
    const more = answer.total - answer.silences.length;
    fill(list, el("ul", { class: "silences" }, answer.silences.map((one) => card(one, unfolded))), more > 0 ? el("p", { class: "dim" }, `and ${count(more)} more: floodmark silences list --all`) : null);
  }

  const again = () => load();
  document.addEventListener("silenced", again);
  const timer = setInterval(load, EVERY_MS);
  load();
  return { root, update() { if (last !== null) draw(last); }, destroy() { loads += 1; clearInterval(timer); document.removeEventListener("silenced", again); } };
}

function card(one, unfolded) {
  return el("li", { data: { silence: one.id } },
    el("div", { class: "head" }, el("strong", {}, word(one.what)), el("span", { class: "dim" }, times(one)),
      one.is_on ? el("button", { type: "button", data: { action: `end-${one.id}` }, "aria-label": `End the silence of ${one.what}`, on: { click: () => endDialog(one) } }, "End …") : null),
    el("p", {}, word(one.author), ": ", word(one.reason)),
    el("p", { class: "dim" }, limits(one)),
    one.is_on && !one.is_taken_up ? el("p", { class: "wrong" }, "No notifier has taken it up yet: it hides nothing so far.") : null,
    one.incidents === 0 ? el("p", { class: "dim" }, "It has hidden nothing.") : el("details", { open: unfolded.has(one.id), on: { toggle: (event) => unfolded[event.target.open ? "add" : "delete"](one.id) } }, el("summary", {}, hid(one)),
      el("ul", { class: "hid" }, one.hidden.map((each) => hiddenLine(each, "")), one.incidents > one.hidden.length ? el("li", { class: "dim" }, `and ${count(one.incidents - one.hidden.length)} more`) : null)));
}

const hid = (one) => `It has hidden ${plural(one.incidents, "incident")}, ${count(one.open)} still open, ${plural(Math.round(one.lost), "transaction")} lost`;

function times(one) {
  const now = model.now();
  if (one.is_on) return `until ${near(Date.parse(one.ends_at), now)} ${zoneName()} · ${span(Math.max(0, Math.round((Date.parse(one.ends_at) - now) / MINUTE)))} left`;
  const ended = Date.parse(one.ended_at ?? one.ends_at);
  const why = WHY[one.ended_why ?? "time"];
  return [`ended ${near(ended, now)} ${zoneName()}: ${why}`, one.ended_by === "" ? null : [" ", word(one.ended_by)]];
}

function limits(one) {
  const parts = [one.accepts === "critical" ? null : `more severe than ${one.accepts}`, one.accepts_lost === null ? null : `losing more than ${plural(one.accepts_lost, "transaction")}`].filter((part) => part !== null);
  const breaks = parts.length === 0 ? "It accepts everything." : `It breaks when something is ${parts.join(" or ")}.`;
  return `${breaks}${one.until_cleared ? " It ends when all that it hides is over." : ""}${one.idle_s === null ? "" : ` It ends when it has matched nothing for ${span(Math.round(one.idle_s / 60))}.`}`;
}
