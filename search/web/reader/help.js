// The list of keys and of the ways to ask, in a dialog.
import { byId, h, said } from "../base/dom.js";
import { words } from "../base/strings.js";
import { words as later } from "./words.js";

export function help() {
  const t = words();
  const dialog = byId("help");
  const row = ([keys, does]) =>
    h("div", {}, h("dt", {}, keys.split(" ").map((key) => [h("kbd", {}, key), " "])), h("dd", {}, does));
  dialog.replaceChildren(
    h("h2", { id: "help-title" }, t.keyTitle),
    h("dl", {}, t.keyList.map(row)),
    h("h3", {}, later().formsTitle),
    h("dl", { class: "forms" }, later().forms.map(([form, does]) => h("div", {}, h("dt", {}, said("q", form)), h("dd", {}, does)))),
    h("form", { method: "dialog" }, h("button", { class: "do strong", autofocus: true }, t.close)));
  dialog.showModal();
}
