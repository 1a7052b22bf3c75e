// Why two papers are alike: the pair of sentences that match best, and every section against every other.
import { h, languageOf, said } from "./dom.js";
import { words } from "./strings.js";

export function grid(pairs) {
  const t = words();
  const sentences = h("div", { class: "pair", "aria-live": "polite" });
  const table = h("table", { class: "grid" }, h("caption", {}, t.grid), head(pairs), body(pairs, choose));
  function choose(pair, cell) {
    table.querySelector("[aria-pressed=true]")?.setAttribute("aria-pressed", "false");
    cell?.setAttribute("aria-pressed", "true");
    sentences.replaceChildren(side(t.there, pair.example_heading, pair.example_sentence),
      side(t.here, pair.heading, pair.sentence));
  }
  choose(pairs[0], table.querySelector("[data-best]"));
  return h("details", { class: "alike", open: true }, h("summary", {}, t.why), h("div", { class: "reasons" }, sentences, table));
}

const distinct = (values) => [...new Set(values)];

function head(pairs) {
  const t = words();
  return h("thead", {}, h("tr", {}, h("td", {}, `${t.there} ↓ · ${t.here} →`),
    distinct(pairs.map((pair) => pair.heading)).sort().map((name) => said("th", name, { scope: "col" }))));
}

function body(pairs, choose) {
  const values = pairs.map((pair) => pair.similarity);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const columns = distinct(pairs.map((pair) => pair.heading)).sort();
  const rows = distinct(pairs.map((pair) => pair.example_heading)).sort();
  const cell = (row, column) => {
    const pair = pairs.find((one) => one.example_heading === row && one.heading === column);
    if (!pair) return h("td");
    const button = h("button", {
      type: "button", "aria-pressed": "false", "data-best": pair === pairs[0],
      "aria-label": `${row} – ${column}: ${pair.similarity.toFixed(2)}`, click: () => choose(pair, button),
    }, pair.similarity.toFixed(2).replace("0.", "."));
    button.style.setProperty("--alike", high > low ? (pair.similarity - low) / (high - low) : 1);
    return h("td", {}, button);
  };
  return h("tbody", {}, rows.map((row) =>
    h("tr", {}, said("th", row, { scope: "row" }), columns.map((column) => cell(row, column)))));
}

const side = (whose, heading, sentence) =>
  h("figure", {},
    h("figcaption", {}, whose, " · ", said("span", heading)),
    h("blockquote", { lang: languageOf(sentence) }, sentence));
