// A list of millions of rows: only what is seen is in the page, and what is seen is read in blocks.
// Beyond what a browser can lay out, the scroll bar stands for shares of the whole, and wheel and keys for rows.

import { el } from "./dom.js";
import { step } from "./keys.js";

const TALLEST = 4_000_000; // pixels
const BLOCK = 100; // rows that are asked for at once
const KEPT = 60; // blocks
const MOST_SEEN = 4000; // pixels, however tall the list may be laid out

export class VirtualList {
  // `load(first, count, signal)` gives rows; `render(element, row or null, index)` fills one; `open(row)` is for Enter and a click.
  constructor({ total, label, columns, load, render, open, moved }) {
    Object.assign(this, { total, load, render, open, moved, top: 0, active: 0, blocks: new Map(), asked: new Map(), pool: [], height: 30, view: 600 });
    this.layer = el("div", { class: "v-layer", role: "rowgroup" });
    this.spacer = el("div", { class: "v-spacer", "aria-hidden": "true" });
    const head = el("div", { class: "v-head", role: "row", "aria-rowindex": 1 }, columns.map((c) => el("span", { role: "columnheader", class: c.class }, c.title)));
    this.scroller = el("div", { class: "v-scroll", "data-rove": true, role: "presentation" }, this.layer, this.spacer);
    this.element = el("div", { class: "v-list", role: "grid", "aria-label": label, "aria-rowcount": total + 1, "aria-readonly": "true" }, el("div", { role: "rowgroup" }, head), this.scroller);
    this.scroller.addEventListener("scroll", () => this.scrolled());
    this.scroller.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.layer.addEventListener("keydown", (e) => this.key(e));
    this.layer.addEventListener("click", (e) => this.clicked(e));
    this.watch = new ResizeObserver(() => this.measure());
    this.watch.observe(this.scroller);
  }

  close() {
    this.watch.disconnect();
    for (const control of this.asked.values()) control.abort();
  }

  measure() {
    this.height = Number.parseFloat(getComputedStyle(this.element).getPropertyValue("--row")) || 30;
    const drawn = this.pool.length > 0, atEnd = drawn && this.top > 0 && this.top >= this.last - 0.5;
    this.view = Math.min(this.scroller.clientHeight, MOST_SEEN);
    const whole = Math.min(this.total * this.height, TALLEST);
    this.layer.style.height = `${this.view}px`;
    this.spacer.style.height = `${Math.max(0, whole - this.view)}px`;
    this.scaled = this.total * this.height > TALLEST;
    const wanted = Math.ceil(this.view / this.height) + 2;
    while (this.pool.length < wanted) {
      const made = el("div", { class: "v-row", role: "row", tabindex: "-1" });
      this.pool.push(made);
      this.layer.append(made);
    }
    this.go(atEnd ? this.last : this.top, drawn);
  }

  get last() { return Math.max(0, this.total - this.view / this.height); }

  // Show a row at the top; `tell` for whoever draws where the list is.
  go(top, tell = true) {
    this.top = Math.max(0, Math.min(top, this.last));
    const room = this.scroller.scrollHeight - this.scroller.clientHeight;
    const to = this.last ? Math.round((this.top / this.last) * room) : 0;
    if (Math.abs(this.scroller.scrollTop - to) >= 1) { this.expected = to; this.scroller.scrollTop = to; }
    this.draw();
    if (tell) this.moved?.();
  }

  // Show a row in the middle and give it the focus.
  focus(index, middle = true) {
    this.active = Math.max(0, Math.min(index, this.total - 1));
    const rows = this.view / this.height;
    this.moving = true;
    if (middle) this.go(this.active - Math.floor(rows / 3));
    else if (this.active < this.top) this.go(this.active);
    else if (this.active + 1 > this.top + rows) this.go(this.active + 1 - rows);
    else this.draw();
    this.moving = false;
    this.pool[this.active % this.pool.length]?.focus({ preventScroll: true });
  }

  scrolled() {
    const room = this.scroller.scrollHeight - this.scroller.clientHeight;
    if (this.expected !== undefined && Math.abs(this.scroller.scrollTop - this.expected) < 2) { this.expected = undefined; return; }
    this.expected = undefined;
    this.top = room > 0 ? (this.scroller.scrollTop / room) * this.last : 0;
    this.draw();
    this.moved?.();
  }

  wheel(event) {
    if (!this.scaled || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * this.height : event.deltaMode === 2 ? event.deltaY * this.view : event.deltaY;
    this.go(this.top + pixels / this.height);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.view / this.height) - 1);
    const by = event.key === "PageDown" ? page : event.key === "PageUp" ? -page : step(event);
    if (by !== null) {
      event.preventDefault();
      event.stopPropagation();
      this.focus(by === -Infinity ? 0 : by === Infinity ? this.total - 1 : this.active + by, false);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const row = this.row(this.active);
      if (row) this.open(row);
    }
  }

  clicked(event) {
    const found = event.target.closest(".v-row");
    if (!found || found.index === undefined) return;
    this.active = found.index;
    this.draw();
    found.focus({ preventScroll: true });
    const row = this.row(found.index);
    if (row) this.open(row);
  }

  seen(index) { return index >= Math.floor(this.top) && index < this.top + this.view / this.height; }

  row(index) { return this.blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK] ?? null; }

  draw() {
    const first = Math.floor(this.top);
    const wanted = Math.min(this.total, first + Math.ceil(this.view / this.height) + 1);
    const held = this.pool.find((e) => e === document.activeElement);
    for (let n = first; n < first + this.pool.length; n += 1) {
      const element = this.pool[n % this.pool.length];
      const seen = n < wanted;
      element.hidden = !seen;
      element.style.transform = `translateY(${(n - this.top) * this.height}px)`;
      const row = seen ? this.row(n) : null;
      if (element.index !== n || element.filled !== row) {
        element.index = n;
        element.filled = row;
        element.setAttribute("aria-rowindex", String(n + 2));
        if (seen) this.render(element, row, n);
      }
    }
    if (held && !this.moving && held.index !== this.active) this.active = Math.min(held.index, this.total - 1);
    const stop = this.active >= first && this.active < wanted ? this.active : first;
    for (const element of this.pool) {
      element.tabIndex = element.index === stop ? 0 : -1;
      element.setAttribute("aria-selected", String(element.index === this.active));
    }
    this.read(Math.floor(first / BLOCK), Math.floor(Math.max(first, wanted - 1) / BLOCK));
  }

  // Ask for the blocks that are seen; those that are asked for and not seen any more are given up.
  read(low, high) {
    for (const [block, control] of this.asked) if (block < low - 1 || block > high + 1) control.abort();
    for (const block of [...Array(high - low + 1).keys()].map((n) => low + n).concat(high + 1, low - 1)) {
      if (block < 0 || block * BLOCK >= this.total || this.blocks.has(block) || this.asked.has(block) || this.asked.size > 3) continue;
      const control = new AbortController();
      this.asked.set(block, control);
      this.load(block * BLOCK, BLOCK, control.signal).then((rows) => {
        this.blocks.set(block, rows);
        this.moved?.();
        while (this.blocks.size > KEPT) this.blocks.delete(this.blocks.keys().next().value);
      }, (error) => {
        if (error.name !== "AbortError") this.failed?.(error);
      }).finally(() => {
        this.asked.delete(block);
        if (this.blocks.has(block) || control.signal.aborted) this.draw();
      });
    }
  }
}
