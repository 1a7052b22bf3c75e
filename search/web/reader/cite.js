// A paper as a citation: BibTeX from the service, APA and plain text made here.
import { safeAddress } from "../base/dom.js";

const SUFFIX = /^(?:Jr\.?|Sr\.?|II|III|IV)$/;

// "Ada B. Lovelace" as "Lovelace, A. B."; a name in Hangul or of one word stays as it is.
export function apaName(name) {
  const parts = name.trim().split(/\s+/);
  if (parts.length < 2 || /[가-힣,]/.test(name)) return name.trim();
  const suffix = parts.length > 2 && SUFFIX.test(parts.at(-1)) ? `, ${parts.pop()}` : "";
  let first = parts.length - 1;
  while (first > 1 && parts[first - 1] === parts[first - 1].toLowerCase()) first -= 1;
  const initials = parts.slice(0, first).map((part) => part.split("-").map((one) => `${one[0]}.`).join("-"));
  return `${parts.slice(first).join(" ")}, ${initials.join(" ")}${suffix}`;
}

// APA 7 names up to 20 authors; of more, the first 19 and the last.
export function apa(paper) {
  const names = paper.authors.map(apaName);
  const few = names.length > 20 ? [...names.slice(0, 19), `. . . ${names.at(-1)}`] : names;
  const joined = names.length > 20 ? `${few.slice(0, 19).join(", ")}, ${few[19]}`
    : names.length > 1 ? `${names.slice(0, -1).join(", ")}, & ${names.at(-1)}` : names.join("");
  const year = `(${paper.date ? paper.date.slice(0, 4) : "n.d."}).`;
  const title = /[.?!]$/.test(paper.title) ? paper.title : `${paper.title}.`;
  const arxiv = /^\d{4}\.\d{4,5}$/.test(paper.id) ? " arXiv." : "";
  const said = joined ? `${joined}${joined.endsWith(".") ? "" : "."} ${year} ${title}` : `${title} ${year}`;
  return `${said}${arxiv}${safeAddress(paper.url) ? ` ${paper.url}` : ""}`;
}

export function plain(paper) {
  const by = paper.authors.length ? `${paper.authors.join(", ")}. ` : "";
  return `${by}"${paper.title}"${paper.date ? `, ${paper.date}` : ""}.${safeAddress(paper.url) ? ` ${paper.url}` : ""}`;
}

export async function citation(paper, form, exported) {
  if (form === "bibtex") return (await exported("export", { ids: paper.id, format: "bibtex" })).trim();
  return form === "apa" ? apa(paper) : plain(paper);
}

// Return whether the browser took it.
export const copy = (text) => navigator.clipboard?.writeText(text).then(() => true, () => false) ?? Promise.resolve(false);
