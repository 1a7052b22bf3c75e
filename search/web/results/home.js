// What is shown before a question: what the archive holds, words that lead into it, and its newest papers.
import { get, paper } from "../base/client.js";
import { h, languageOf, said } from "../base/dom.js";
import { chips } from "./refine.js";
import { filters } from "../base/state.js";
import { words } from "../base/strings.js";

const NEWEST = 5;
const WORDS = 8;
const LEAST_WEIGHT = 0.5;

export async function home(state, go) {
  const asked = [get("stats"), get("facets", filters(state)), get("glossary", { limit: 200 })];
  const [stats, facets, glossary] = await Promise.all(asked);
  const newest = await Promise.all(facets.best.slice(0, NEWEST).map(paper));
  const t = words();
  const narrowed = facets.papers < stats.papers;
  return [
    chips(state, go),
    h("p", { class: "figures" }, t.homePapers(facets.papers, ...(narrowed ? [] : [stats.first_date, stats.last_date]))),
    narrowed ? null : leads(glossary.entries, go),
    h("section", { class: "newest" }, h("h2", {}, t.newest), h("ul", {}, newest.map((one) => entry(one, go)))),
  ];
}

// Phrases that the archive itself gives in both languages, those of the reader's language in front.
function leads(entries, go) {
  const t = words();
  const mine = document.documentElement.lang;
  const best = [];
  for (const one of entries) {
    const fits = one.weight >= LEAST_WEIGHT && languageOf(one.phrase) === mine && languageOf(one.other) !== mine;
    if (fits && !best.some(({ phrase, other }) => phrase === one.phrase || other === one.other)) best.push(one);
    if (best.length === WORDS) break;
  }
  if (!best.length) return null;
  return h("section", { class: "leads" }, h("h2", {}, t.tryThese),
    h("ul", { class: "chips" }, best.map((one) =>
      h("li", {}, h("button", { type: "button", class: "chip", click: () => go({ q: one.phrase }) },
        said("span", one.phrase), " ", said("small", one.other))))));
}

function entry(found, go) {
  return h("li", {},
    h("button", { type: "button", class: "name", lang: languageOf(found.title), click: () => go({ q: found.title }) }, found.title),
    found.date ? h("time", { datetime: found.date }, found.date) : null);
}
