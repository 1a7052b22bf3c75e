// Why two papers are alike: the pair of sentences that match best, and every section against every other.
import { h, languageOf, said } from "../base/dom.js";
import { words } from "../base/strings.js";

// `order` is that of the headings, wherever the result has them; `open` unfolds it.
export function grid(pairs, order, open) {
  const t = words();
  const [rows, columns] = ["example_heading", "heading"].map((name) => ordered(pairs.map((pair) => pair[name]), order));
  const sentences = h("div", { class: "pair", "aria-live": "polite" });
  const table = h("table", { class: "grid" }, h("caption", {}, t.grid), head(columns), body(pairs, rows, columns, choose));
  function choose(pair, cell) {
    table.querySelector("[aria-pressed=true]")?.setAttribute("aria-pressed", "false");
    cell?.setAttribute("aria-pressed", "true");
    sentences.replaceChildren(side(t.there, pair.example_heading, pair.example_sentence),
      side(t.here, pair.heading, pair.sentence));
  }
  choose(pairs[0], table.querySelector("[data-best]"));
  return h("details", { class: "alike", open }, h("summary", {}, t.why), h("div", { class: "reasons" }, sentences, table));
}

function ordered(headings, order) {
  const place = (heading) => (order.includes(heading) ? order.indexOf(heading) : order.length);
  return [...new Set(headings)].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

function head(columns) {
  const t = words();
  return h("thead", {}, h("tr", {}, h("td", {}, `${t.there} ↓ · ${t.here} →`),
    columns.map((name) => said("th", name, { scope: "col" }))));
}

function body(pairs, rows, columns, choose) {
  const values = pairs.map((pair) => pair.similarity);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const cell = (row, column) => {
    const pair = pairs.find((one) => one.example_heading === row && one.heading === column);
    if (!pair) return h("td");
    const button = h("button", {
      type: "button", "aria-pressed": "false", "data-best": pair === pairs[0],
      "aria-label": `${row} – ${column}: ${pair.similarity.toFixed(2)}`, click: () => choose(pair, button),
    }, written(pair.similarity));
    button.style.setProperty("--alike", high > low ? (pair.similarity - low) / (high - low) : 1);
    return h("td", {}, button);
  };
  return h("tbody", {}, rows.map((row) =>
    h("tr", {}, said("th", row, { scope: "row" }), columns.map((column) => cell(row, column)))));
}

// Two digits with a minus sign proper, and no zero that is less than zero.
const written = (value) => value.toFixed(2).replace(/^-(?=.*[1-9])/, "−").replace("-", "").replace("0.", ".");

const side = (whose, heading, sentence) =>
  h("figure", {},
    h("figcaption", {}, whose, " · ", said("span", heading)),
    h("blockquote", { lang: languageOf(sentence) }, sentence));
