// Which points and words of the map count at a place.

// The nearest of some points within reach of a place on the screen, or undefined.
export function nearest(count, toScreen, left, top, reach) {
  let best;
  let least = reach * reach;
  for (let row = 0; row < count; row++) {
    const [x, y] = toScreen(row);
    const far = (x - left) ** 2 + (y - top) ** 2;
    if (far <= least) [best, least] = [row, far];
  }
  return best;
}

const FIRST = 24;

// As many words as the zoom has room for, none over another; `box` measures one, or is null where it is out of sight.
export function choose(regions, zoom, box) {
  const placed = [];
  for (const region of regions.slice(0, Math.round(FIRST * zoom ** 1.5))) {
    const one = box(region);
    if (one && !placed.some((other) => overlaps(one, other))) placed.push(one);
  }
  return placed;
}

const overlaps = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
