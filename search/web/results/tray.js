// The papers that the reader marked, and the search that they make.
import { h } from "../base/dom.js";
import { saving } from "./saving.js";
import { words } from "../base/strings.js";

export function tray(state, go) {
  const t = words();
  const { more, less } = state;
  const said = [more.length ? t.trayMore(more.length) : "", less.length ? t.trayLess(less.length) : ""];
  return [
    h("p", {}, said.filter(Boolean).join(" · ")),
    h("button", { type: "button", class: "do strong", click: () => go(wanted(state)) }, t.findLike),
    more.length ? saving(t.save, () => more) : "",
    h("button", { type: "button", class: "do", click: () => go({ more: [], less: [] }) }, t.forget),
  ];
}

// Marks add to the papers that are searched by; with only papers to keep away from, the question is what to be like.
export function wanted(state) {
  const like = [...new Set([...state.like, ...state.more])].filter((id) => !state.less.includes(id));
  const not = [...new Set([...state.not, ...state.less])].filter((id) => !like.includes(id));
  const text = like.length ? state.text : state.text || state.q;
  return { like, not, text, more: [], less: [] };
}
