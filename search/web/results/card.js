// One result: what the paper is, why it matches, and where to go from it.
import { h, languageOf, safeAddress, said } from "../base/dom.js";
import { own } from "../base/history.js";
import { isKept, toggle } from "../base/kept.js";
import { grid } from "./grid.js";
import { marked, strip, unitsOf } from "./marks.js";
import { words } from "../base/strings.js";

const AUTHORS = 3;
const READING = ["summary", "whats_new", "technical_details", "performance", "other"];

// `actions` holds what a card can do: similar(id), mark(id, "more" | "less"), narrow(filter, value), unfold(id).
export function card(result, place, state, actions) {
  const t = words();
  const { paper } = result;
  const opened = state.open.includes(paper.id);
  const longest = Math.max(...result.sections.map(({ text }) => [...text].length), 1);
  const sections = result.sections.map((one, i) => section(one, longest, opened || i === 0));
  const article = h(
    "article",
    { class: opened ? "card opened" : "card", tabindex: "-1", "data-id": paper.id, "aria-labelledby": `title-${place}` },
    h("header", {}, title(paper, place), facts(result, actions)),
    gist(result),
    sections,
    result.pairs?.length ? grid(result.pairs, READING.flatMap((kind) => result.sections.filter((one) => one.kind === kind)).map((one) => one.heading), place === 1) : null,
    h("footer", { class: "doings" },
      keeper(paper),
      h("button", { type: "button", class: "do", "data-do": "similar", click: () => actions.similar(paper.id) }, t.similar),
      h("button", {
        type: "button", class: "do", "data-do": "unfold", "aria-expanded": String(opened),
        click: () => actions.unfold(paper.id),
      }, opened ? t.fold : t.open),
      safeAddress(paper.url) &&
        h("a", { class: "do", "data-do": "source", href: paper.url, target: "_blank", rel: "noreferrer noopener" }, `${t.source} ↗`),
      h("span", { class: "marking" }, marker(paper, "more", state, actions), marker(paper, "less", state, actions)),
    ),
  );
  return h("li", { value: place }, article);
}

function title(paper, place) {
  return h("h2", { id: `title-${place}`, lang: languageOf(paper.title) },
    h("span", { class: "place", "aria-hidden": "true" }, String(place)), h("a", own(paper.id), paper.title));
}

// The sentence that matches best, or the first: what a compact card shows of a summary.
function gist(result) {
  const [first] = result.sections;
  if (!first) return null;
  const best = [...first.highlights].filter(({ kind }) => kind === "semantic").sort((a, b) => b.weight - a.weight)[0];
  const unit = unitsOf(first.text);
  const said = best ? first.text.slice(unit(best.start), unit(best.end)) : first.text;
  return h("div", { class: "gist", lang: languageOf(said) }, said);
}

function keeper(paper) {
  const label = () => `${isKept(paper.id) ? "★" : "☆"} ${words().keep}`;
  const button = h("button", {
    type: "button", class: "do", "data-do": "keep", "aria-pressed": String(isKept(paper.id)), "aria-label": words().keepOf(paper.title),
    click() {
      toggle(paper);
      button.setAttribute("aria-pressed", String(isKept(paper.id)));
      button.textContent = label();
    },
  }, label());
  return button;
}

function facts(result, actions) {
  const t = words();
  const { paper } = result;
  const author = (name, i) => [i ? ", " : "", narrowing(name, "author", actions)];
  const rest = paper.authors.slice(AUTHORS);
  return h("div", { class: "facts" },
    result.doubtful ? h("span", { class: "doubtful" }, t.doubtful) : null,
    paper.date ? h("time", { datetime: paper.date }, paper.date) : null,
    paper.votes === null ? null : h("span", {}, t.votes(paper.votes)),
    paper.authors.length
      ? h("span", { class: "authors" }, paper.authors.slice(0, AUTHORS).map(author),
        rest.length ? [h("span", { class: "uncounted" }, ` ${t.andMore(rest.length)}`),
          h("span", { class: "rest" }, rest.map((name) => author(name, 1)))] : null)
      : null,
    paper.fields.length
      ? h("span", { class: "fields" }, paper.fields.map((name) => narrowing(name, "field", actions)))
      : null,
  );
}

const narrowing = (name, filter, actions) =>
  said("button", name, { type: "button", class: "name", click: () => actions.narrow(filter, name) });

function section(match, longest, open) {
  const t = words();
  const sentences = match.highlights.filter(({ kind }) => kind === "semantic").length;
  return h("details", { class: "section", open, "data-kind": match.kind },
    h("summary", {},
      match.kind in t.kinds && match.kind !== "other"
        ? h("span", { class: "heading", title: match.heading }, t.kinds[match.kind])
        : said("span", match.heading, { class: "heading" }),
      h("span", { class: "unseen" }, sentences ? ` (${t.sentences(sentences)})` : ""),
      strip(match.text, match.highlights, longest),
    ),
    h("p", { lang: languageOf(match.text) }, marked(match.text, match.highlights)),
  );
}

function marker(paper, which, state, actions) {
  const t = words();
  const pressed = state[which].includes(paper.id);
  return h("button", {
    type: "button", class: `do mark-${which}`, "data-do": which, "aria-pressed": String(pressed),
    "aria-label": t[`${which}Of`](paper.title), click: () => actions.mark(paper.id, which),
  }, `${which === "more" ? "＋" : "－"} ${t[which]}`);
}

// Set what of a card follows from the state alone, so that a mark or an unfolding draws nothing anew.
export function renew(article, state) {
  const t = words();
  const { id } = article.dataset;
  const opened = state.open.includes(id);
  article.classList.toggle("opened", opened);
  const unfold = article.querySelector("[data-do=unfold]");
  if ((unfold.getAttribute("aria-expanded") === "true") !== opened) {
    unfold.setAttribute("aria-expanded", String(opened));
    unfold.textContent = opened ? t.fold : t.open;
    article.querySelectorAll("details.section").forEach((one, i) => { one.open = opened || i === 0; });
  }
  for (const which of ["more", "less"]) {
    article.querySelector(`[data-do=${which}]`).setAttribute("aria-pressed", String(state[which].includes(id)));
  }
}
