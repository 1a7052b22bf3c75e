// The map on its canvas: points, the words of its regions, and the place that is selected.
import { h } from "../base/dom.js";
import { roomFor } from "./places.js";

const COLOURS = ["ink", "soft", "accent", "amber", "sunken"];

// A scene holds the camera, the points, what of them is the best, liked or pointed at, the months, and the regions.
export function paint(canvas, scene) {
  const pen = canvas.getContext("2d");
  const [width, height] = scene.camera.size;
  const ratio = devicePixelRatio || 1;
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== tall) [canvas.width, canvas.height] = [wide, tall];
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const colours = coloursOf(canvas.parentElement);
  const dot = dotSize(scene);
  drawRest(pen, scene, dot, colours.soft);
  drawBest(pen, scene, dot, colours.accent);
  drawRings(pen, scene, dot, colours.ink);
  drawWords(pen, scene, colours);
  if (scene.box) drawBox(pen, scene, colours.amber);
}

function coloursOf(holder) {
  const probe = h("i");
  holder.append(probe);
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  };
  const found = Object.fromEntries(COLOURS.map(read));
  found.font = getComputedStyle(probe).fontFamily;
  probe.remove();
  return found;
}

// The fewer points there are and the nearer they are looked at, the larger they are.
function dotSize({ camera, x }) {
  const [width, height] = camera.size;
  const room = Math.sqrt((width * height) / x.length);
  return Math.min(8, Math.max(1.4, room * 0.27) * camera.zoom ** 0.4);
}

// The more votes, the larger.
function drawRest(pen, { camera, x, y, votes, best, fades }, base, colour) {
  const [width, height] = camera.size;
  const { wide, tall, shiftX, shiftY } = camera.lens;
  const alpha = best.size ? 0.38 : 0.55;
  pen.fillStyle = colour;
  for (let row = 0; row < x.length; row++) {
    if (best.has(row)) continue;
    const left = wide * x[row] + shiftX;
    const top = tall * y[row] + shiftY;
    const dot = base * Math.min(1.9, 0.85 + Math.log1p(votes[row]) * 0.12);
    if (left < -dot || top < -dot || left > width + dot || top > height + dot) continue;
    pen.globalAlpha = fades(row) ? 0.1 : alpha;
    if (dot < 2.5) pen.fillRect(left - dot / 2, top - dot / 2, dot, dot);
    else circle(pen, left, top, dot / 2);
  }
  pen.globalAlpha = 1;
}

// The nearer to the question, the larger and the darker; the nearest last, on top.
function drawBest(pen, { camera, x, y, best }, dot, colour) {
  pen.fillStyle = colour;
  for (const [row, place] of [...best].reverse()) {
    const near = 1 - place / best.size;
    pen.globalAlpha = 0.3 + 0.7 * near;
    circle(pen, ...camera.toScreen(x[row], y[row]), Math.max(2.5, dot * (0.5 + near * 0.5)));
  }
  pen.globalAlpha = 1;
}

function drawRings(pen, { camera, x, y, liked, pointed }, dot, colour) {
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  for (const row of pointed === null ? liked : [...liked, pointed]) {
    circle(pen, ...camera.toScreen(x[row], y[row]), dot / 2 + 4, "stroke");
  }
}

function drawWords(pen, scene, colours) {
  const { camera, regions } = scene;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = colours.sunken;
  pen.fillStyle = colours.ink;
  const font = (size) => `600 ${size}px ${colours.font}`;
  const measured = ({ x, y, word, papers }) => {
    const [left, top] = camera.toScreen(x, y);
    const size = Math.min(17, 11.5 + Math.sqrt(papers) * 0.5);
    pen.font = font(size);
    return { left, top, word, size, half: pen.measureText(word).width / 2 + 6 };
  };
  scene.placed = roomFor(regions, camera, measured);
  for (const { left, top, word, size } of scene.placed) {
    pen.font = font(size);
    pen.strokeText(word, left, top);
    pen.fillText(word, left, top);
  }
}

function drawBox(pen, { camera, box }, colour) {
  const [left, top] = camera.toScreen(box[0], box[1]);
  const [right, bottom] = camera.toScreen(box[2], box[3]);
  pen.fillStyle = pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.globalAlpha = 0.14;
  pen.fillRect(left, top, right - left, bottom - top);
  pen.globalAlpha = 1;
  pen.strokeRect(left, top, right - left, bottom - top);
}

function circle(pen, left, top, radius, how = "fill") {
  pen.beginPath();
  pen.arc(left, top, radius, 0, 2 * Math.PI);
  pen[how]();
}
