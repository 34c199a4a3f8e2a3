// How dense the events are in time, drawn; findings stand above. A click goes there, dragging looks closer.

import { count, el } from "./dom.js";

const LEVELS = ["informational", "low", "medium", "high", "critical"];
const TALL = 96, AXIS = 20, ABOVE = 14; // pixels

export class Overview {
  constructor({ jump, zoom }) {
    Object.assign(this, { jump, zoom, told: null, from: 0, to: 0, drag: null });
    this.canvas = el("canvas", { class: "density", role: "img", "aria-label": "Density of events in time" });
    this.tip = el("div", { class: "tip small", "aria-hidden": "true", hidden: true });
    this.element = el("div", { class: "overview" }, this.canvas, this.tip);
    this.canvas.addEventListener("pointerdown", (e) => { this.drag = { from: e.offsetX, to: e.offsetX }; this.canvas.setPointerCapture(e.pointerId); });
    this.canvas.addEventListener("pointermove", (e) => this.moved(e));
    this.canvas.addEventListener("pointerup", (e) => this.released(e));
    this.canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.element);
    this.redraw = () => this.draw();
    addEventListener("bridle-colours", this.redraw);
  }

  close() {
    this.watch.disconnect();
    removeEventListener("bridle-colours", this.redraw);
  }

  show(told) {
    this.told = told;
    const ends = told.counts.length ? `${iso(told.first)} to ${iso(told.last)} UTC, ${count(told.total - told.before - told.after)} events, ${count(told.marks.length)} findings` : "no events";
    this.canvas.setAttribute("aria-label", `Density of events in time: ${ends}`);
    this.draw();
  }

  // The span of time of the rows that are seen, in milliseconds.
  seen(from, to) {
    this.from = from;
    this.to = to;
    this.draw();
  }

  x(time) { return ((time - this.told.first) / (this.told.last - this.told.first)) * this.wide; }

  time(x) { return this.told.first + (x / this.wide) * (this.told.last - this.told.first); }

  draw() {
    this.wide = this.element.clientWidth;
    if (!this.told?.counts.length || !this.wide) return;
    const scale = devicePixelRatio || 1;
    this.canvas.width = this.wide * scale;
    this.canvas.height = TALL * scale;
    const c = this.canvas.getContext("2d");
    c.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`);
    this.bars(c, colour);
    this.axis(c, colour);
    for (const m of this.told.marks.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))) {
      const x = this.x(m.time);
      c.fillStyle = colour(m.level);
      c.beginPath();
      c.moveTo(x, ABOVE); c.lineTo(x - 4.5, 2); c.lineTo(x + 4.5, 2);
      c.fill();
      c.globalAlpha = 0.35;
      c.fillRect(x - 0.5, ABOVE, 1, TALL - AXIS - ABOVE);
      c.globalAlpha = 1;
    }
    const left = Math.max(0, this.x(this.from)), right = Math.min(this.wide, this.x(this.to));
    if (this.from && right >= 0 && left <= this.wide) {
      const from = Math.min(left, this.wide - 3), wide = Math.max(3, right - left);
      c.fillStyle = colour("glow");
      c.fillRect(from, 0, wide, TALL - AXIS);
      c.fillStyle = colour("ink");
      c.fillRect(from, TALL - AXIS - 1, wide, 3);
    }
    if (this.drag && Math.abs(this.drag.to - this.drag.from) > 3) {
      c.fillStyle = colour("glow");
      c.fillRect(Math.min(this.drag.from, this.drag.to), 0, Math.abs(this.drag.to - this.drag.from), TALL - AXIS);
    }
  }

  bars(c, colour) {
    const { counts } = this.told;
    const most = Math.sqrt(Math.max(...counts, 1)), tall = TALL - AXIS - ABOVE - 2, step = this.wide / counts.length;
    c.fillStyle = colour("accent");
    counts.forEach((n, i) => {
      const high = n ? Math.max(1.5, (Math.sqrt(n) / most) * tall) : 0;
      c.globalAlpha = 0.78;
      c.fillRect(i * step, TALL - AXIS - high, Math.max(1, step - (step > 3 ? 1 : 0)), high);
    });
    c.globalAlpha = 1;
  }

  axis(c, colour) {
    c.fillStyle = colour("line");
    c.fillRect(0, TALL - AXIS, this.wide, 1);
    c.fillStyle = colour("soft");
    c.font = '11px system-ui, "Noto Sans", sans-serif';
    const some = Math.max(2, Math.floor(this.wide / 150)), span = this.told.last - this.told.first;
    const from = span > 2 * 86_400_000 ? [0, 10] : span > 120_000 ? [5, 16] : [11, 23];
    for (let n = 0; n <= some; n += 1) {
      c.textAlign = n === 0 ? "left" : n === some ? "right" : "center";
      const x = (n * this.wide) / some;
      c.fillText(iso(this.time(x)).slice(...from), x, TALL - 5);
    }
  }

  moved(event) {
    if (!this.told?.counts.length) return;
    const x = Math.max(0, Math.min(event.offsetX, this.wide));
    if (this.drag) { this.drag.to = x; this.draw(); }
    const mark = this.mark(x);
    const n = this.told.counts[Math.min(this.told.counts.length - 1, Math.floor((x / this.wide) * this.told.counts.length))];
    this.tip.textContent = mark ? `${mark.level}: ${mark.title}` : `${iso(this.time(x))} UTC · ${count(n)} events`;
    this.tip.hidden = false;
    this.tip.style.left = `${Math.max(0, Math.min(x, this.wide - this.tip.offsetWidth))}px`;
  }

  mark(x) {
    let best = null;
    for (const m of this.told.marks) if (Math.abs(this.x(m.time) - x) < 6 && (!best || Math.abs(this.x(m.time) - x) < Math.abs(this.x(best.time) - x))) best = m;
    return best;
  }

  released(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag || !this.told?.counts.length) return;
    if (Math.abs(drag.to - drag.from) > 6) this.zoom(this.time(Math.min(drag.from, drag.to)), this.time(Math.max(drag.from, drag.to)));
    else {
      const mark = this.mark(event.offsetX);
      this.jump(mark ? { place: mark.place } : { time: iso(this.time(event.offsetX)).replace(" ", "T") + "Z" });
    }
    this.draw();
  }
}

export const iso = (ms) => { try { return new Date(ms).toISOString().replace("T", " ").replace("Z", ""); } catch { return "beyond the calendar"; } };
