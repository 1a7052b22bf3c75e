// The reader's own list: papers with notes and tags, taken out and in as files.
import { download } from "../base/client.js";
import { h, languageOf } from "../base/dom.js";
import { own } from "../base/history.js";
import { change, papers, takeIn, toggle } from "../base/kept.js";
import { words as base } from "../base/strings.js";
import { words } from "./words.js";

const MOST_LIKE = 20;
let tag = "";

export async function screen(state, go) {
  const shelf = h("div", { class: "shelf" });
  draw(shelf, go);
  return [shelf];
}

function draw(shelf, go, told = "") {
  const t = words();
  const all = Object.values(papers()).sort((a, b) => (b.kept > a.kept ? 1 : b.kept < a.kept ? -1 : 0));
  const tags = [...new Set(all.flatMap((one) => one.tags))].sort();
  if (!tags.includes(tag)) tag = "";
  const shown = all.filter((one) => !tag || one.tags.includes(tag));
  const again = (said) => draw(shelf, go, said);
  shelf.replaceChildren(...[
    h("h2", {}, t.listTitle), h("p", { class: "figures" }, t.listWhy),
    tools(shown, go, again), h("p", { role: "status", class: "figures" }, told),
    tags.length ? h("div", { class: "segments", role: "group", "aria-label": t.tags }, ["", ...tags].map((one) =>
      h("button", { type: "button", "aria-pressed": String(one === tag), click: () => { tag = one; again(); } }, one || t.byTag))) : null,
    shown.length ? h("ul", {}, shown.map((one) => item(one, again))) : h("p", { class: "notice" }, t.listEmpty),
  ].filter(Boolean));
}

function tools(shown, go, again) {
  const t = words();
  const ids = shown.map((one) => one.id);
  const like = () => go({ view: "", q: "", paper: "", like: ids.slice(0, MOST_LIKE), not: [], text: "", aspect: "" }, { y: 0 });
  const button = (label, click, form) => h("button", { type: "button", class: "do", "data-format": form, click, lang: "en" }, label);
  const file = h("input", { type: "file", accept: "application/json,.json", class: "unseen", tabindex: "-1", "aria-hidden": "true", change: async () => {
    try {
      again(t.taken(takeIn(JSON.parse(await file.files[0].text()))));
    } catch {
      again(t.notTaken);
    }
  } });
  return h("div", { class: "doings" },
    ids.length ? [
      h("button", { type: "button", class: "do strong", click: like }, t.likeList),
      button("JSON", () => saveJson(shown), "json"),
      button("BibTeX", () => download("export", { ids: ids.join(","), format: "bibtex" }), "bibtex"),
      button("Markdown", () => download("export", { ids: ids.join(","), format: "md" }), "md"),
    ] : null,
    h("button", { type: "button", class: "do", click: () => file.click() }, t.take), file);
}

function saveJson(shown) {
  const link = h("a", { href: URL.createObjectURL(new Blob([JSON.stringify(shown, null, 1)], { type: "application/json" })), download: "nonmun-list.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function item(one, again) {
  const t = words();
  const note = h("textarea", { rows: 1, placeholder: t.note, "aria-label": `${t.note}: ${one.title}`, change: () => change(one.id, { note: note.value }) });
  note.value = one.note;
  const tags = h("input", {
    type: "text", value: one.tags.join(", "), placeholder: t.tags, "aria-label": `${t.tags}: ${one.title}`,
    change() {
      change(one.id, { tags: [...new Set(tags.value.split(",").map((part) => part.trim()).filter(Boolean))] });
      again();
    },
  });
  return h("li", {},
    h("h3", { lang: languageOf(one.title) }, h("a", own(one.id), one.title)),
    h("p", { class: "facts" }, one.date ? h("time", { datetime: one.date }, one.date) : null,
      one.votes === null ? null : h("span", {}, base().votes(one.votes)), h("span", { lang: languageOf(one.authors[0] ?? "") }, one.authors.slice(0, 3).join(", "))),
    h("div", { class: "noting" }, note, tags,
      h("button", { type: "button", class: "do", "aria-label": t.remove(one.title), click: () => { toggle(one); again(); } }, "★ ✕")));
}
