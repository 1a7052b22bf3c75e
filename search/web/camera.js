// Which part of the map the canvas shows. The map is a square, stretched to the canvas.

const MOST_ZOOM = 60;
const MARGIN = 24;
const MOST_STRETCH = 2;

const within = (value, low, high) => Math.min(high, Math.max(low, value));

export class Camera {
  constructor(canvas) {
    this.canvas = canvas;
    this.reset();
  }

  reset() {
    [this.x, this.y, this.zoom] = [0.5, 0.5, 1];
  }

  get size() {
    return [this.canvas.clientWidth, this.canvas.clientHeight];
  }

  // How many pixels the map is wide and tall.
  get scale() {
    const [width, height] = this.size;
    const tall = Math.max(height - MARGIN, 1);
    return [Math.min(width - MARGIN, tall * MOST_STRETCH) * this.zoom, tall * this.zoom];
  }

  toScreen(x, y) {
    const [width, height] = this.size;
    const [wide, tall] = this.scale;
    return [(x - this.x) * wide + width / 2, (y - this.y) * tall + height / 2];
  }

  toMap(left, top) {
    const [width, height] = this.size;
    const [wide, tall] = this.scale;
    return [(left - width / 2) / wide + this.x, (top - height / 2) / tall + this.y];
  }

  // Move by a part of the map.
  move(x, y) {
    [this.x, this.y] = [within(this.x + x, 0, 1), within(this.y + y, 0, 1)];
  }

  // Move with the pointer, by pixels.
  drag(left, top) {
    const [wide, tall] = this.scale;
    this.move(-left / wide, -top / tall);
  }

  // Zoom while one place on the screen keeps showing the same place of the map.
  zoomBy(factor, left = this.size[0] / 2, top = this.size[1] / 2) {
    const [x, y] = this.toMap(left, top);
    this.zoom = within(this.zoom * factor, 1, MOST_ZOOM);
    const [nowX, nowY] = this.toMap(left, top);
    this.move(x - nowX, y - nowY);
  }
}
