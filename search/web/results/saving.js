// Papers as files for other programs: what is shown, or what is marked.
import { download } from "../base/client.js";
import { h } from "../base/dom.js";
import { words } from "../base/strings.js";

const FORMATS = { bibtex: "BibTeX", ris: "RIS", csv: "CSV", md: "Markdown", jsonl: "JSON Lines" };

// A fold of one button a format; `ids` gives the papers when one is pressed.
export function saving(label, ids) {
  const said = h("p", { role: "status" });
  const save = async (format) => {
    said.textContent = "";
    try {
      await download("export", { ids: ids().join(","), format });
      fold.open = false;
      fold.firstChild.focus();
    } catch (failure) {
      said.textContent = `${words().notSaved} ${failure.message}`;
    }
  };
  const button = ([format, name]) =>
    h("button", { type: "button", class: "do", lang: "en", "data-format": format, click: () => save(format) }, name);
  const fold = h("details", { class: "saving" },
    h("summary", { class: "do" }, label),
    h("div", { class: "formats" }, Object.entries(FORMATS).map(button), said));
  fold.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !fold.open) return;
    event.stopPropagation();
    fold.open = false;
    fold.firstChild.focus();
  });
  return fold;
}
