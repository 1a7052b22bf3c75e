// Keeping up with an answer: a feed of it, and the question kept on the home page.
import { h } from "../base/dom.js";
import { forgetQuestion, isAsked, keepQuestion } from "../base/kept.js";
import { address, filters, mode, question } from "../base/state.js";
import { words } from "../base/strings.js";
import { active } from "./chips.js";

export function keepUp(state, facets) {
  if (mode(state) !== "ask") return h("span");
  const t = words();
  const feed = new URLSearchParams({ ...question(state), ...filters(state) });
  const here = address({ ...state, view: "", open: [], more: [], less: [], show: 0 });
  const label = [state.q, ...active(state).map(([said]) => said)].filter(Boolean).join(" · ");
  const button = h("button", {
    type: "button", class: "do", "data-do": "save", "aria-pressed": String(isAsked(here)),
    click() {
      if (isAsked(here)) forgetQuestion(here);
      else keepQuestion(here, label, facets?.best ?? []);
      button.setAttribute("aria-pressed", String(isAsked(here)));
      button.textContent = isAsked(here) ? t.keptAsking : t.keepAsking;
    },
  }, isAsked(here) ? t.keptAsking : t.keepAsking);
  return h("span", { class: "keeping" }, button,
    h("a", { class: "do", href: `feed.atom?${feed}`, title: t.feedWhy, target: "_blank" }, t.feed));
}
