// The papers nearest to one as a graph: what is alike is joined and pulls together.
import { h, s } from "../base/dom.js";
import { words } from "./words.js";

const [WIDTH, HEIGHT, MARGIN] = [640, 380, 30];
const ROUNDS = 300;
const LETTERS = 26;

// Places in which joined papers are near and all keep apart (Fruchterman and Reingold, 1991), the paper in the middle;
// the first places are even on a circle, so that the same papers always lie alike.
export function layout(count, links) {
  const points = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / Math.max(count - 1, 1);
    return i ? [Math.cos(angle) * 0.6, Math.sin(angle) * 0.6] : [0, 0];
  });
  const wanted = 1.5 / Math.sqrt(count);
  for (let round = 0; round < ROUNDS; round++) {
    const moves = points.map(() => [0, 0]);
    const push = (a, b, force) => {
      const [x, y] = [points[a][0] - points[b][0], points[a][1] - points[b][1]];
      const far = Math.hypot(x, y) || 0.01;
      const by = force(far) / far;
      moves[a] = [moves[a][0] + x * by, moves[a][1] + y * by];
      moves[b] = [moves[b][0] - x * by, moves[b][1] - y * by];
    };
    for (let a = 0; a < count; a++) for (let b = 0; b < a; b++) push(a, b, (far) => wanted ** 2 / far);
    for (const { one, other, likeness } of links) push(one, other, (far) => -(far ** 2 / wanted) * Math.max(0.2, likeness));
    const step = 0.1 * (1 - round / ROUNDS);
    points.forEach((point, i) => {
      const far = Math.hypot(...moves[i]) || 1;
      if (i) for (const axis of [0, 1]) point[axis] += (moves[i][axis] / far) * Math.min(far, step);
    });
  }
  return fitted(points);
}

function fitted(points) {
  const size = [WIDTH, HEIGHT];
  const bounds = [0, 1].map((axis) => points.map((point) => point[axis])).map((all) => [Math.min(...all), Math.max(...all)]);
  const place = (value, axis) => {
    const [low, high] = bounds[axis];
    const margin = axis ? MARGIN : MARGIN * 3;
    return margin + ((value - low) / (high - low || 1)) * (size[axis] - 2 * margin);
  };
  return points.map((point) => [place(point[0], 0), place(point[1], 1)]);
}

const short = (title) => {
  const head = title.split(/[:：] | [-–—] /)[0];
  return head.length > LETTERS ? `${head.slice(0, LETTERS - 1).trim()}…` : head;
};

// A link each, so that the keyboard reaches every paper; `lead(id)` gives its attributes.
export function graph(paper, around, lead) {
  const t = words();
  const all = [{ paper }, ...around.near];
  const places = layout(all.length, around.links);
  const lines = around.links.map(({ one, other, likeness }) => {
    const [[x1, y1], [x2, y2]] = [places[one], places[other]];
    return s("line", { x1, y1, x2, y2, "stroke-width": (0.6 + 2.4 * Math.max(0, likeness)).toFixed(2) });
  });
  const nodes = all.map((one, i) => {
    const [x, y] = places[i];
    const dot = s("circle", { cx: x, cy: y, r: i ? 6 : 10 });
    const label = s("text", { x, y: y + (i ? 20 : 26), "text-anchor": "middle" }, short(one.paper.title));
    const whole = s("title", {}, one.paper.title);
    if (!i) return s("g", { class: "this" }, whole, dot, label);
    const { click, ...attributes } = lead(one.paper.id);
    const link = s("a", { ...attributes, "aria-label": one.paper.title }, whole, dot, label);
    link.addEventListener("click", click);
    return link;
  });
  const picture = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": t.graphWhy(paper.title, around.near.length) }, ...lines, ...nodes);
  return h("div", { class: "graph" }, picture);
}
