// The map: every paper a point near what it is like. Pan, zoom, point at one, or select a place to search inside.
import { Camera } from "./camera.js";
import { get, paper } from "../base/client.js";
import { h, languageOf, safeAddress, said } from "../base/dom.js";
import { paint } from "./drawing.js";
import { listen } from "./gestures.js";
import { nearest, wordAt } from "./places.js";
import { mode } from "../base/state.js";
import { words } from "../base/strings.js";

const SCALE = 10000;
const REACH = 14;
const REST_MS = 70;

// `actions` holds what leads away from the map: go(change) and similar(id).
export async function open(section, actions) {
  const map = new PaperMap(section, actions);
  await map.load();
  return map;
}

class PaperMap {
  constructor(section, actions) {
    this.actions = actions;
    this.selecting = false;
    this.pinned = false;
    this.canvas = h("canvas", { tabindex: "0", role: "application" });
    this.over = h("div", { class: "over" });
    this.below = h("div", { class: "below" });
    this.tip = h("div", { class: "tip", hidden: true });
    section.replaceChildren(this.canvas, this.over, this.below, this.tip);
    this.camera = new Camera(this.canvas);
    this.scene = { camera: this.camera, best: new Map(), liked: [], pointed: null, fades: () => false, box: null };
    new ResizeObserver(() => this.paint()).observe(this.canvas);
    listen(this.canvas, this.camera, () => this.selecting, {
      moved: () => this.forget(),
      pointed: (left, top) => this.point(left, top),
      clicked: (left, top) => this.click(left, top),
      left: () => this.pinned || this.forget(),
      brushing: (box) => this.show({ box: box ?? this.area }),
      brushed: (box) => this.actions.go({ area: box.map((value) => value.toFixed(4)).join(",") }),
    });
  }

  async load() {
    this.data = await get("map");
    const { ids, x, y, regions } = this.data;
    const part = (value) => value / SCALE;
    this.rows = new Map(ids.map((id, row) => [id, row]));
    Object.assign(this.scene, { x: Float32Array.from(x, part), y: Float32Array.from(y, part) });
    this.topics = regions;
    this.speak();
  }

  // Show another state: which papers are the best, which are liked, which months count, which place is selected.
  async renew(state, facets) {
    if (facets && facets.generation !== this.data.generation) await this.load();
    this.state = state;
    const rows = (list) => list.map((id) => this.rows.get(id)).filter((row) => row !== undefined);
    const best = mode(state) === "ask" && facets ? rows(facets.best) : [];
    this.inside = state.area && facets ? facets.papers : null;
    this.area = state.area ? state.area.split(",").map(Number) : null;
    this.show({
      best: new Map(best.map((row, place) => [row, place])),
      liked: rows([...state.like, ...state.more, state.paper]),
      fades: outside(this.data.months, state.from, state.to),
      box: this.area,
    });
    this.legend();
  }

  show(change) {
    Object.assign(this.scene, change);
    this.paint();
  }

