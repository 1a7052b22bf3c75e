// The page: what the reader does becomes the state, and the state is drawn.
import { actions, again, cards, offer, show, surround } from "./results/answers.js";
import * as box from "./results/box.js";
import { Failure, get } from "./base/client.js";
import { byId, h } from "./base/dom.js";
import { failed } from "./results/head.js";
import { home } from "./results/home.js";
import { go, onChange, state } from "./base/history.js";
import * as keys from "./base/keys.js";
import { compact, papers } from "./base/kept.js";
import { filters, mode, NO_FILTERS, question, read } from "./base/state.js";
import { fill, keep, switchLanguage, words } from "./base/strings.js";
import { tray } from "./results/tray.js";

const BURST_MS = 2000;
const THEMES = ["auto", "light", "dark"];

let byText = Boolean(state.text);
let facets = null;
let stats = null;
let surrounded = "";
let atlas = null;
let wrote = 0;

const later = () => {
  if (!byId("later")) document.head.append(h("link", { id: "later", rel: "stylesheet", href: "web/reader/reader.css" }));
};
const lazy = (load) => async (...given) => {
  later();
  return (await load()).screen(...given);
};
offer({ home, paper: lazy(() => import("./reader/paper.js")), list: lazy(() => import("./reader/shelf.js")) });

function draw(how) {
  if (how.back) byText = Boolean(state.text);
  document.body.dataset.view = mode(state);
  document.body.classList.toggle("compact", compact());
  countKept();
  const mapping = state.view === "map";
  if (mapping && !document.body.classList.contains("mapping")) drawRefine();
  document.body.classList.toggle("mapping", mapping);

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
    const [found, known] = await Promise.all([get("facets", asked), get("stats")]);
    if (key !== surrounded) return;
    [facets, stats] = [found, known];
    drawRefine();
    surround(mode(state) === "ask" ? facets : null, stats);
    (await atlas)?.renew(state, facets);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (key === surrounded) surrounded = "";
  }
}

const roomy = matchMedia("(min-width: 76rem)");

// Nothing is narrowed on the home page, so that what narrows is not loaded for it.
async function drawRefine() {
  const wanted = mode(state) !== "home" || state.view === "map";
  if (!facets || !wanted) return;
  const { refine } = await import("./results/refine.js");
  const held = document.activeElement;
  const unfolded = byId("refine").querySelector("details")?.open;
  byId("refine").replaceChildren(refine(state, facets, stats, go, roomy.matches || unfolded));
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
  suggest(value, done);
  const replace = performance.now() - wrote < BURST_MS && mode(state) !== "home";
  wrote = done ? 0 : performance.now();
  go({ like: [], not: [], literal: "", paper: "", view: state.view === "list" ? "" : state.view, ...(byText ? { text: value } : { q: value, text: "", aspect: "" }) }, { replace });
  if (done) again();
}

let suggesting = null;

function suggest(value, done) {
  if (byText || (done && !suggesting)) return;
  suggesting ??= import("./reader/suggest.js");
  later();
  suggesting.then((module) => (done ? module.close(value) : module.offer(value, go)), () => { suggesting = null; });
}

box.listen({
  written,
  pasted(text) {
    byText = true;
    go({ text, like: [], not: [] });
  },
  down() {
    const first = document.querySelector("#suggestions:not([hidden]) a, #suggestions:not([hidden]) button");
    first?.focus();
    return Boolean(first) || keys.focusOn(cards()[0]);
  },
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
const help = () => {
  later();
  import("./reader/help.js").then((module) => module.help());
};
const countKept = () => {
  const count = Object.keys(papers()).length;
  byId("list").textContent = words().list(count);
  byId("list").setAttribute("aria-label", words().listName(count));
  byId("list").setAttribute("aria-pressed", String(mode(state) === "list"));
};
byId("keys").addEventListener("click", help);
byId("list").addEventListener("click", () => go({ view: state.view === "list" ? "" : "list", paper: "" }, { y: 0 }));
addEventListener("kept", countKept);

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
  keep: press("keep"),
  source: (card) => card.querySelector("[data-do=source]")?.click(),
  own: (card) => card.querySelector("h2 a").click(),
  async cite(id) {
    later();
    const { copyCitation } = await import("./reader/paper.js");
    byId("told").textContent = await copyCitation(id);
    byId("told").classList.add("seen");
    setTimeout(() => byId("told").classList.remove("seen"), 2500);
  },
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
