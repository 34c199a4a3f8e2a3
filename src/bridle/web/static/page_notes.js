// All notes and marks of a case.

import { ask } from "./api.js";
import { bdi, el, link, many } from "./dom.js";
import { rove } from "./keys.js";
import { note } from "./notes.js";

export async function notesPage({ number }) {
  const { notes: all, writable } = await ask(`/cases/${number}/notes`);
  const list = el("ul", { class: "plain stack", "data-rove": true }, all.toReversed().map((n) => el("li", { class: "card" }, about(number, n), note(n))));
  rove(list, "a");
  return [el("h1", {}, "Notes"), el("p", { class: "soft" }, "Kept in notes.jsonl, each line chained to the one before, outside what is sealed. ", writable ? "Add them on a finding or a row." : "This case cannot be written: notes are only read."),
    el("p", { class: "small soft" }, all.length ? many(all.length, "note or mark", "notes and marks") : "There are none yet."), list];
}

function about(number, n) {
  if (n.on.finding) return el("p", { class: "small" }, link(`#/c/${number}/findings/${n.on.finding}`, "On a finding"));
  if (n.on.table) return el("p", { class: "small wrap" }, link(`#/c/${number}/row/${encodeURIComponent(n.on.table)}/${n.on.row}`, "On a row"), " ", bdi(`${n.on.table} ${n.on.locator ?? ""}`, { class: "mono soft" }));
  return null;
}
