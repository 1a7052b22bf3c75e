// The state that the page shows, and its history: whatever the reader does changes the state by `go`, and only there.
import { address, filters, PAGE, read, request } from "./state.js";

export let state = read(location.search);
let changed = () => {};

// `draw` is called with every change: where to scroll to once it is drawn, and whether the first result gets the focus.
export function onChange(draw) {
  changed = draw;
}

// Draw the same state once more.
export const redraw = () => changed({ y: null });

const asked = (one) => JSON.stringify([request(one), filters(one), one.paper, one.view === "list"]);

// A change of what is asked starts from the first page; `replace` keeps it from being a step of the history.
export function go(change, { replace = false, focus = false, y = "top" } = {}) {
  const next = { ...state, ...change };
  const anew = asked(next) !== asked(state);
  if (anew) Object.assign(next, { show: PAGE, open: [] });
  if (address(next) === address(state)) return;
  keepPlace();
  state = next;
  history[replace ? "replaceState" : "pushState"]({ y: scrollY }, "", address(state));
  changed({ y: anew ? y : null, focus });
}

// What a link to a paper's own view has: an address to open elsewhere, and a click that stays on the page.
export const own = (id) => ({
  href: `?paper=${encodeURIComponent(id)}`,
  click(event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go({ paper: id, view: "" }, { y: 0 });
  },
});

// Without the path a new address is that of the page alone.
const keepPlace = () => history.replaceState({ y: scrollY }, "");

addEventListener("popstate", (event) => {
  if (address(read(location.search)) === address(state)) return;
  state = read(location.search);
  changed({ y: event.state?.y ?? 0, back: true });
});

let resting = 0;
addEventListener("scroll", () => {
  clearTimeout(resting);
  resting = setTimeout(keepPlace, 150);
}, { passive: true });

history.scrollRestoration = "manual";
