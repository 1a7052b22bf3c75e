// The keyboard: which key does what, wherever the reader is.

// A key that an input method still works with is not the page's.
export const composing = (event) => event.isComposing || event.keyCode === 229;

const FIELDS = "input, textarea, select";

// `on` holds what the keys do: ask, cards, unfold, own, keep, cite, similar, source, more, less, map, help, leave.
export function listen(on) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || composing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") on.leave();
    else if (event.target.closest(FIELDS)) return;
    else if (pressed(event, on)) event.preventDefault();
  });
}

function pressed(event, on) {
  const here = event.target.closest(".card");
  const paper = here ?? document.querySelector(".own");
  switch (event.key) {
    case "/":
      on.ask();
      return true;
    case "?":
      on.help();
      return true;
    case "m":
      on.map();
      return true;
    case "ArrowDown":
    case "j":
      return !event.target.closest("canvas") && step(on.cards(), here, 1);
    case "ArrowUp":
    case "k":
      return !event.target.closest("canvas") && (step(on.cards(), here, -1) || (here && on.ask(), Boolean(here)));
  }
  if (paper && event.key === "c") return on.cite(paper.dataset.id), true;
  if (paper && event.key === "l") return on.keep(paper), true;
  return Boolean(here) && onCard(event, here, on);
}

function onCard(event, card, on) {
  const actions = { s: on.similar, v: on.own, o: on.source, "+": on.more, "=": on.more, "-": on.less };
  if (event.key === "Enter" && event.target === card) on.unfold(card);
  else if (event.key in actions) actions[event.key](card);
  else return false;
  return true;
}

function step(cards, here, by) {
  const next = here ? cards.indexOf(here) + by : by > 0 ? 0 : -1;
  return focusOn(cards[next]);
}

export function focusOn(card) {
  if (!card) return false;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  return true;
}
