// What narrows the results: period, votes, section, field and author; and the active ones as chips.
import { h, languageOf } from "../base/dom.js";
import { FILTERS } from "../base/state.js";
import { words } from "../base/strings.js";
import { timeline } from "./timeline.js";

const DATE = "\\d{4}(-\\d{2}(-\\d{2})?)?";

// `go` changes the state. The fold is open where there is room for it.
export function refine(state, facets, go, wide) {
  const t = words();
  const count = active(state).length;
  return h("details", { class: "folding", open: wide },
    h("summary", { class: "folder" }, t.refineMore(count)),
    period(state, facets, go),
    h("div", { class: "choices" },
      select("section", t.kind, t.kinds, state, go),
      votes(state, go),
      suggested("field", t.field, state, facets.fields, go),
      suggested("author", t.author, state, facets.authors, go),
    ),
  );
}

function period(state, facets, go) {
  const t = words();
  const choose = (from, to) => go({ from, to });
  return h("fieldset", { class: "period" }, h("legend", {}, t.period),
    facets.months.length ? timeline(facets.months, state.from, state.to, choose) : null,
    h("div", { class: "range" }, date("from", t.from, state, go), h("span", { "aria-hidden": "true" }, "–"), date("to", t.to, state, go)));
}

function date(name, label, state, go) {
  const t = words();
  const input = h("input", {
    id: `filter-${name}`, type: "text", inputmode: "numeric", pattern: DATE, value: state[name], size: 10,
    placeholder: label, "aria-label": `${t.period}: ${label}`, title: t.badDate, autocomplete: "off",
    change: () => (input.reportValidity() ? go({ [name]: input.value.trim() }) : null),
  });
  return input;
}

const field = (name, label, control) => h("div", { class: "choice" }, h("label", { for: `filter-${name}` }, label), control);

function select(name, label, options, state, go) {
  const chosen = h("select", { id: `filter-${name}`, change: () => go({ [name]: chosen.value }) },
    Object.entries(options).map(([value, text]) => h("option", { value, selected: value === state[name] }, text)));
  return field(name, label, chosen);
}

function votes(state, go) {
  const t = words();
  const input = h("input", {
    id: "filter-min_votes", type: "number", min: 0, step: 1, value: state.min_votes, placeholder: t.minVotesHint,
    change: () => (input.reportValidity() ? go({ min_votes: input.value }) : null),
  });
  return field("min_votes", t.minVotes, input);
}

function suggested(name, label, state, counts, go) {
  const input = h("input", {
    id: `filter-${name}`, type: "text", value: state[name], list: `suggested-${name}`, autocomplete: "off",
    change: () => go({ [name]: input.value.trim() }),
  });
  const options = counts.map((one) => h("option", { value: one.name, lang: languageOf(one.name) }, String(one.papers)));
  return field(name, label, [input, h("datalist", { id: `suggested-${name}` }, options)]);
}

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
