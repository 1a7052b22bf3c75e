// The field for a question or a text: it grows with what is written, and waits while a syllable is being composed.
import { byId } from "../base/dom.js";
import { composing } from "../base/keys.js";
import { words } from "../base/strings.js";

const PAUSE = 180;
const LONG = 300;

// `on.written(text, done)` is called once the writing rests, or with done at once on Enter; `on.pasted(text)` for a
// long text; `on.down()` on the way to the results.
export function listen(on) {
  const field = byId("q");
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => on.written(field.value, false), PAUSE);
  };
  field.addEventListener("input", (event) => {
    fit();
    if (event.isComposing) clearTimeout(timer);
    else later();
  });
  field.addEventListener("compositionstart", () => clearTimeout(timer));
  field.addEventListener("compositionend", later);
  field.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      clearTimeout(timer);
      on.written(field.value, true);
    } else if (event.key === "ArrowDown" && field.selectionEnd === field.value.length && on.down()) {
      event.preventDefault();
    }
  });
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text.trim().length >= LONG && !field.value.trim()) {
      event.preventDefault();
      field.value = text.trim().slice(0, field.maxLength);
      on.pasted(field.value);
    }
  });
  byId("ask").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    field.value = "";
    fit();
    on.written("", true);
    field.focus();
  });
}

const FITS_ITSELF = CSS.supports("field-sizing", "content");

export function fit() {
  const field = byId("q");
  if (!FITS_ITSELF) {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }
  byId("clear").hidden = !field.value;
}

// Show what is asked; while the reader writes, the field is ahead of it and stays as it is.
export function show(value, byText, anyway = false) {
  const t = words();
  const field = byId("q");
  if (anyway || document.activeElement !== field) field.value = value;
  field.placeholder = byText ? t.textHint : t.askHint;
  field.classList.toggle("long", byText);
  document.querySelector("label[for=q]").textContent = byText ? t.textLabel : t.askLabel;
  byId("mode").setAttribute("aria-pressed", String(byText));
  fit();
}
