// What explains an incident: codes, statuses and scopes as bars, and how much is a higher rate or only more traffic.
import { barMark } from "../charts/small.js";
import { el } from "../dom.js";
import { about, count } from "../format.js";
import { empty } from "../states.js";
import { seriesWords } from "../words.js";

const EFFECTS = { rate: "the rate", volume: "the amount of traffic" };

const signed = (number) => `${number < 0 ? "−" : "+"}${count(Math.abs(Math.round(number)))}`;

export function attribution(alert) {
  const causes = alert.attribution.filter((part) => part.key !== undefined && part.percent !== undefined);
  const effects = alert.attribution.filter((part) => part.effect !== undefined);
  if (causes.length === 0 && effects.length === 0) return empty("Nothing is known that explains it.");
  return el("div", { class: "stack" },
    causes.length === 0 ? null : el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What explains it" }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "What"), el("th", { class: "n", scope: "col" }, "Seen"), el("th", { class: "n", scope: "col" }, "Expected"),
        el("th", { class: "n", scope: "col" }, "Explains"), el("th", { scope: "col" }, el("span", { class: "hidden-name" }, "Bar")))),
      el("tbody", {}, causes.map((part) => el("tr", {}, el("td", {}, seriesWords(part.dimension, part.key)), el("td", { class: "n" }, count(part.observed)),
        el("td", { class: "n" }, about(part.expected)), el("td", { class: "n" }, `${Math.round(part.percent)} %`), el("td", {}, barMark(Math.max(0, part.percent) / 100, null))))))),
    effects.length === 0 ? null : el("p", { class: "dim" }, "Of what is too much, ",
      effects.map((part) => `${signed(part.transactions)} by ${EFFECTS[part.effect] ?? part.effect}`).join(", "), "."));
}
