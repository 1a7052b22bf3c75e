// Papers by month as bars, with a range that is chosen by dragging.
import { h, s } from "../base/dom.js";
import { words } from "../base/strings.js";

const HEIGHT = 56;

const ordinal = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
const named = (count) => `${String(Math.floor(count / 12)).padStart(4, "0")}-${String((count % 12) + 1).padStart(2, "0")}`;
const firstOf = (date) => ordinal(date.length >= 7 ? date.slice(0, 7) : `${date}-01`);
const lastOf = (date) => ordinal(date.length >= 7 ? date.slice(0, 7) : `${date}-12`);

// Bars as one path; the tallest fills the height, and what is not nothing can be seen.
function bars(values) {
  const most = Math.max(...values, 1);
  const bar = (value, i) => {
    const height = value ? Math.max(2.5, (value / most) * HEIGHT) : 0;
    return height ? `M${i + 0.1} ${HEIGHT}v${-height.toFixed(2)}h.8v${height.toFixed(2)}z` : "";
  };
  return values.map(bar).join("");
}

export function timeline(months, from, to, choose) {
  const t = words();
  const first = ordinal(months[0].month);
  const size = ordinal(months.at(-1).month) - first + 1;
  const papers = new Array(size).fill(0);
  const matches = new Array(size).fill(0);
  for (const month of months) {
    papers[ordinal(month.month) - first] = month.papers;
    matches[ordinal(month.month) - first] = month.matches;
  }
  const chosen = s("rect", { class: "chosen", y: 0, height: HEIGHT });
  const picture = s("svg", {
    viewBox: `0 0 ${size} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    "aria-label": t.periodWhy(months[0].month, months.at(-1).month),
  }, chosen, s("path", { class: "papers", d: bars(papers) }), s("path", { class: "matches", d: bars(matches) }));
  const key = legend(matches.some(Boolean));
  const readout = h("p", { class: "readout" }, key);
  const show = (a, b) => {
    chosen.setAttribute("x", Math.min(a, b));
    chosen.setAttribute("width", a === null ? 0 : Math.abs(b - a) + 1);
  };
  const rest = () => {
    if (!from && !to) return show(null, null);
    const start = from ? firstOf(from) - first : 0;
    const end = to ? lastOf(to) - first : size - 1;
    return show(Math.max(start, 0), Math.min(end, size - 1));
  };
  rest();
  drag(picture, size, {
    over: (i) => readout.replaceChildren(t.month(named(first + i), papers[i], matches[i])),
    away: () => readout.replaceChildren(key),
    dragged: show,
    dropped: (a, b) => {
      const range = [named(first + Math.min(a, b)), named(first + Math.max(a, b))];
      choose(...(range[0] === from && range[1] === to ? ["", ""] : range));
    },
    given_up: rest,
  });
  return h("div", { class: "timeline" }, picture, years(first, size), readout);
}

function drag(picture, size, on) {
  let began = null;
  const at = (event) => {
    const box = picture.getBoundingClientRect();
    return Math.min(size - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * size)));
  };
  picture.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    picture.setPointerCapture(event.pointerId);
    began = at(event);
    on.dragged(began, began);
  });
  picture.addEventListener("pointermove", (event) => {
    on.over(at(event));
    if (began !== null) on.dragged(began, at(event));
  });
  picture.addEventListener("pointerup", (event) => {
    if (began === null) return;
    const from = began;
    began = null;
    on.dropped(from, at(event));
  });
  picture.addEventListener("pointercancel", () => {
    began = null;
    on.given_up();
  });
  picture.addEventListener("pointerleave", on.away);
}

function legend(matched) {
  const t = words();
  return h("span", { class: "keys" },
    matched ? h("span", { class: "key matches" }, t.matchesLegend) : null, h("span", { class: "key papers" }, t.papersLegend));
}

function years(first, size) {
  const step = [1, 2, 3, 5, 10, 20].find((one) => size / 12 / one <= 5) ?? 50;
  const start = Math.ceil(first / 12);
  const marks = [];
  for (let year = Math.ceil(start / step) * step; year * 12 < first + size; year += step) {
    const mark = h("span", {}, String(year));
    mark.style.setProperty("--at", (year * 12 - first) / size);
    marks.push(mark);
  }
  return h("div", { class: "years", "aria-hidden": "true" }, marks);
}
