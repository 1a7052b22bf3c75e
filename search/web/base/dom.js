// Elements from values. Text is only ever text: nothing here, or in any other file, reads markup.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const HANGUL = /[ᄀ-ᇿ㄰-㆏가-힣]/;

export const languageOf = (text) => (HANGUL.test(text) ? "ko" : "en");

// An element whose text says what language it is in.
export const said = (tag, text, attributes = {}) => h(tag, { lang: languageOf(text), ...attributes }, text);

export const byId = (id) => document.getElementById(id);

// Only addresses that lead out to a page are links; whatever else a source holds is no address.
export const safeAddress = (url) => (/^https?:\/\//i.test(url) ? url : null);
