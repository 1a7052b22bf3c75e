// The answer to what is asked: fetched page by page, shown, and kept readable when a later one fails.
import { card, renew } from "./card.js";
import { Failure, page, paper } from "../base/client.js";
import { byId, h } from "../base/dom.js";
import { failed, head, notices } from "./head.js";
import { keepUp } from "./keeping.js";
import { go, redraw, state } from "../base/history.js";
import { chips } from "./chips.js";
import { saving } from "./saving.js";
import { filters, mode, PAGE, request } from "../base/state.js";
import { words } from "../base/strings.js";

const MOST_AT_ONCE = 100;
const MOST = 250;
const RETRY_MS = 2000;

const screens = {};

// Say how what is no answer is drawn: `makers` has a function of the state and `go` for each such mode.
export const offer = (makers) => Object.assign(screens, makers);

const NOTHING = { key: "", results: [], total: 0, answer: null };

let shown = NOTHING;
let facets = null;
let stats = null;
let asking = null;
let retrying = 0;
let failing = false;
const titles = new Map();

export const cards = () => [...document.querySelectorAll("#results .card")];

const toggled = (list, id) => (list.includes(id) ? list.filter((one) => one !== id) : [...list, id]);

export const actions = {
  similar: (id) =>
    go({ like: [id], not: [], text: "", aspect: "", sort: "", view: "" }, { focus: true, y: 0 }),
  unfold: (id) => go({ open: toggled(state.open, id) }, { replace: true }),
  mark(id, which) {
    const other = which === "more" ? "less" : "more";
    go({ [which]: toggled(state[which], id), [other]: state[other].filter((one) => one !== id) }, { replace: true });
  },
  narrow: (filter, value) => go({ [filter]: value }),
};

// Show what the state asks for, then scroll: to a height, to the top of the answer, or not at all.
export async function show({ y = null, focus = false } = {}) {
  const asked = request(state);
  const key = JSON.stringify([asked, asked ? null : [mode(state), state.paper, filters(state)], document.documentElement.lang]);
  clearTimeout(retrying);
  asking?.abort();
  if (key === shown.key && shown.results.length >= Math.min(state.show, shown.total)) return settled(y, focus);
  asking = new AbortController();
  const { signal } = asking;
  waiting();
  try {
    await (asked ? showResults(asked, key, signal) : showHome(key, signal));
  } catch (failure) {
    if (!signal.aborted) showFailure(failure);
    return;
  }
  if (!signal.aborted) settled(y, focus);
}

// Ask once more for what could not be had.
export function again() {
  if (failing) redraw();
}

export function surround(found, known) {
  facets = found;
  stats = known;
  if (shown.answer) drawHead();
}

function waiting() {
  failing = false;
  byId("answer").setAttribute("aria-busy", "true");
  document.body.dataset.state = "loading";
  if (shown.results.length || !request(state)) return;
  byId("home").replaceChildren();
  byId("results").replaceChildren(...[1, 2, 3].map(skeleton));
}

const skeleton = () => h("li", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i"), h("i"));

function settled(y, focus) {
  if (failing && shown.answer) drawHead();
  failing = false;
  for (const one of cards()) renew(one, state);
  byId("answer").setAttribute("aria-busy", "false");
  document.body.dataset.state = mode(state) === "home" ? "home" : shown.results.length || !request(state) ? "ready" : "empty";
  if (y !== null) scrollTo({ top: y === "top" ? Math.min(scrollY, top()) : y, behavior: "instant" });
  if (focus) cards()[0]?.focus({ preventScroll: true });
}

function top() {
  const above = document.querySelector(".top").getBoundingClientRect().height + 16;
  return Math.max(0, byId("answer").getBoundingClientRect().top + scrollY - above);
}

async function showHome(key, signal) {
  const parts = await screens[mode(state)](state, go);
  if (signal.aborted) return;
  shown = { ...NOTHING, key };
  clear("notices", "head", "results", "more");
  byId("home").replaceChildren(...parts.filter(Boolean));
}

// What is there already stays where it is; only what is missing is asked for.
async function showResults(asked, key, signal) {
  const old = key === shown.key ? shown : NOTHING;
  const found = await pages(asked, old, signal);
  await Promise.all([...state.like, ...state.not].filter((id) => !titles.has(id)).map(name));
  if (signal.aborted) return;
  shown = { key, ...found };
  if (old === NOTHING) {
    clear("results", "home");
    drawHead();
  }
  const count = old.results.length;
  byId("results").append(...shown.results.slice(count).map((one, i) => card(one, count + i + 1, state, actions)));
  drawMore();
  byId("said").textContent = words().answered(shown.results.length);
}

async function pages(asked, old, signal) {
  const results = [...old.results];
  let { answer } = old;
  let total = Infinity;
  while (results.length < Math.min(state.show, total)) {
    const k = Math.min(MOST_AT_ONCE, state.show - results.length);
    const found = await page(asked, k, results.length, signal);
    results.push(...found.results);
    if (found.results.length < k) total = results.length;
    answer ??= found;
  }
  for (const one of results) titles.set(one.paper.id, one.paper.title);
  return { results, total, answer };
}

const name = (id) => paper(id).then((found) => titles.set(id, found.title));

function drawHead() {
  byId("notices").replaceChildren(...notices(state, shown.answer, stats, go));
  byId("head").replaceChildren(...head(state, shown.answer, facets, titles, go).filter(Boolean));
  byId("head").querySelector(".legend")?.append(keepUp(state, facets), saving(words().save, () => shown.results.map((one) => one.paper.id)));
}

function drawMore() {
  const t = words();
  const count = shown.results.length;
  const next = () => go({ show: state.show + PAGE }, { replace: true });
  const more = () => h("button", { type: "button", class: "do strong", click: next }, t.moreResults(PAGE));
  if (!count) clear("more");
  else if (count >= shown.total) byId("more").replaceChildren(h("p", {}, t.end(count)));
  else byId("more").replaceChildren(count >= MOST ? h("p", {}, t.endMost(count)) : more());
}

function clear(...ids) {
  for (const id of ids) byId(id).replaceChildren();
}

// What was found before stays readable below what went wrong; where waiting can help, the page asks again by itself.
function showFailure(failure) {
  const known = failure instanceof Failure ? failure : new Failure("refused", String(failure));
  failing = true;
  if (known !== failure) console.error(failure);
  document.body.dataset.state = known.kind;
  byId("answer").setAttribute("aria-busy", "false");
  byId("notices").replaceChildren(failed(known, again));
  for (const one of document.querySelectorAll(".skeleton")) one.remove();
  if (known.kind === "refused" || known.kind === "locked") {
    clear("results", "more", "home");
    byId("head").replaceChildren(...[chips(state, go)].filter(Boolean));
    shown = NOTHING;
  } else {
    retrying = setTimeout(again, known.wait * 1000 || RETRY_MS);
  }
}
