// The map: every paper a point on a canvas, near what it is like. Pan, zoom, point at one, or select a place.
import { get, paper } from "./client.js";
import { h, languageOf, safeAddress } from "./dom.js";
import { choose, nearest } from "./places.js";
import { words } from "./strings.js";

const SCALE = 10000;
const MOST_ZOOM = 60;
const REACH = 14;
const REST_MS = 70;
const MARGIN = 24;
const MOST_STRETCH = 2;

export async function open(section, actions) {
  const map = new PaperMap(section, actions);
  await map.load();
  return map;
}

class PaperMap {
  constructor(section, actions) {
    this.section = section;
    this.actions = actions;
    this.view = { x: 0.5, y: 0.5, zoom: 1 };
    this.selecting = false;
    this.best = new Map();
    this.state = null;
    this.pointers = new Map();
    this.canvas = h("canvas", { tabindex: "0", role: "application" });
    this.context = this.canvas.getContext("2d");
    this.tip = h("div", { class: "tip", hidden: true });
    this.over = h("div", { class: "over" });
    this.below = h("div", { class: "below" });
    section.replaceChildren(this.canvas, this.over, this.below, this.tip);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.listen();
  }

  async load() {
    this.data = await get("map");
    const { ids, x, y } = this.data;
    this.x = Float32Array.from(x, (value) => value / SCALE);
    this.y = Float32Array.from(y, (value) => value / SCALE);
    this.rows = new Map(ids.map((id, row) => [id, row]));
    this.speak();
  }

  // Show another state: which papers are the best, which months count, and which place is selected.
  async renew(state, facets) {
    if (facets && facets.generation !== this.data.generation) await this.load();
    this.state = state;
    const asked = state.q && !state.like.length && !state.text;
    const best = asked && facets ? facets.best : [];
    this.best = new Map(best.map((id, place) => [this.rows.get(id), place]).filter(([row]) => row !== undefined));
    this.liked = [...state.like, ...state.more].map((id) => this.rows.get(id)).filter((row) => row !== undefined);
    this.draw();
    this.legend();
  }

  speak() {
    const t = words();
    this.canvas.setAttribute("aria-label", t.mapHelp(this.data.ids.length));
    const mode = (selecting, text) => h("button", {
      type: "button", "aria-pressed": String(selecting === this.selecting), "data-value": selecting ? "select" : "pan",
      click: () => this.select(selecting),
    }, text);
    const press = (label, text, act) => h("button", { type: "button", "aria-label": label, title: label, click: act }, text);
    this.over.replaceChildren(
      h("div", { class: "segments" }, mode(false, t.mapPan), mode(true, t.mapSelect)),
      h("div", { class: "segments zoom" },
        press(t.mapIn, "+", () => this.zoom(1.6)), press(t.mapOut, "−", () => this.zoom(1 / 1.6)),
        press(t.mapWhole, "⤢", () => this.whole()), press(t.mapClose, "✕", () => this.actions.go({ view: "" }))));
    if (this.state) this.legend();
  }

  legend() {
    const t = words();
    const inside = this.state.area ? this.inside(this.state.area) : null;
    this.below.replaceChildren(...[
      this.best.size ? h("span", { class: "key matches" }, t.mapMatches) : null,
      this.best.size ? h("span", { class: "key papers" }, t.mapRest) : null,
      inside === null ? null : h("span", { "data-inside": String(inside) }, t.mapInside(inside)),
      inside && !this.state.q ? h("span", {}, t.mapAsk) : null,
      h("span", {}, t.mapMethod[this.data.method] ?? this.data.method),
    ].filter(Boolean));
  }

  inside(area) {
    const [left, top, right, bottom] = area.split(",").map(Number);
    let count = 0;
    for (let row = 0; row < this.x.length; row++) {
      if (this.x[row] >= left && this.x[row] <= right && this.y[row] >= top && this.y[row] <= bottom) count += 1;
    }
    return count;
  }

  // ---- Where things are. The map is a square, stretched to the canvas, that the canvas shows part of.

  get size() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  get units() {
    const { width, height } = this.size;
    const tall = Math.max(height - MARGIN, 1);
    return [Math.min(width - MARGIN, tall * MOST_STRETCH) * this.view.zoom, tall * this.view.zoom];
  }

  toScreen(x, y) {
    const { width, height } = this.size;
    const [wide, tall] = this.units;
    return [(x - this.view.x) * wide + width / 2, (y - this.view.y) * tall + height / 2];
  }

  toMap(left, top) {
    const { width, height } = this.size;
    const [wide, tall] = this.units;
    return [(left - width / 2) / wide + this.view.x, (top - height / 2) / tall + this.view.y];
  }

  // ---- Moving.

  zoom(by, left = this.size.width / 2, top = this.size.height / 2) {
    const [x, y] = this.toMap(left, top);
    this.view.zoom = Math.min(MOST_ZOOM, Math.max(1, this.view.zoom * by));
    const [x2, y2] = this.toMap(left, top);
    this.move(x - x2, y - y2);
  }

