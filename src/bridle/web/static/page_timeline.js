// The timeline: density above, rows below, and beside them the row that is looked at.

import { ask } from "./api.js";
import { bdi, count, el, later, many, say, wrong } from "./dom.js";
import { iso, Overview } from "./overview.js";
import { row } from "./row.js";
import { VirtualList } from "./virtual.js";

const COLUMNS = [{ title: "Time (UTC)", class: "v-time" }, { title: "Record", class: "v-what" }, { title: "What it says", class: "v-says" }, { title: "File", class: "v-file" }];

export async function timeline({ number, given, shared, about, onLeave, here }) {
  const tables = given.tables ?? "";
  const told = await ask(`/cases/${number}/timeline`, { tables });
  if (!here()) return null;
  const page = new Page(number, told, tables, shared, about);
  onLeave(() => page.close());
  requestAnimationFrame(() => page.begin(given));
  return page.elements;
}

class Page {
  constructor(number, told, tables, shared, about) {
    Object.assign(this, { number, told, tables, shared, about, span: {} });
    this.overview = new Overview({ jump: (to) => this.jump(to), zoom: (from, to) => this.zoom(from, to) });
    this.list = new VirtualList({
      total: told.total, label: `Timeline, ${many(told.total, "event")}`, columns: COLUMNS, render, moved: () => this.moved(), open: (r) => this.open(r),
      load: async (first, n, signal) => (await ask(`/cases/${number}/window`, { first, count: n, tables }, signal)).rows,
    });
    this.list.failed = (error) => this.messages.replaceChildren(wrong(error));
    this.messages = el("div");
    this.panel = el("aside", { class: "panel", "aria-label": "The row that is looked at", hidden: true, tabindex: "-1" });
    this.time = el("input", { type: "text", placeholder: "2021-05-14 09:38", "aria-label": "Go to a time (UTC)", "data-search": true, size: 20, spellcheck: "false" });
    this.where = el("span", { class: "small soft where" });
    this.moved = later(60, () => this.tell());
    this.list.moved = () => this.moved();
    this.elements = [el("div", { class: "timeline-page" },
      el("div", { class: "row head" }, el("h1", {}, "Timeline"), el("span", { class: "soft" }, many(told.total, "event")), this.choose(), this.jumpForm(), this.zooms()),
      this.messages, this.leftOut(), told.total ? this.overview.element : el("p", { class: "message" }, "No record of this case carries a time."), this.where,
      told.total ? el("div", { class: "split" }, this.list.element, this.panel) : null)];
    this.escape = (event) => { if (event.key === "Escape" && !this.panel.hidden && !document.querySelector("dialog[open]")) this.shut(); };
    document.addEventListener("keydown", this.escape);
  }

  close() {
    this.list.close();
    this.overview.close();
    document.removeEventListener("keydown", this.escape);
  }

  async begin(given) {
    if (!this.told.total) return;
    this.list.measure();
    if (given.at !== undefined) this.list.focus(Number(given.at) || 0);
    else if (given.time) await this.jump({ time: given.time });
    await this.look();
    if (given.at === undefined && !given.time) this.list.go(this.overview.told?.before ?? 0);
    this.tell();
  }

  async look() {
    try {
      this.overview.show(await ask(`/cases/${this.number}/overview`, { ...this.span, buckets: Math.max(50, Math.min(1200, Math.floor(this.overview.element.clientWidth / 3))), tables: this.tables }));
    } catch (error) { this.messages.replaceChildren(wrong(error)); }
    this.wholeButton.disabled = !this.span.first && !(this.overview.told?.before || this.overview.told?.after);
  }

