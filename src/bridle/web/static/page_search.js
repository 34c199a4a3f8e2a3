// Looks for a text in every text of the case; hits come as they are found, and it can be stopped.

import { lines } from "./api.js";
import { bdi, count, el, many, moment, say, wrong } from "./dom.js";
import { rove } from "./keys.js";

export async function searchPage({ number, given, onLeave }) {
  const text = el("input", { type: "search", "aria-label": "Text to look for", placeholder: "A name, address, number or word", "data-search": true, maxlength: 200, value: given.q ?? "" });
  const stop = el("button", { type: "button", hidden: true }, "Stop");
  const bar = el("progress", { max: 1, value: 0, "aria-label": "How far the search is", hidden: true });
  const told = el("p", { class: "small soft" }, "Every text of every table is looked through; letters’ case does not matter.");
  const hits = el("ul", { class: "plain items hits", "aria-label": "Rows that were found", "data-rove": true });
  let control = null;
  stop.addEventListener("click", () => control?.abort());
  onLeave(() => control?.abort());

  async function look() {
    control?.abort();
    const mine = control = new AbortController();
    hits.replaceChildren();
    stop.hidden = bar.hidden = false;
    bar.value = 0;
    told.className = "small soft";
    told.textContent = "Looking …";
    try {
      for await (const line of lines(`/cases/${number}/search`, { text: text.value.trim() }, mine.signal)) {
        if (line.hit) hits.append(el("li", {}, hit(number, line.hit, text.value.trim())));
        if (line.progress) {
          bar.value = line.progress.done / (line.progress.of || 1);
          told.textContent = `${many(line.progress.hits, "row")} so far; ${count(line.progress.done)} of ${count(line.progress.of)} looked through, now ${line.progress.table}`;
        }
        if (line.end) {
          told.textContent = `${line.end.hits ? many(line.end.hits, "row") : "Nothing"} found${line.end.why ? `; ${line.end.why}` : `, ${many(line.end.of, "row")} looked through`}.`;
          say(told.textContent);
        }
      }
    } catch (error) {
      if (mine === control) {
        if (error.name === "AbortError") told.textContent = `Stopped, with ${many(hits.childElementCount, "row")} found so far.`;
        else told.replaceChildren(wrong(error));
      }
    }
    if (mine === control) { stop.hidden = bar.hidden = true; rove(hits, "a.item"); }
  }

  const form = el("form", { class: "row", role: "search", onsubmit: (event) => {
    event.preventDefault();
    history.replaceState(null, "", `#/c/${number}/search?q=${encodeURIComponent(text.value.trim())}`);
    look();
  } }, el("span", { class: "grow" }, text), el("button", { class: "primary" }, "Search"), stop);
  if (given.q) look(); else requestAnimationFrame(() => text.focus());
  return [el("h1", {}, "Search"), form, bar, told, hits];
}

function hit(number, h, words) {
  return el("a", { class: "item", href: `#/c/${number}/row/${encodeURIComponent(h.table)}/${h.number}` },
    el("span", { class: "row small" }, el("code", {}, h.table), el("span", { class: "soft" }, h.column), h.time ? el("span", { class: "mono soft" }, moment(h.time)) : null),
    el("span", { class: "wrap" }, marked(h.text, words)),
    el("span", { class: "small soft mono wrap" }, bdi(h.path ?? ""), " ", bdi(h.locator ?? "")));
}

function marked(text, words) {
  const at = text.toLowerCase().indexOf(words.toLowerCase());
  return at < 0 ? bdi(text) : el("bdi", {}, text.slice(0, at), el("mark", {}, text.slice(at, at + words.length)), text.slice(at + words.length));
}
