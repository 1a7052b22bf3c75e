// A section's text with its matches: sentences shaded by weight, terms underlined.
import { h } from "../base/dom.js";

// Offsets count code points, strings count UTF-16 units: return what turns the one into the other.
export function unitsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (point) => point;
  const units = [0];
  for (const letter of text) units.push(units.at(-1) + letter.length);
  return (point) => units[Math.min(point, units.length - 1)];
}

// The text cut wherever a mark begins or ends: [start, end, weight of the sentence or 0, whether a term].
export function pieces(length, highlights) {
  const cuts = new Set([0, length]);
  for (const { start, end } of highlights) cuts.add(start).add(end);
  const places = [...cuts].filter((place) => place >= 0 && place <= length).sort((a, b) => a - b);
  const covering = (kind, start, end) => highlights.find((h) => h.kind === kind && h.start <= start && h.end >= end);
  return places.slice(1).map((end, i) => {
    const start = places[i];
    return [start, end, covering("semantic", start, end)?.weight ?? 0, Boolean(covering("term", start, end))];
  });
}

export function marked(text, highlights) {
  const unit = unitsOf(text);
  const found = highlights.map((h) => ({ ...h, start: unit(h.start), end: unit(h.end) }));
  const nodes = [];
  let open = null;
  for (const [start, end, weight, term] of pieces(text.length, found)) {
    const words = text.slice(start, end);
    const node = term ? h("u", { class: "term" }, words) : words;
    if (!weight) {
      open = null;
      nodes.push(node);
    } else if (open && open.weight === weight && !sentenceEnds(found, start)) {
      open.element.append(node);
    } else {
      open = { weight, element: shaded(weight, node) };
      nodes.push(open.element);
    }
  }
  return nodes;
}

const sentenceEnds = (found, place) => found.some((one) => one.kind === "semantic" && one.end === place);

function shaded(weight, node) {
  const mark = h("mark", { class: "sentence" }, node);
  mark.style.setProperty("--weight", weight);
  return mark;
}

// A small bar as long as the section, with its matches where they lie.
export function strip(text, highlights, longest) {
  const length = [...text].length || 1;
  const bar = h("span");
  bar.style.setProperty("--length", Math.max(0.12, length / longest));
  for (const { start, end, weight, kind } of highlights) {
    const tick = h("i", { class: kind === "term" ? "t" : "s" });
    tick.style.setProperty("--at", start / length);
    tick.style.setProperty("--span", (end - start) / length);
    tick.style.setProperty("--weight", weight);
    bar.append(tick);
  }
  return h("span", { class: "strip", "aria-hidden": "true" }, bar);
}
