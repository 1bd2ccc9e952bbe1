// One sentence at the top of every page: whether the numbers below can be trusted.
import { el, fill } from "./dom.js";
import { age, plural } from "./format.js";
import { shown } from "./shown.js";
import { clock, near, zoneName } from "./time.js";
import { blindness, capital, isStream, streamWords } from "./words.js";

const MINUTE = 60_000;
/** A minute is judged some seconds after its end; after this long without one, something is wrong. */
const OLD_MS = 3 * MINUTE;
/** A line that is back within this time is no news. */
const BLINK_MS = 2_500;

/** `{kind: "good" | "doubt" | "blind", text}` of what the model knows now. */
export function trust(model) {
  const now = model.now();
  const last = model.table === null ? -1 : model.table.last();
  const end = last < 0 ? null : model.table.at(last) + MINUTE;
  const from = end === null ? "" : ` The numbers below are from ${near(end, now)} ${zoneName()}.`;
  if (model.error !== null) return failure(model.error, from);
  if (model.table === null) return { kind: "doubt", text: "Asking the gateway for the last 24 hours …" };
  const brokenMs = model.brokenAt === null ? 0 : Date.now() - model.brokenAt;
  if (brokenMs > BLINK_MS) return disconnected(model, brokenMs, from);
  const unwell = (model.health?.parts ?? []).filter((part) => part.well === false);
  const blind = model.open().filter(isStream);
  if (blind.length > 0) {
    // That the judge hears nothing is what is said already; that this gateway or a worker does not, is not.
    const more = unwell.filter((part) => part.name !== "judge").map(inWords);
    return { kind: "blind", text: [`Blind: ${[...new Set(blind.map(blindness))].join(", ")}.`, streamWords(blind[0]), ...more].join(" ") + from };
  }
  if (end === null) return { kind: "doubt", text: "No minute has been judged yet. Numbers come about a minute after the first transactions." };
  if (now - end > OLD_MS) return { kind: "blind", text: `Nothing has been received for ${age((now - end) / 1000)}: these numbers are old. They are from ${near(end, now)} ${zoneName()}.` };
  if (unwell.length > 0) return { kind: "doubt", text: `${unwell.map(inWords).join(" ")}${from}` };
  if (warming(model.table, last)) {
    return { kind: "doubt", text: `Warming up: what is usual is not known yet, so nothing is judged against it. Last minute ${clock(end - MINUTE)}–${clock(end)} ${zoneName()}.` };
  }
  const open = model.open().length;
  const calm = open === 0 ? "No incident is open." : `${plural(open, "incident")} open.`;
  return { kind: "good", text: `Up to date: the last judged minute is ${clock(end - MINUTE)}–${clock(end)} ${zoneName()}, which ended ${age((now - end) / 1000)} ago. ${calm}` };
}

const inWords = (part) => `${capital(shown(part.name))}: ${shown(part.words)}`;

function failure(error, from) {
  if (error.status === 401 || error.status === 403) return { kind: "doubt", text: `${error.message} Give your key under “Key”.` };
  if (error.status === 503) return { kind: "doubt", text: error.message.replace("Ask again in a moment.", "This page asks again by itself.") };
  return { kind: "blind", text: `${error.message} Trying again.${from}` };
}

function disconnected(model, brokenMs, from) {
  if (model.line.state === "refused") return { kind: "blind", text: `The gateway refuses the stream: ${shown(model.line.problem ?? "no key")}.${from}` };
  const wait = Math.max(0, Math.ceil(((model.line.retryAt ?? 0) - Date.now()) / 1000));
  const next = wait > 0 ? ` Next attempt in ${plural(wait, "second")}.` : " Trying again now.";
  return { kind: "blind", text: `Not connected to the gateway for ${age(brokenMs / 1000)}.${from}${next}` };
}

const warming = (table, last) => table.of("status").every((one) => one.verdict[last] === null || one.verdict[last] === "warming_up");

const SIGN = { good: "✓", doubt: "…", blind: "⚠" };

/** Draw it. Seconds tick for the eye alone: a screen reader is told again only when something else has changed. */
export function drawTrust(node, found) {
  document.getElementById("main").classList.toggle("old", found.kind === "blind");
  const news = found.text.replaceAll(/\d+ seconds?/g, "a moment");
  if (node.childElementCount === 0) {
    node.append(
      el("span", { class: "sign", "aria-hidden": "true" }),
      el("span", { class: "seen", "aria-hidden": "true" }),
      el("span", { class: "hidden-name", role: "status" }),
    );
  }
  const [sign, seen, told] = node.children;
  node.className = `trust ${found.kind}`;
  fill(sign, SIGN[found.kind]);
  if (seen.textContent !== found.text) fill(seen, found.text);
  if (told.textContent !== news) fill(told, news);
}
