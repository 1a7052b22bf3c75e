// Questions to the service: the answers lately seen from memory, those of an older generation forgotten, and every
// failure with its kind.

const KEPT = 40;
const kept = new Map();
let generation = "";

// kind: "offline" where nothing answers, "starting" where the service asks to wait, "locked" where it wants a key,
// "refused" for all else.
export class Failure extends Error {
  constructor(kind, detail = "", wait = 0) {
    super(detail);
    this.kind = kind;
    this.wait = wait;
  }
}

const KINDS = { 401: "locked", 503: "starting" };

// A key is kept until the page is closed.
const keyed = () => {
  const key = sessionStorage.getItem("key");
  return key ? { Authorization: `Bearer ${key}` } : {};
};

export const unlock = (key) => sessionStorage.setItem("key", key.trim());

async function responded(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { Accept: "application/json", ...keyed(), ...options?.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("offline");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After")) || 0;
  throw new Failure(KINDS[response.status] ?? "refused", problem.detail ?? `${response.status} ${response.statusText}`, wait);
}

// A document as text.
export const text = async (path, parameters) => (await responded(`${path}?${new URLSearchParams(parameters)}`)).text();

const fetched = async (path, options) => (await responded(path, options)).json();

// Have the browser keep an answer as a file, under the name that the service gives it.
export async function download(path, parameters) {
  const response = await responded(`${path}?${new URLSearchParams(parameters)}`);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? path;
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function remembered(key, ask) {
  if (!kept.has(key)) {
    const answer = await ask();
    if (answer.generation && answer.generation !== generation) kept.clear();
    generation = answer.generation ?? generation;
    kept.set(key, answer);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(key);
}

export const get = (path, parameters = {}, signal = undefined) => {
  const query = new URLSearchParams(parameters).toString();
  const url = query ? `${path}?${query}` : path;
  return remembered(url, () => fetched(url, { signal }));
};

export const post = (path, body, signal = undefined) => {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json" };
  return remembered(`${path} ${text}`, () => fetched(path, { method: "POST", headers, body: text, signal }));
};

// One page of an answer.
export const page = (request, k, offset, signal) =>
  request.body
    ? post(request.path, { ...request.body, k, offset }, signal)
    : get(request.path, { ...request.parameters, k, offset }, signal);

export const path = (id) => `papers/${id.split("/").map(encodeURIComponent).join("/")}`;

export const paper = (id) => get(path(id));
