// Which points and words of the map count at a place.

const FIRST = 24;
const TOOLS = 64;
const LEGEND = 40;

// The nearest point within reach of a place on the screen, or null.
export function nearest({ camera, x, y }, left, top, reach) {
  const { wide, tall, shiftX, shiftY } = camera.lens;
  let best = null;
  let least = reach * reach;
  for (let row = 0; row < x.length; row++) {
    const far = (wide * x[row] + shiftX - left) ** 2 + (tall * y[row] + shiftY - top) ** 2;
    if (far <= least) [best, least] = [row, far];
  }
  return best;
}

// The word whose letters a place on the screen lies on, or null.
export const wordAt = (placed = [], left, top) =>
  placed.find((one) => Math.abs(left - one.left) < one.half && Math.abs(top - one.top) < one.size * 0.7)?.region ?? null;

// As many words as the zoom has room for, in sight and none over another; `measured` is a word's middle and size.
export function roomFor(regions, camera, measured) {
  const [width, height] = camera.size;
  const placed = [];
  for (const region of regions.slice(0, Math.round(FIRST * camera.zoom ** 1.5))) {
    const one = { ...measured(region), region };
    const seen = one.left > one.half && one.left < width - one.half && one.top > TOOLS && one.top < height - LEGEND;
    if (seen && !placed.some((other) => overlap(one, other))) placed.push(one);
  }
  return placed;
}

const overlap = (a, b) => Math.abs(a.left - b.left) < a.half + b.half && Math.abs(a.top - b.top) < a.size + b.size;
