// Which part of the map the canvas shows. The map is a square, stretched to the canvas.

const MOST_ZOOM = 60;
const MARGIN = 24;
const MOST_STRETCH = 2.4;

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

  // What turns places into pixels: left = wide * x + shiftX, top = tall * y + shiftY.
  get lens() {
    const [width, height] = this.size;
    const [wide, tall] = this.scale;
    return { wide, tall, shiftX: width / 2 - this.x * wide, shiftY: height / 2 - this.y * tall };
  }

  toScreen(x, y) {
    const { wide, tall, shiftX, shiftY } = this.lens;
    return [wide * x + shiftX, tall * y + shiftY];
  }

  toMap(left, top) {
    const { wide, tall, shiftX, shiftY } = this.lens;
    return [(left - shiftX) / wide, (top - shiftY) / tall];
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
