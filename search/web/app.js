// The page: what the reader does becomes the state, and the state is drawn.
import { actions, again, cards, show, surround } from "./results/answers.js";
import * as box from "./results/box.js";
import { Failure, get } from "./base/client.js";
import { byId } from "./base/dom.js";
import { failed } from "./results/head.js";
import { help } from "./results/help.js";
import { go, onChange, state } from "./base/history.js";
import * as keys from "./base/keys.js";
import { refine } from "./results/refine.js";
import { filters, mode, NO_FILTERS, question, read } from "./base/state.js";
import { fill, keep, switchLanguage, words } from "./base/strings.js";
import { tray } from "./results/tray.js";

const BURST_MS = 2000;
const THEMES = ["auto", "light", "dark"];

let byText = Boolean(state.text);
let facets = null;
let surrounded = "";
let atlas = null;
let wrote = 0;

function draw(how) {
  if (how.back) byText = Boolean(state.text);
  document.body.dataset.view = mode(state);
  document.body.classList.toggle("mapping", state.view === "map");
  document.body.classList.toggle("filtered", Object.keys(filters(state)).length > 0);
  document.title = [state.q || (mode(state) === "home" ? "" : words().similar), "논문 nonmun"].filter(Boolean).join(" · ");
  box.show(byText ? state.text : state.q, byText, how.back);
  const marked = state.more.length + state.less.length;
  byId("tray").hidden = !marked;
  byId("tray").replaceChildren(...(marked ? tray(state, go) : []));
  show(how);
  around();
  drawMap();
}

// ---- Filters and the map: what lies around the answer.

async function around() {
  const asked = { ...(mode(state) === "ask" ? question(state) : {}), ...filters(state) };
  const key = JSON.stringify([asked, document.documentElement.lang]);
  if (key === surrounded) return;
  surrounded = key;
  try {
    const found = await get("facets", asked);
    if (key !== surrounded) return;
    facets = found;
    drawRefine();
    surround(mode(state) === "ask" ? facets : null);
    (await atlas)?.renew(state, facets);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (key === surrounded) surrounded = "";
  }
}

const roomy = matchMedia("(min-width: 64rem)");

function drawRefine() {
  if (!facets) return;
  const held = document.activeElement;
  const unfolded = byId("refine").querySelector("details")?.open;
  byId("refine").replaceChildren(refine(state, facets, go, roomy.matches || unfolded));
  const same = held?.id && byId("refine").contains(byId(held.id)) && byId(held.id);
  if (!same) return;
  same.value = held.value; // What is half written there is not in the state yet.
  same.focus();
}

roomy.addEventListener("change", drawRefine);
addEventListener("resize", box.fit);

async function drawMap() {
  const wanted = state.view === "map";
  byId("mapped").setAttribute("aria-pressed", String(wanted));
  byId("map").hidden = !wanted;
  if (!wanted) return;
  atlas ??= import("./map/map.js").then((module) => module.open(byId("map"), { go, similar: actions.similar }));
  try {
    (await atlas).renew(state, facets);
  } catch (failure) {
    atlas = null;
    if (failure instanceof TypeError) failure = new Failure("offline"); // The module itself could not be had.
    if (!(failure instanceof Failure)) throw failure;
    byId("map").replaceChildren(failed(failure, drawMap));
  }
}

const toggleMap = () => go({ view: state.view === "map" ? "" : "map" });

// ---- The field.

// One burst of writing is one step of the history.
function written(text, done) {
  const value = text.trim();
  const replace = performance.now() - wrote < BURST_MS && mode(state) !== "home";
  wrote = done ? 0 : performance.now();
  go({ like: [], not: [], literal: "", ...(byText ? { text: value } : { q: value, text: "", aspect: "" }) }, { replace });
  if (done) again();
}

box.listen({
  written,
  pasted(text) {
    byText = true;
    go({ text, like: [], not: [] });
  },
  down: () => keys.focusOn(cards()[0]),
});

byId("mode").addEventListener("click", () => {
  byText = !byText;
  const value = byId("q").value.trim();
  go({ like: [], not: [], aspect: "", ...(byText ? { text: value, q: "" } : { q: value, text: "" }) });
  box.show(value, byText);
  byId("q").focus();
});

byId("brand").addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  byText = false;
  go({ ...read(""), ...NO_FILTERS }, { y: 0 });
  box.show("", false, true);
  byId("q").focus();
});

// ---- The tools.

byId("mapped").addEventListener("click", toggleMap);
byId("keys").addEventListener("click", help);

byId("language").addEventListener("click", () => {
  switchLanguage();
  speak();
  draw({});
  atlas?.then((one) => one.speak());
});

const theme = () => document.documentElement.dataset.theme ?? "auto";
const repaint = () => atlas?.then((one) => one.paint());

byId("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  keep("theme", next);
  speak();
  repaint();
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

function speak() {
  fill();
  const label = words().theme[theme()];
  byId("theme").dataset.shows = theme();
  byId("theme").setAttribute("aria-label", label);
  byId("theme").title = label;
}

// ---- The keyboard.

const press = (which) => (card) => card.querySelector(`[data-do=${which}]`).click();

keys.listen({
  ask: () => byId("q").focus(),
  help,
  map: toggleMap,
  cards,
  unfold: press("unfold"),
  similar: press("similar"),
  more: press("more"),
  less: press("less"),
  source: (card) => card.querySelector("h2 a")?.click(),
  leave() {
    if (document.activeElement === byId("q")) byId("q").blur();
    else if (state.view === "map") toggleMap();
    else byId("q").focus();
  },
});

addEventListener("online", again);
onChange(draw);
speak();
draw({ y: history.state?.y ?? null, back: true });
if (mode(state) === "home" && matchMedia("(pointer: fine)").matches) byId("q").focus();
