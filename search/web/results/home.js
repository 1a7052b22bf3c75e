// What is shown before a question: what the archive holds, kept questions, words that lead into it, its newest days.
import { get } from "../base/client.js";
import { h, languageOf, said } from "../base/dom.js";
import { go as goTo, own } from "../base/history.js";
import { forgetQuestion, keepQuestion, questions } from "../base/kept.js";
import { filters, question, read } from "../base/state.js";
import { words } from "../base/strings.js";
import { areaOf, daysBefore } from "./chips.js";

const DAYS = 3;
const WORDS = 8;
const LEAST_WEIGHT = 0.5;

export async function home(state, go) {
  const asked = [get("stats"), get("days", { n: DAYS }), get("glossary", { limit: 200 })];
  const [stats, newest, glossary] = await Promise.all(asked);
  const t = words();
  return [
    h("p", { class: "figures" }, t.homePapers(stats.papers, stats.first_date, stats.last_date)),
    stats.last_date ? h("p", { class: "quick" }, [[t.newestWeek, 7], [t.newestMonth, 30]].map(([label, days]) =>
      h("button", { type: "button", class: "do strong", click: () => go({ from: daysBefore(stats.last_date, days), sort: "votes" }) }, label))) : null,
    questions().length ? saved() : null,
    leads(glossary.entries, go),
    ...newest.days.map((one) => day(one, go)),
  ];
}

// The kept questions, each with how many papers are among its best that were not when it was last seen.
function saved() {
  const t = words();
  const items = questions().map((one) => {
    const asked = read(one.address.replace(/^\.\//, ""));
    const count = h("small", {});
    get("facets", { ...question(asked), ...filters(asked) }).then((found) => {
      const fresh = found.best.filter((id) => !one.seen.includes(id)).length;
      count.textContent = t.newSince(fresh);
      count.classList.toggle("fresh", fresh > 0);
      item.best = found.best;
    }, () => {});
    const open = () => {
      if (item.best) keepQuestion(one.address, one.label, item.best);
      goTo(asked);
    };
    const item = h("li", {}, h("button", { type: "button", class: "name", lang: languageOf(one.label), click: open }, one.label), " ", count,
      h("button", { type: "button", class: "do", "aria-label": t.forgetQuestion(one.label), click: () => { forgetQuestion(one.address); item.remove(); } }, "✕"));
    return item;
  });
  return h("section", { class: "saved" }, h("h2", {}, t.savedQuestions), h("ul", {}, items));
}

// Phrases, not single words, that the archive itself gives in both languages, those of the reader's language in front.
function leads(entries, go) {
  const t = words();
  const mine = document.documentElement.lang;
  const best = [];
  for (const one of entries) {
    const fits = one.weight >= LEAST_WEIGHT && one.phrase.includes(" ") && one.other.includes(" ") && languageOf(one.phrase) === mine && languageOf(one.other) !== mine;
    if (fits && !best.some(({ phrase, other }) => phrase === one.phrase || other === one.other)) best.push(one);
    if (best.length === WORDS) break;
  }
  if (!best.length) return null;
  return h("section", { class: "leads" }, h("h2", {}, t.tryThese),
    h("ul", { class: "chips" }, best.map((one) =>
      h("li", {}, h("button", { type: "button", class: "chip", click: () => go({ q: one.phrase }) },
        said("span", one.phrase), " ", said("small", one.other))))));
}

// One day: its topics, and its papers with the most votes.
function day(one, go) {
  const t = words();
  const mine = document.documentElement.lang;
  const whole = { from: one.day, to: one.day };
  return h("section", { class: "newest" },
    h("h2", {}, h("button", { type: "button", class: "name", click: () => go({ ...whole, sort: "votes" }) },
      h("time", { datetime: one.day }, one.day)), ` · ${t.dayPapers(one.papers)}`),
    one.topics.length ? h("ul", { class: "chips" }, one.topics.map(({ topic, papers }) =>
      h("li", {}, h("button", { type: "button", class: "chip", click: () => go({ ...whole, area: areaOf(topic) }) },
        said("span", topic[mine]), " ", h("small", {}, String(papers)))))) : null,
    h("ul", {}, one.best.map(({ paper }) => h("li", {},
      h("a", { ...own(paper.id), class: "name", lang: languageOf(paper.title) }, paper.title),
      paper.votes === null ? null : h("small", {}, t.votes(paper.votes))))));
}
