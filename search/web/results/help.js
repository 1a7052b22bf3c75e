// The list of keys, in a dialog.
import { byId, h } from "../base/dom.js";
import { words } from "../base/strings.js";

export function help() {
  const t = words();
  const dialog = byId("help");
  const row = ([keys, does]) =>
    h("div", {}, h("dt", {}, keys.split(" ").map((key) => [h("kbd", {}, key), " "])), h("dd", {}, does));
  dialog.replaceChildren(
    h("h2", { id: "help-title" }, t.keyTitle),
    h("dl", {}, t.keyList.map(row)),
    h("form", { method: "dialog" }, h("button", { class: "do strong", autofocus: true }, t.close)));
  dialog.showModal();
}