  // Say which rows are seen, and mark their span above.
  tell() {
    const first = Math.floor(this.list.top), last = Math.min(this.told.total - 1, Math.floor(this.list.top + this.list.view / this.list.height));
    const a = this.list.row(first), b = this.list.row(last) ?? a;
    const beyond = this.overview.told && (this.overview.told.before || this.overview.told.after) ? ` · drawn above: ${iso(this.overview.told.first).slice(0, 10)} to ${iso(this.overview.told.last).slice(0, 10)}; ${count(this.overview.told.before)} events are earlier, ${count(this.overview.told.after)} later` : "";
    this.where.textContent = `Rows ${count(first + 1)} to ${count(last + 1)}${a ? `, from ${a.time.slice(0, 19).replace("T", " ")} UTC` : ""}${beyond}`;
    if (a) this.overview.seen(Date.parse(a.time), Date.parse(b.time));
  }

  async jump(to) {
    this.messages.replaceChildren();
    try {
      const place = to.place ?? (await ask(`/cases/${this.number}/place`, { time: to.time, tables: this.tables })).place;
      this.list.focus(place);
    } catch (error) { this.messages.replaceChildren(wrong(error)); }
  }

  // To the next place that a finding begins at, or the one before.
  step(by) {
    const marks = (this.overview.told?.marks ?? []).toSorted((a, b) => a.place - b.place);
    const here = this.list.seen(this.list.active) ? this.list.active : Math.floor(this.list.top);
    const found = by > 0 ? marks.find((m) => m.place > here) : marks.findLast((m) => m.place < here);
    if (!found) { say("There is no further finding with a time"); return; }
    this.list.focus(found.place);
    say(`${found.level}: ${found.title}`);
    this.tell();
  }

  zoom(from, to) {
    this.span = { first: `${iso(from).replace(" ", "T")}Z`, last: `${iso(to).replace(" ", "T")}Z` };
    this.jump({ time: this.span.first });
    return this.look();
  }

  zooms() {
    const by = (factor) => () => {
      const { first, last } = this.overview.told;
      const seen = this.overview.from >= first && this.overview.from <= last ? this.overview.from : (first + last) / 2;
      const half = ((last - first) * factor) / 2;
      this.span = { first: `${iso(seen - half).replace(" ", "T")}Z`, last: `${iso(seen + half).replace(" ", "T")}Z` };
      this.look();
    };
    const whole = () => { this.span = { first: this.told.first, last: this.told.last }; this.look(); };
    this.wholeButton = el("button", { type: "button", class: "small", onclick: whole, title: "From the first to the last time that is recorded, however odd" }, "All times");
    const steps = el("span", { class: "row", role: "group", "aria-label": "Findings in time" }, [[-1, "‹ Finding", "Previous finding in time"], [1, "Finding ›", "Next finding in time"]].map(([by, text, label]) => el("button", { type: "button", class: "small", "aria-label": label, onclick: () => this.step(by) }, text)));
    return [steps, el("span", { class: "row", role: "group", "aria-label": "Overview" }, el("button", { type: "button", class: "small", "aria-label": "Look closer", onclick: by(0.25) }, "+"), el("button", { type: "button", class: "small", "aria-label": "Look from farther", onclick: by(4) }, "−"), this.wholeButton)];
  }

  jumpForm() {
    return el("form", { class: "row", onsubmit: (event) => { event.preventDefault(); if (this.time.value.trim()) this.jump({ time: this.time.value.trim() }); } }, this.time, el("button", {}, "Go"));
  }