  // Draw, once a frame at most.
  paint() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.state && this.canvas.clientWidth) paint(this.canvas, this.scene);
    });
  }

  // ---- The words around the canvas.

  speak() {
    const t = words();
    const lang = document.documentElement.lang;
    this.show({ regions: this.topics.map((one) => ({ ...one, word: one[lang] })), votes: this.data.votes });
    this.canvas.setAttribute("aria-label", t.mapHelp(this.data.ids.length));
    const way = (selecting, text) =>
      h("button", { type: "button", "aria-pressed": String(selecting === this.selecting), click: () => this.select(selecting) }, text);
    const tool = (label, sign, act) => h("button", { type: "button", "aria-label": label, title: label, click: act }, sign);
    const zoom = (by) => () => {
      this.camera.zoomBy(by);
      this.forget();
    };
    const whole = () => {
      this.camera.reset();
      this.forget();
    };
    this.over.replaceChildren(
      h("div", { class: "segments" }, way(false, t.mapPan), way(true, t.mapSelect)),
      h("div", { class: "segments zoom" }, tool(t.mapIn, "+", zoom(1.6)), tool(t.mapOut, "−", zoom(1 / 1.6)),
        tool(t.mapWhole, "⤢", whole), tool(t.mapClose, "✕", () => this.actions.go({ view: "" }))));
    if (this.state) this.legend();
  }

  select(selecting) {
    this.selecting = selecting;
    this.canvas.classList.toggle("selecting", selecting);
    this.speak();
  }

  legend() {
    const t = words();
    const { inside } = this;
    this.below.replaceChildren(...[
      this.scene.best.size ? h("span", { class: "key matches" }, t.mapMatches) : null,
      this.scene.best.size ? h("span", { class: "key papers" }, t.mapRest) : null,
      inside === null ? null : h("span", { "data-inside": String(inside) }, t.mapInside(inside)),
      inside && mode(this.state) === "home" ? h("span", {}, t.mapAsk) : null,
      h("span", {}, t.mapMethod[this.data.method] ?? this.data.method),
    ].filter(Boolean));
  }

  // ---- One paper.

  point(left, top) {
    if (this.pinned) return;
    const row = nearest(this.scene, left, top, REACH);
    if (row === this.scene.pointed) return;
    this.forget();
    if (row === null) return;
    this.show({ pointed: row });
    this.resting = setTimeout(() => this.tell(row), REST_MS);
  }

  click(left, top) {
    const row = nearest(this.scene, left, top, REACH);
    this.forget();
    const topic = wordAt(this.scene.placed, left, top);
    if (topic) return this.actions.go({ area: areaOf(topic) });
    if (row === null && this.selecting && this.area) this.actions.go({ area: "" });
    if (row === null) return;
    this.pinned = true;
    this.show({ pointed: row });
    this.tell(row);
  }

  forget() {
    clearTimeout(this.resting);
    this.pinned = false;
    this.tip.hidden = true;
    this.show({ pointed: null });
  }

  async tell(row) {
    const found = await paper(this.data.ids[row]).catch(() => null);
    if (!found || this.scene.pointed !== row) return;
    this.tip.classList.toggle("pinned", this.pinned);
    this.tip.replaceChildren(...[
      h("strong", { lang: languageOf(found.title) }, found.title),
      found.date ? h("time", { datetime: found.date }, found.date, found.votes === null ? "" : ` · ${words().votes(found.votes)}`) : null,
      said("p", firstSentence(found)),
      this.pinned ? this.doings(found) : null,
    ].filter(Boolean));
    this.tip.hidden = false;
    this.putTip(...this.camera.toScreen(this.scene.x[row], this.scene.y[row]));
  }

  doings(found) {
    const t = words();
    const address = safeAddress(found.url);
    return h("div", { class: "doings" },
      h("button", { type: "button", class: "do", click: () => this.actions.similar(found.id) }, t.similar),
      address && h("a", { class: "do", href: address, target: "_blank", rel: "noreferrer noopener" }, `${t.source} ↗`));
  }

  putTip(left, top) {
    const [width, height] = this.camera.size;
    const box = this.tip.getBoundingClientRect();
    const fits = top + box.height + 18 < height;
    this.tip.style.left = `${Math.min(Math.max(8, left - box.width / 2), width - box.width - 8)}px`;
    this.tip.style.top = `${fits ? top + 14 : Math.max(8, top - box.height - 14)}px`;
  }
}

const LETTERS = 180;
const REACH_OF_TOPIC = 0.05;

const firstSentence = ({ sections: [{ text }] }) => {
  const first = text.split(/(?<=[.!?。])\s/)[0];
  return first.length > LETTERS ? `${first.slice(0, LETTERS)}…` : first;
};

const areaOf = ({ x, y }) =>
  [x - REACH_OF_TOPIC, y - REACH_OF_TOPIC, x + REACH_OF_TOPIC, y + REACH_OF_TOPIC]
    .map((one) => Math.min(1, Math.max(0, one)).toFixed(4)).join(",");

// Which rows lie outside of a range of dates; months are yyyymm, and 0 where a paper has no date.
function outside(months, from, to) {
  const number = (date, rest) => (date ? Number((date.replaceAll("-", "") + rest).slice(0, 6)) : 0);
  const [first, last] = [number(from, "01"), number(to, "12")];
  return (row) => Boolean((first && months[row] < first) || (last && (months[row] > last || !months[row])));
}
