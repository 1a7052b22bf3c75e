// What narrows the results: period, votes, section, field and author; and the active ones as chips.
import { h, languageOf, said } from "../base/dom.js";
import { active, areaOf, daysBefore } from "./chips.js";
import { words } from "../base/strings.js";
import { timeline } from "./timeline.js";

const DATE = "\\d{4}(-\\d{2}(-\\d{2})?)?";

// `go` changes the state. The fold is open where there is room for it.
export function refine(state, facets, stats, go, wide) {
  const t = words();
  const count = active(state).length;
  return h("details", { class: "folding", open: wide },
    h("summary", { class: "folder" }, t.refineMore(count)),
    period(state, facets, stats, go),
    h("div", { class: "choices" },
      select("section", t.kind, t.kinds, state, go),
      votes(state, go),
      facets.fields.length || state.field ? suggested("field", t.field, state, facets.fields, go) : null,
      suggested("author", t.author, state, facets.authors, go),
    ),
    leading(t.topics, facets.topics.map(({ topic, papers }) => [topic[document.documentElement.lang], papers, { area: areaOf(topic) }]), go),
    leading(t.authors, facets.authors.slice(0, 8).map(({ name, papers }) => [name, papers, { author: name }]), go),
  );
}

// What the papers of this answer have, each one click away.
function leading(label, items, go) {
  if (!items.length) return null;
  return h("div", { class: "leading" }, h("h3", {}, label), h("ul", { class: "picks" }, items.map(([name, papers, change]) =>
    h("li", {}, h("button", { type: "button", class: "chip", click: () => go(change) }, said("span", name), " ", h("small", {}, String(papers)))))));
}

function period(state, facets, stats, go) {
  const t = words();
  const choose = (from, to) => go({ from, to });
  return h("fieldset", { class: "period" }, h("legend", {}, t.period),
    facets.months.length ? timeline(facets.months, state.from, state.to, choose) : null,
    h("div", { class: "range" }, date("from", t.from, state, go), h("span", { "aria-hidden": "true" }, "–"), date("to", t.to, state, go)),
    stats?.last_date ? h("div", { class: "quick" }, [7, 30].map((days) =>
      h("button", { type: "button", class: "do", click: () => go({ from: daysBefore(stats.last_date, days), to: "" }) }, t.lastDays(days)))) : null);
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