  choose() {
    const chosen = new Set(this.tables.split(",").filter(Boolean));
    const boxes = Object.entries({ ...this.told.tables, ...this.told.left_out }).map(([name, n]) => {
      const box = el("input", { type: "checkbox", value: name });
      box.checked = chosen.has(name);
      return el("label", { class: "row choice" }, box, el("span", { class: "swatch hue" }), el("span", { class: "grow mono wrap" }, name), el("span", { class: "soft small" }, count(n)));
    });
    boxes.forEach((b) => { b.querySelector(".hue").style.backgroundColor = hue(b.querySelector("input").value); });
    const go = (some) => { location.hash = `#/c/${this.number}/timeline${some.length ? `?tables=${encodeURIComponent(some.join(","))}` : ""}`; };
    const filter = el("input", { type: "search", placeholder: "Find a table", "aria-label": "Find a table", oninput: () => boxes.forEach((b) => { b.hidden = !b.textContent.includes(filter.value.toLowerCase()); }) });
    return el("details", { class: "choose" }, el("summary", {}, chosen.size ? many(chosen.size, "table") : `All ${many(boxes.length, "table")}`),
      el("form", { class: "card stack", onsubmit: (event) => { event.preventDefault(); go(boxes.map((b) => b.querySelector("input")).filter((b) => b.checked).map((b) => b.value)); } },
        filter, el("div", { class: "choices", role: "group", "aria-label": "Tables" }, boxes), el("div", { class: "row" }, el("button", { class: "primary small" }, "Show these"), el("button", { type: "button", class: "small", onclick: () => go([]) }, "Show all"))));
  }

  leftOut() {
    const names = Object.entries(this.told.left_out);
    return names.length ? el("p", { class: "message small" }, "Too large to be shown with the others, and left out; choose them under the tables: ", names.map(([n, rows]) => `${n} (${many(rows, "row")})`).join(", ")) : null;
  }

  async open(r) {
    const mine = this.opening = (this.opening ?? 0) + 1;
    this.panel.hidden = false;
    try {
      const made = await row(this.number, r.table, r.number, this.shared, this.about, { jump: (place) => (this.tables ? this.jump({ time: r.time }) : this.list.focus(place)) });
      if (mine !== this.opening) return;
      this.panel.replaceChildren(el("div", { class: "row panel-head" }, el("h2", { class: "grow" }, "The row as it is stored"), el("button", { type: "button", class: "plain", "aria-label": "Close the row", onclick: () => this.shut() }, "×")),
        r.finding ? el("p", { class: `small level ${r.finding.level}` }, el("a", { href: `#/c/${this.number}/findings/${r.finding.id}` }, `Cited by: ${r.finding.title}`)) : "", made);
      this.panel.scrollTop = 0;
      say(`Row of ${r.table} opened beside the list`);
    } catch (error) { this.panel.replaceChildren(wrong(error)); }
  }

  shut() {
    this.panel.hidden = true;
    this.list.focus(this.list.active, false);
  }
}

const hues = new Map();
function hue(table) {
  if (!hues.has(table)) {
    let sum = 7;
    for (const c of table.split(".").slice(0, 2).join(".")) sum = (sum * 31 + c.charCodeAt(0)) % 360;
    hues.set(table, `hsl(${sum} 55% 52%)`);
  }
  return hues.get(table);
}

const cell = (kind, ...children) => el("span", { role: "gridcell", class: kind }, ...children);

function render(element, r) {
  if (!r) { element.className = "v-row waiting"; element.replaceChildren(cell("v-time", "…")); return; }
  element.className = `v-row${r.finding ? ` cited level ${r.finding.level}` : ""}`;
  const [day, clock = ""] = r.time.split("T");
  const dot = el("span", { class: "swatch hue", "aria-hidden": "true" });
  dot.style.backgroundColor = hue(r.table);
  const note = r.zone_note === "UTC" ? "" : el("span", { class: "soft", title: r.zone_note, "aria-label": r.zone_note }, " ~");
  element.replaceChildren(
    cell("v-time mono", el("span", { class: "soft" }, `${day} `), clock.replace("Z", "").slice(0, 12).padEnd(8), note),
    cell("v-what", dot, el("span", { class: "mono" }, r.table), el("span", { class: "soft" }, ` ${r.event}`)),
    cell("v-says", bdi(r.summary), r.finding ? el("span", { class: "out" }, ` (cited by a finding, ${r.finding.level})`) : null),
    cell("v-file mono soft", bdi(r.path)));
}
