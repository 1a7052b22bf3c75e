// How the question was read: what of it is more than its topic, each as a chip that takes its words out again.
import { h } from "../base/dom.js";
import { chip } from "./chips.js";
import { words } from "../base/strings.js";

const SHOWN = ["author", "days", "without", "order", "paper"];

export function reading(state, answer, go) {
  const t = words();
  const found = (answer.read_as ?? []).filter((one) => SHOWN.includes(one.kind));
  if (state.literal) return line(t, [chip(t.literal, t.readAgain, () => go({ literal: "" }))]);
  if (!found.length) return null;
  const chips = found.map((one) => {
    const label = t.readAs[one.kind](one.kind === "days" ? period(one.value) : one.value);
    return chip(label, t.dropChip(label), () => go({ q: withoutWords(state.q, one) }));
  });
  const literally = h("button", { type: "button", class: "do", click: () => go({ literal: "1" }) }, t.literally);
  return line(t, [...chips, h("li", {}, literally)]);
}

const line = (t, items) => h("ul", { class: "chips read", "aria-label": t.readLabel }, items);

// The service counts code points of the composed text.
function withoutWords(question, { start, end }) {
  const points = [...question.normalize("NFC")];
  return [...points.slice(0, start), " ", ...points.slice(end)].join("").replace(/\s+/g, " ").trim();
}

// Days from first to last, as a year or a month where they are a whole one.
function period(value) {
  const [from, to] = value.split("/").map((day) => (day === ".." ? "" : day));
  if (from && to && from.endsWith("-01-01") && to === `${from.slice(0, 4)}-12-31`) return [from.slice(0, 4), ""];
  const last = from && new Date(Date.UTC(Number(from.slice(0, 4)), Number(from.slice(5, 7)), 0)).toISOString().slice(0, 10);
  if (from.endsWith("-01") && to === last) return [from.slice(0, 7), ""];
  return from === to ? [from, ""] : [from, to, true];
}
