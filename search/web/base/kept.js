// What the reader keeps in this browser, and nowhere else: papers with notes and tags, questions, and how cards look.

function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing still shows what was chosen until it is closed.
  }
  held[name] = value;
  dispatchEvent(new CustomEvent("kept", { detail: name }));
}

const held = { papers: read("papers", {}), questions: read("questions", []), recent: read("recent", []), compact: read("compact", false) };
addEventListener("storage", (event) => {
  if (event.key in held) held[event.key] = read(event.key, held[event.key]);
});

export const papers = () => held.papers;
export const isKept = (id) => id in held.papers;
export const questions = () => held.questions;
export const recent = () => held.recent;
export const compact = () => held.compact;
export const setCompact = (value) => write("compact", value);

// A paper is kept with what a list shows of it.
export function toggle({ id, title, url, date, votes, authors }) {
  const { [id]: known, ...others } = held.papers;
  const added = { id, title, url, date, votes, authors, note: "", tags: [], kept: new Date().toISOString().slice(0, 10) };
  write("papers", known ? others : { ...held.papers, [id]: added });
}

export const change = (id, values) => write("papers", { ...held.papers, [id]: { ...held.papers[id], ...values } });

// Notes that are there stay; what is no paper is left out. Returns how many papers were taken in.
export function takeIn(found) {
  const good = (Array.isArray(found) ? found : []).filter((one) => typeof one?.id === "string" && typeof one.title === "string");
  const list = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
  const text = (value) => (typeof value === "string" ? value : "");
  const clean = good.map((one) => [one.id, {
    id: one.id, title: one.title, url: text(one.url), date: text(one.date) || null, votes: Number.isInteger(one.votes) ? one.votes : null,
    authors: list(one.authors), note: text(one.note), tags: list(one.tags), kept: text(one.kept), ...held.papers[one.id],
  }]);
  write("papers", { ...held.papers, ...Object.fromEntries(clean) });
  return good.length;
}

export const isAsked = (address) => held.questions.some((one) => one.address === address);

// A question is kept with the papers that it has shown, so that new ones can be told.
export function keepQuestion(address, label, seen) {
  const others = held.questions.filter((one) => one.address !== address);
  write("questions", [...others, { address, label, seen }]);
}

export const forgetQuestion = (address) => write("questions", held.questions.filter((one) => one.address !== address));

export const asked = (question) =>
  write("recent", [question, ...held.recent.filter((one) => one !== question)].slice(0, 12));
