// What stands above the results: what was asked, how to read the marks, and what the answer says of itself.
import { unlock } from "../base/client.js";
import { h, languageOf, said } from "../base/dom.js";
import { compact, setCompact } from "../base/kept.js";
import { reading } from "./reading.js";
import { chips } from "./chips.js";
import { filters, mode, NO_FILTERS } from "../base/state.js";
import { words } from "../base/strings.js";

export function head(state, answer, facets, titles, go) {
  const liking = mode(state) !== "ask";
  return [
    liking ? examples(state, titles, go) : null,
    liking ? null : reading(state, answer, go),
    chips(state, go),
    ...(answer.results.length ? [
      h("div", { class: "bar" }, figures(answer, facets, liking), density(), liking ? null : order(state, go)),
      legend(liking, answer),
      alsoSearched(answer),
    ] : []),
  ];
}

function figures(answer, facets, liking) {
  const t = words();
  const ms = t.ms(answer.took_ms);
  return h("p", { class: "figures" }, liking || !facets ? t.foundLike(ms) : t.found(facets.papers, ms));
}

function order(state, go) {
  const t = words();
  const chosen = state.sort || "relevance";
  return choice(t.sort, t.sorts, chosen, (sort) => go({ sort: sort === "relevance" ? "" : sort }));
}

// Compact cards or full ones, as the reader left them.
function density() {
  const t = words();
  const draw = () => choice(t.density, t.densities, compact() ? "compact" : "full", (chosen) => {
    setCompact(chosen === "compact");
    document.body.classList.toggle("compact", compact());
    shown.replaceWith(shown = draw());
  });
  let shown = draw();
  return shown;
}

// One of a few, as a row of buttons.
function choice(label, options, chosen, choose) {
  return h("div", { class: "segments", role: "group", "aria-label": label },
    Object.entries(options).map(([value, text]) =>
      h("button", { type: "button", "data-value": value, "aria-pressed": String(value === chosen), click: () => choose(value) }, text)));
}

// A list of papers has nothing marked.
function legend(liking, answer) {
  const t = words();
  const marked = answer.results.some((one) => one.sections.some((section) => section.highlights.length));
  const marks = [h("mark", { class: "sentence" }, t.legendSentence), " ", h("u", { class: "term" }, liking ? t.legendTermLike : t.legendTerm)];
  return h("div", { class: "legend" }, marked ? marks : null);
}

function alsoSearched(answer) {
  if (!answer.also_searched.length) return null;
  const others = new Map();
  for (const { term, other } of answer.also_searched) others.set(term, [...(others.get(term) ?? []), other]);
  const group = ([term, found]) => h("span", {}, said("span", term), " → ", found.map((other, i) => [i ? ", " : "", said("b", other)]));
  const [first, ...rest] = [...others].map(group);
  if (!rest.length) return h("p", { class: "also" }, h("span", { class: "label" }, words().alsoSearched), first);
  return h("details", { class: "also" },
    h("summary", {}, h("span", { class: "label" }, words().alsoSearched), first, h("b", { class: "count" }, `+${rest.length}`)), rest);
}

function examples(state, titles, go) {
  const t = words();
  const without = (name, id) => ({ [name]: state[name].filter((one) => one !== id) });
  const chip = (name) => (id) =>
    h("li", {}, h("button", {
      type: "button", class: `chip example ${name}`, "aria-label": t.drop(titles.get(id) ?? id), click: () => go(without(name, id)),
    }, name === "not" ? `${t.unlike}: ` : "", said("span", titles.get(id) ?? id), h("span", { "aria-hidden": "true" }, " ✕")));
  return h("div", { class: "examples" },
    h("h2", {}, state.like.length ? t.similarTo : t.similarToText),
    state.like.length + state.not.length
      ? h("ul", { class: "chips" }, state.like.map(chip("like")), state.not.map(chip("not")))
      : null,
    choice(t.aspect, t.aspects, state.aspect, (aspect) => go({ aspect })),
    state.q
      ? h("p", {}, h("button", { type: "button", class: "do long", click: () => go({ like: [], not: [], text: "", aspect: "" }) },
        "← ", said("span", t.backToQuestion(state.q))))
      : null);
}

export function notices(state, answer, stats, go) {
  const t = words();
  const narrowed = Object.keys(filters(state)).length > 0;
  const found = answer.warnings.map((warning) => h("p", { class: "notice", lang: languageOf(warning) }, warning));
  if (answer.degraded) found.push(notice("warn", t.degradedTitle, t.degraded));
  if (stats?.last_date && state.from > stats.last_date) found.push(h("p", { class: "notice" }, t.endsBefore(stats.last_date)));
  if (!answer.results.length && !narrowed) found.push(notice("empty", t.emptyAskTitle, t.emptyAsk));
  else if (!answer.results.length) found.push(notice("empty", t.emptyTitle, t.empty, [t.dropFilters, () => go(NO_FILTERS)]));
  else if (answer.confident === false) found.push(unsure(answer));
  return found;
}

// The store may hold nothing on it: what may help.
function unsure(answer) {
  const t = words();
  const shown = notice("unsure", t.uncertainTitle, t.uncertain);
  const items = (answer.suggestions ?? []).map((one) => h("li", {}, t.suggest[one.kind](one.term, one.value)));
  if (items.length) shown.append(h("ul", { class: "suggestions" }, items));
  return shown;
}

// What went wrong, in words, with a way to try again.
export function failed(failure, retry) {
  const t = words();
  if (failure.kind === "locked") return lock(retry);
  const [title, text] = {
    offline: [t.offlineTitle, t.offline],
    starting: [t.startingTitle, t.starting],
    refused: [t.refusedTitle, failure.message],
  }[failure.kind];
  return notice(failure.kind, title, text, [t.retry, retry]);
}

function lock(retry) {
  const t = words();
  const key = h("input", { type: "password", "aria-label": t.key, placeholder: t.key, autocomplete: "off", required: true });
  const open = (event) => {
    event.preventDefault();
    unlock(key.value);
    retry();
  };
  return h("form", { class: "notice locked", submit: open },
    h("h2", {}, t.lockedTitle), h("p", {}, t.locked),
    h("div", { class: "range" }, key, h("button", { class: "do strong" }, t.retry)));
}

function notice(kind, title, text, action = null) {
  return h("div", { class: `notice ${kind}` },
    h("h2", {}, title), h("p", { lang: languageOf(text) }, text),
    action ? h("button", { type: "button", class: "do strong", click: action[1] }, action[0]) : null);
}