  move(x, y) {
    this.view.x = Math.min(1, Math.max(0, this.view.x + x));
    this.view.y = Math.min(1, Math.max(0, this.view.y + y));
    this.leave();
    this.draw();
  }

  whole() {
    this.view = { x: 0.5, y: 0.5, zoom: 1 };
    this.leave();
    this.draw();
  }

  select(selecting) {
    this.selecting = selecting;
    this.canvas.classList.toggle("selecting", selecting);
    this.speak();
  }

  // ---- Drawing: at most once a frame.

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.data && this.state && this.canvas.clientWidth) this.paint();
    });
  }

  paint() {
    const { width, height } = this.size;
    const ratio = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const pen = this.context;
    const colours = this.colours();
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.points(pen, colours);
    this.regions(pen, colours);
    this.frames(pen, colours);
  }

  colours() {
    const style = getComputedStyle(this.section);
    const colour = (name) => {
      const probe = h("i");
      probe.style.color = `var(${name})`;
      this.section.append(probe);
      const found = getComputedStyle(probe).color;
      probe.remove();
      return found;
    };
    const names = ["--ink", "--soft", "--bar", "--edge", "--accent", "--amber", "--sunken", "--raised"];
    return { font: style.fontFamily, ...Object.fromEntries(names.map((name) => [name.slice(2), colour(name)])) };
  }

  points(pen, colours) {
    const { width, height } = this.size;
    const room = Math.sqrt((width * height) / this.x.length);
    const dot = Math.min(8, Math.max(1.4, room * 0.27) * this.view.zoom ** 0.4);
    const [from, to] = [this.state.from, this.state.to].map((date) => Number(date.replaceAll("-", "").slice(0, 6)) || 0);
    const [first, last] = [from && from < 10000 ? from * 100 : from, to && to < 10000 ? to * 100 + 12 : to];
    const outside = (month) => (first && month < first) || (last && (month > last || !month));
    pen.fillStyle = colours.soft;
    for (let row = 0; row < this.x.length; row++) {
      if (this.best.has(row)) continue;
      const [left, top] = this.toScreen(this.x[row], this.y[row]);
      if (left < -dot || top < -dot || left > width + dot || top > height + dot) continue;
      pen.globalAlpha = outside(this.data.months[row]) ? 0.1 : this.best.size ? 0.38 : 0.55;
      if (dot < 2.5) pen.fillRect(left - dot / 2, top - dot / 2, dot, dot);
      else circle(pen, left, top, dot / 2, true);
    }
    const most = this.best.size;
    for (const [row, place] of [...this.best].reverse()) {
      const [left, top] = this.toScreen(this.x[row], this.y[row]);
      const near = 1 - place / most;
      pen.globalAlpha = 0.3 + 0.7 * near;
      pen.fillStyle = colours.accent;
      circle(pen, left, top, Math.max(2.5, dot * (0.5 + near * 0.5)), true);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 2;
    for (const row of this.liked ?? []) circle(pen, ...this.toScreen(this.x[row], this.y[row]), dot + 4, false);
    if (this.pointed !== undefined) circle(pen, ...this.toScreen(this.x[this.pointed], this.y[this.pointed]), dot + 3, false);
  }

  regions(pen, colours) {
    const { width, height } = this.size;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    const placed = choose(this.data.regions, this.view.zoom, ({ x, y, word, papers }) => {
      const [left, top] = this.toScreen(x, y);
      const size = Math.min(17, 11.5 + Math.sqrt(papers) * 0.5);
      pen.font = `600 ${size}px ${colours.font}`;
      const half = pen.measureText(word).width / 2 + 6;
      if (left < half || top < 64 || left > width - half || top > height - 40) return null;
      return { left: left - half, right: left + half, top: top - size, bottom: top + size, word, size };
    });
    for (const { left, right, top, bottom, word, size } of placed) {
      pen.font = `600 ${size}px ${colours.font}`;
      pen.lineWidth = 4;
      pen.strokeStyle = colours.sunken;
      pen.strokeText(word, (left + right) / 2, (top + bottom) / 2);
      pen.fillStyle = colours.ink;
      pen.fillText(word, (left + right) / 2, (top + bottom) / 2);
    }
  }

  frames(pen, colours) {
    const box = this.dragged ?? (this.state.area ? this.state.area.split(",").map(Number) : null);
    if (!box) return;
    const [left, top] = this.toScreen(box[0], box[1]);
    const [right, bottom] = this.toScreen(box[2], box[3]);
    pen.fillStyle = colours.amber;
    pen.globalAlpha = 0.14;
    pen.fillRect(left, top, right - left, bottom - top);
    pen.globalAlpha = 1;
    pen.strokeStyle = colours.amber;
    pen.lineWidth = 2;
    pen.strokeRect(left, top, right - left, bottom - top);
  }

  // ---- The pointer and the keys.

  listen() {
    const on = (name, act, options) => this.canvas.addEventListener(name, act.bind(this), options);
    on("pointerdown", this.down);
    on("pointermove", this.moved);
    on("pointerup", this.up);
    on("pointercancel", this.up);
    on("pointerleave", () => this.pinned || this.leave());
    on("keydown", this.key);
    on("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), event.offsetX, event.offsetY);
    }, { passive: false });
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.began = [event.offsetX, event.offsetY];
    this.travelled = 0;
    this.brushing = (this.selecting || event.shiftKey) && this.pointers.size === 1;
  }

  moved(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return this.point(event.offsetX, event.offsetY);
    const [dx, dy] = [event.offsetX - last[0], event.offsetY - last[1]];
    this.travelled += Math.abs(dx) + Math.abs(dy);
    if (this.pointers.size === 2) this.pinch(event, last);
    else if (this.brushing) this.brush(event);
    else {
      this.canvas.classList.add("pulling");
      const [wide, tall] = this.units;
      this.move(-dx / wide, -dy / tall);
    }
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
  }

  pinch(event, last) {
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const apart = (place) => Math.hypot(place[0] - other[0], place[1] - other[1]);
    const here = [event.offsetX, event.offsetY];
    this.zoom(apart(here) / Math.max(apart(last), 1), (here[0] + other[0]) / 2, (here[1] + other[1]) / 2);
  }

  brush(event) {
    const [a, b] = [this.toMap(...this.began), this.toMap(event.offsetX, event.offsetY)];
    const within = (value) => Math.min(1, Math.max(0, value));
    this.dragged = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])].map(within);
    this.draw();
  }

  up(event) {
    this.canvas.classList.remove("pulling");
    if (!this.pointers.delete(event.pointerId)) return;
    const dragged = this.dragged;
    this.dragged = undefined;
    if (event.type === "pointercancel") return this.draw();
    if (this.travelled < 5) return this.click(event.offsetX, event.offsetY);
    if (this.brushing && dragged) this.actions.go({ area: dragged.map((value) => value.toFixed(4)).join(",") });
  }

  key(event) {
    const step = 0.08 / this.view.zoom;
    const does = {
      ArrowLeft: () => this.move(-step, 0), ArrowRight: () => this.move(step, 0), ArrowUp: () => this.move(0, -step),
      ArrowDown: () => this.move(0, step), "+": () => this.zoom(1.4), "=": () => this.zoom(1.4), "-": () => this.zoom(1 / 1.4),
      0: () => this.whole(),
    }[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }

  point(left, top) {
    if (this.pinned) return;
    const row = this.near(left, top);
    if (row === this.pointed) return;
    this.leave();
    if (row === undefined) return;
    this.pointed = row;
    this.draw();
    this.resting = setTimeout(() => this.tell(row, false), REST_MS);
  }

  near(left, top) {
    return nearest(this.x.length, (row) => this.toScreen(this.x[row], this.y[row]), left, top, REACH);
  }

  click(left, top) {
    const row = this.near(left, top);
    this.leave();
    if (row === undefined) {
      if (this.state.area && this.selecting) this.actions.go({ area: "" });
      return;
    }
    this.pointed = row;
    this.tell(row, true);
    this.draw();
  }

  leave() {
    clearTimeout(this.resting);
    this.pinned = false;
    this.tip.hidden = true;
    if (this.pointed === undefined) return;
    this.pointed = undefined;
    this.draw();
  }

  async tell(row, pin) {
    this.pinned = pin;
    const found = await paper(this.data.ids[row]).catch(() => null);
    if (!found || this.pointed !== row) return;
    const t = words();
    const address = safeAddress(found.url);
    this.tip.classList.toggle("pinned", pin);
    this.tip.replaceChildren(
      h("strong", { lang: languageOf(found.title) }, found.title),
      ...(found.date ? [h("time", { datetime: found.date }, found.date)] : []),
      ...(pin ? [h("div", { class: "doings" },
        h("button", { type: "button", class: "do", click: () => this.actions.similar(found.id) }, t.similar),
        address && h("a", { class: "do", href: address, target: "_blank", rel: "noreferrer noopener" }, `${t.source} ↗`))] : []));
    this.tip.hidden = false;
    this.place(...this.toScreen(this.x[row], this.y[row]));
  }

  place(left, top) {
    const { width, height } = this.size;
    const box = this.tip.getBoundingClientRect();
    const x = Math.min(Math.max(8, left - box.width / 2), width - box.width - 8);
    const below = top + box.height + 18 < height;
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${below ? top + 14 : Math.max(8, top - box.height - 14)}px`;
  }
}

function circle(pen, left, top, radius, filled) {
  pen.beginPath();
  pen.arc(left, top, radius, 0, 2 * Math.PI);
  if (filled) pen.fill();
  else pen.stroke();
}
