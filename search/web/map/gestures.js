// What the pointer, the wheel and the keys do on the map.

const CLICK = 5;

const within = (value) => Math.min(1, Math.max(0, value));

// `on` hears of it: moved() once the camera has, pointed(left, top), clicked(left, top), left(), brushing(box) with a
// rectangle of the map or null, brushed(box). `selects()` says whether a drag selects.
export function listen(canvas, camera, selects, on) {
  const held = new Map();
  let began = null;
  let travelled = 0;
  let box = null;

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, [event.offsetX, event.offsetY]);
    travelled = 0;
    box = null;
    began = (selects() || event.shiftKey) && held.size === 1 ? camera.toMap(event.offsetX, event.offsetY) : null;
  });

  canvas.addEventListener("pointermove", (event) => {
    const last = held.get(event.pointerId);
    const here = [event.offsetX, event.offsetY];
    if (!last) return on.pointed(...here);
    held.set(event.pointerId, here);
    travelled += Math.abs(here[0] - last[0]) + Math.abs(here[1] - last[1]);
    if (held.size === 2) pinch(event.pointerId, here, last);
    else if (began) brush(here);
    else camera.drag(here[0] - last[0], here[1] - last[1]);
    canvas.classList.toggle("pulling", !began);
    on.moved();
  });

  function pinch(id, here, last) {
    const [, other] = [...held].find(([one]) => one !== id);
    const apart = (place) => Math.max(1, Math.hypot(place[0] - other[0], place[1] - other[1]));
    camera.zoomBy(apart(here) / apart(last), (here[0] + other[0]) / 2, (here[1] + other[1]) / 2);
  }

  function brush(here) {
    const [x, y] = camera.toMap(...here);
    box = [Math.min(began[0], x), Math.min(began[1], y), Math.max(began[0], x), Math.max(began[1], y)].map(within);
    on.brushing(box);
  }

  const release = (event) => {
    canvas.classList.remove("pulling");
    if (!held.delete(event.pointerId)) return;
    on.brushing(null);
    if (event.type === "pointercancel") return;
    if (travelled < CLICK) on.clicked(event.offsetX, event.offsetY);
    else if (box) on.brushed(box);
    box = null;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", on.left);

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    camera.zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), event.offsetX, event.offsetY);
    on.moved();
  }, { passive: false });

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 0.08 / camera.zoom;
    const keys = {
      ArrowLeft: () => camera.move(-step, 0), ArrowRight: () => camera.move(step, 0),
      ArrowUp: () => camera.move(0, -step), ArrowDown: () => camera.move(0, step),
      "+": () => camera.zoomBy(1.4), "=": () => camera.zoomBy(1.4), "-": () => camera.zoomBy(1 / 1.4), 0: () => camera.reset(),
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
    on.moved();
  });
}
