// What narrows an answer, as chips that can be taken off, and what narrows it in one click.
import { h } from "../base/dom.js";
import { FILTERS } from "../base/state.js";
import { words } from "../base/strings.js";

// The first of so many days that end with a day.
export const daysBefore = (last, days) => new Date(Date.parse(last) - (days - 1) * 86_400_000).toISOString().slice(0, 10);

const REACH = 0.05;

// The square of the map that a topic names.
export const areaOf = ({ x, y }) => [x - REACH, y - REACH, x + REACH, y + REACH].map((one) => Math.min(1, Math.max(0, one)).toFixed(4)).join(",");

// The active filters, a period counting as one: their words, and what removes them.
export function active(state) {
  const t = words();
  const found = [];
  if (state.from || state.to) found.push([t.chips.period(state.from, state.to), { from: "", to: "" }]);
  for (const name of FILTERS.filter((one) => one in t.chips && state[one])) {
    found.push([t.chips[name](state[name]), { [name]: "" }]);
  }
  return found;
}

export function chips(state, go) {
  const t = words();
  const found = active(state).map(([label, change]) => chip(label, t.dropChip(label), () => go(change)));
  return found.length ? h("ul", { class: "chips" }, found) : null;
}

// One thing that can be taken off: its words, and what a click is said to do.
export const chip = (label, says, click) =>
  h("li", {}, h("button", { type: "button", class: "chip", "aria-label": says, click }, label, h("span", { "aria-hidden": "true" }, " ✕")));
