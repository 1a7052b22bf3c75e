// What the reader looks at, as values and as the address of the page; everything else follows from it.

const LISTS = ["like", "not", "more", "less", "open"];
const TEXTS = [
  "q", "paper", "literal", "text", "aspect", "from", "to", "min_votes", "section", "field", "author", "area", "sort", "view",
];
export const FILTERS = ["from", "to", "min_votes", "section", "field", "author", "area"];
export const PAGE = 10;
const MOST = 250;

export function read(search) {
  const given = new URLSearchParams(search);
  const state = { show: PAGE };
  for (const name of TEXTS) state[name] = (given.get(name) ?? "").trim();
  for (const name of LISTS) state[name] = [...new Set(given.getAll(name))].filter(Boolean);
  const show = Number.parseInt(given.get("show") ?? "", 10);
  if (show > PAGE) state.show = Math.min(Math.ceil(show / PAGE) * PAGE, MOST);
  return state;
}

export function address(state) {
  const written = new URLSearchParams();
  for (const name of TEXTS) if (state[name]) written.set(name, state[name]);
  for (const name of LISTS) for (const value of state[name]) written.append(name, value);
  if (state.show > PAGE) written.set("show", state.show);
  return written.size ? `?${written}` : "./";
}

// What is shown: a paper, the reader's list, what a question, a text or papers find, or the home page. Filters alone
// ask for the newest papers.
export function mode(state) {
  if (state.paper) return "paper";
  if (state.view === "list") return "list";
  if (state.like.length || (state.text && state.not.length)) return "like";
  if (state.text) return "text";
  return state.q || FILTERS.some((name) => state[name]) ? "ask" : "home";
}

export function filters(state) {
  return Object.fromEntries(FILTERS.filter((name) => state[name]).map((name) => [name, state[name]]));
}

export const NO_FILTERS = Object.fromEntries(FILTERS.map((name) => [name, ""]));

// The question, and whether all of it is topic.
export const question = (state) => ({ q: state.q, ...(state.literal ? { literal: "true" } : {}) });

// What is asked of the service, without the page: a method, a path, and its parameters or body.
export function request(state) {
  const chosen = filters(state);
  switch (mode(state)) {
    case "home":
    case "paper":
    case "list":
      return null;
    case "ask": {
      const sort = state.sort && state.sort !== "relevance" ? { sort: state.sort } : {};
      return { path: "search", parameters: { ...question(state), ...sort, ...chosen } };
    }
    default: {
      const aspect = state.aspect ? { aspect: state.aspect } : {};
      if (state.like.length === 1 && !state.not.length && !state.text) {
        const id = state.like[0].split("/").map(encodeURIComponent).join("/");
        return { path: `papers/${id}/similar`, parameters: { ...aspect, ...chosen } };
      }
      const votes = chosen.min_votes ? { min_votes: Number(chosen.min_votes) } : {};
      const body = { positive: state.like, negative: state.not, ...aspect, filters: { ...chosen, ...votes } };
      return { path: "similar", body: state.text ? { ...body, text: state.text } : body };
    }
  }
}
