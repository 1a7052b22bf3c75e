// A paper's own view: its whole summary, where it leads, how it is cited, and what lies around it.
import { get, paper as fetchPaper, path, text } from "../base/client.js";
import { h, languageOf, safeAddress, said } from "../base/dom.js";
import { isKept, toggle } from "../base/kept.js";
import { own } from "../base/history.js";
import { words as base } from "../base/strings.js";
import { citation, copy } from "./cite.js";
import { graph } from "./graph.js";
import { words } from "./words.js";

const FORMS = [["bibtex", "BibTeX"], ["apa", "APA"], ["plain", ""]];
const LIKE = 5;
const READING = ["summary", "whats_new", "technical_details", "performance", "other"];

export async function screen(state, go) {
  const [found, around] = await Promise.all([fetchPaper(state.paper), get(`${path(state.paper)}/around`)]);
  const t = base();
  const sections = [...found.sections].sort((a, b) => READING.indexOf(a.kind) - READING.indexOf(b.kind));
  return [h("article", { class: "own", "data-id": found.id, "aria-labelledby": "own-title" },
    h("p", {}, h("button", { type: "button", class: "do", click: () => history.length > 1 ? history.back() : go({ paper: "" }) }, words().back)),
    h("h2", { id: "own-title", lang: languageOf(found.title) }, found.title),
    facts(found, around, go),
    h("div", { class: "doings" }, star(found), ways(found), h("button", { type: "button", class: "do", click: () => go({ view: "map" }) }, words().onMap)),
    citing(found),
    around.doubtful ? h("p", { class: "notice" }, h("span", { class: "doubtful" }, t.doubtful)) : null,
    sections.map((one) => h("section", { class: "part" },
      one.kind in t.kinds && one.kind !== "other" ? h("h3", {}, t.kinds[one.kind]) : said("h3", one.heading),
      h("p", { lang: languageOf(one.text) }, one.text))),
    around.earlier.length + around.later.length ? besides(found, around, go) : null,
    await alike(found, go),
    around.near.length ? h("section", {}, h("h3", {}, words().graph), graph(found, around, (id) => own(id, go))) : null)];
}

function facts(found, around, go) {
  const t = base();
  const { topic } = around;
  const named = topic && topic[document.documentElement.lang];
  const area = topic && [topic.x - 0.05, topic.y - 0.05, topic.x + 0.05, topic.y + 0.05].map((one) => Math.min(1, Math.max(0, one)).toFixed(4)).join(",");
  const author = (name, i) => [i ? ", " : "", said("button", name, { type: "button", class: "name", click: () => go({ paper: "", q: "", author: name }) })];
  return h("div", { class: "facts" },
    found.date ? h("time", { datetime: found.date }, found.date) : null,
    found.votes === null ? null : h("span", {}, t.votes(found.votes)),
    topic ? h("span", {}, `${words().topic}: `, said("button", named, { type: "button", class: "name", click: () => go({ paper: "", q: "", area }) })) : null,
    found.authors.length ? h("span", { class: "authors" }, found.authors.map(author)) : null);
}

export function star(found) {
  const t = base();
  const button = h("button", {
    type: "button", class: "do star", "data-do": "keep", "aria-pressed": String(isKept(found.id)), "aria-label": t.keepOf(found.title),
    click() {
      toggle(found);
      button.setAttribute("aria-pressed", String(isKept(found.id)));
      button.firstChild.data = `${isKept(found.id) ? "★" : "☆"} ${base().keep}`;
    },
  }, `${isKept(found.id) ? "★" : "☆"} ${t.keep}`);
  return button;
}

// arXiv, its PDF and HTML, Hugging Face and alphaXiv for what has an arXiv number; else the source.
function ways(found) {
  const number = /^\d{4}\.\d{4,5}$/.test(found.id) ? found.id : null;
  const lead = (name, host, tail) => [name, ["https:", "", host, tail].join("/")];
  const places = number
    ? [lead("arXiv", "arxiv.org", `abs/${number}`), lead("PDF", "arxiv.org", `pdf/${number}`), lead("HTML", "arxiv.org", `html/${number}`),
      lead("Hugging Face", "huggingface.co", `papers/${number}`), lead("alphaXiv", "www.alphaxiv.org", `abs/${number}`)]
    : safeAddress(found.url) ? [[base().source, found.url]] : [];
  return places.map(([name, href]) => h("a", { class: "do", href, target: "_blank", rel: "noreferrer noopener" }, `${name} ↗`));
}

function citing(found) {
  const t = words();
  const status = h("span", { role: "status" });
  const written = h("textarea", { class: "cited", rows: 4, readonly: true, hidden: true, "aria-label": t.cite });
  const take = async (form, name) => {
    written.value = await citation(found, form, text);
    written.hidden = false;
    status.textContent = (await copy(written.value)) ? t.copied(name) : t.notCopied;
  };
  return h("div", { class: "citing" }, h("span", { class: "label" }, t.cite),
    FORMS.map(([form, name]) => h("button", { type: "button", class: "do strong", "data-cite": form, click: () => take(form, name || t.plain) }, name || t.plain)),
    status, written);
}

const entry = (one, go) => h("li", {},
  one.date ? h("time", { datetime: one.date }, one.date) : null,
  h("a", { ...own(one.id, go), lang: languageOf(one.title) }, one.title));

function besides(found, around, go) {
  const t = words();
  const here = h("li", { class: "here" }, h("time", { datetime: found.date }, found.date), h("b", {}, t.thisOne));
  return h("section", {}, h("h3", {}, t.beforeAfter),
    h("ol", { class: "besides" }, around.earlier.map((one) => entry(one, go)), here, around.later.map((one) => entry(one, go))));
}

// The most alike by one aspect, with a way to all of them.
async function alike(found, go) {
  const t = base();
  const list = h("ul", { class: "alikes" });
  let chosen = "";
  const bar = h("div", { class: "segments", role: "group", "aria-label": t.aspect });
  const show = async (aspect) => {
    chosen = aspect;
    const answer = await get(`${path(found.id)}/similar`, { k: LIKE, ...(aspect ? { aspect } : {}) });
    list.replaceChildren(...answer.results.map((one) => entry(one.paper, go)));
    bar.replaceChildren(...Object.entries(t.aspects).map(([value, name]) =>
      h("button", { type: "button", "aria-pressed": String(value === aspect), click: () => show(value) }, name)));
  };
  await show("");
  const all = () => go({ paper: "", like: [found.id], not: [], text: "", aspect: chosen });
  return h("section", {}, h("h3", {}, words().nearest), bar, list, h("button", { type: "button", class: "do", click: all }, words().all));
}

// Copy what the first form gives, from a card or from here.
export async function copyCitation(id) {
  const found = await fetchPaper(id);
  return (await copy(await citation(found, "bibtex", text))) ? words().copied("BibTeX") : words().notCopied;
}
