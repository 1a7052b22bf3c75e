// While a question is written: titles, authors and topics of the archive, and what was asked here lately.
import { get } from "../base/client.js";
import { byId, h, said } from "../base/dom.js";
import { go, own } from "../base/history.js";
import { asked, recent } from "../base/kept.js";
import { words } from "./words.js";

const RECENT = 3;
let latest = "";

// Show what fits the letters, unless others were written meanwhile.
export async function offer(value) {
  latest = value;
  const found = value ? await get("suggest", { q: value }).catch(() => null) : null;
  if (latest !== value || document.activeElement !== byId("q")) return;
  const t = words();
  const lang = document.documentElement.lang;
  const ask = (q) => () => choose(q);
  const button = (text) => said("button", text, { type: "button", click: ask(text) });
  const lately = recent().filter((one) => one !== value && one.toLowerCase().startsWith(value.toLowerCase())).slice(0, value ? RECENT : 0);
  const groups = [
    [t.recentHead, lately.map(button)],
    [t.topicsHead, (found?.topics ?? []).map((one) => button(one[lang]))],
    [t.authorsHead, (found?.authors ?? []).map(button)],
    [t.papersHead, (found?.papers ?? []).map((one) => said("a", one.title, { href: own(one.id).href, click: (event) => { own(one.id).click(event); hide(); } }))],
  ].filter(([, items]) => items.length);
  byId("suggestions").replaceChildren(...groups.map(([name, items]) => h("div", { role: "group", "aria-label": name }, h("p", {}, name), items)));
  byId("suggestions").hidden = !groups.length;
}

export function close(value) {
  latest = "";
  if (value) asked(value);
  hide();
}

const hide = () => { byId("suggestions").hidden = true; };

function choose(q) {
  close(q);
  byId("q").value = q;
  byId("q").focus();
  go({ q, paper: "", like: [], not: [], literal: "" });
}

const items = () => [...byId("suggestions").querySelectorAll("a, button")];

byId("suggestions").addEventListener("keydown", (event) => {
  const place = items().indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    (items()[place + (event.key === "ArrowDown" ? 1 : -1)] ?? byId("q")).focus();
  } else if (event.key === "Escape") {
    hide();
    byId("q").focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
byId("q").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !byId("suggestions").hidden) {
    hide();
    event.stopPropagation();
  }
});
document.addEventListener("focusin", (event) => {
  if (!event.target.closest(".ask")) hide();
});
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".ask")) hide();
});
