// A row as it is stored: columns, its file, its neighbours, its places in time.

import { ask } from "./api.js";
import { bdi, count, el, link, moment } from "./dom.js";
import { notes } from "./notes.js";

export async function row(number, table, at, shared, about, { jump = null } = {}) {
  const r = await ask(`/cases/${number}/row`, { table, number: at });
  const to = (n) => `#/c/${number}/row/${encodeURIComponent(table)}/${n}`;
  const stamped = (c) => c.name.startsWith("_");
  const own = r.columns.filter((c) => !stamped(c));
  return el("article", { class: "raw" },
    el("p", { class: "small soft" }, el("code", {}, table), ` · row ${count(r.number + 1)} of ${count(r.rows)}`),
    el("dl", { class: "facts small" },
      r.path ? [el("dt", {}, "File"), el("dd", { class: "mono" }, bdi(r.path))] : null,
      el("dt", {}, "SHA-256"), el("dd", { class: "mono" }, r.sha256 || "not hashed"),
      r.source ? [el("dt", {}, "Source"), el("dd", {}, bdi(r.source.label), ` (${r.source.kind}, ${r.source.id})`)] : null,
      r.times.map((t) => [el("dt", {}, t.event), el("dd", {}, el("span", { class: "mono" }, moment(t.time, { digits: 6 })), " ", inTime(number, t, jump))])),
    el("h3", {}, "Every column"),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Columns" }, el("table", { class: "columns" },
      el("thead", {}, el("tr", {}, ["Column", "Value", "Meaning"].map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, own.map((c) => el("tr", {}, el("th", { scope: "row", class: "mono" }, c.name), el("td", { class: "mono wrap pre" }, value(c)), el("td", { class: "small soft" }, c.doc, c.kind ? [" ", el("span", { class: "kind" }, c.kind)] : null)))))),
    r.neighbours.length > 1 ? [el("h3", {}, "Rows beside it, as they are stored"), el("ol", { class: "plain beside", start: r.neighbours[0].number + 1 },
      r.neighbours.map((n) => el("li", { class: n.number === r.number ? "this" : "", "aria-current": n.number === r.number ? "true" : null }, link(to(n.number), n.locator ?? count(n.number + 1)), " ", bdi(n.text, { class: "small" }))))] : null,
    r.files.length ? [el("h3", {}, "Its file in the ledger"), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Ledger" }, el("table", { class: "small" },
      el("thead", {}, el("tr", {}, ["Artifact", "Status", "Size", "Rows", "Gaps", "Inside the acquisition"].map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, r.files.map((f) => el("tr", {}, el("td", {}, f.artifact ?? "none"), el("td", {}, f.status, f.reason ? `: ${f.reason}` : ""), el("td", { class: "nowrap" }, f.size === null ? "" : `${count(f.size)} bytes`), el("td", { class: "right" }, count(f.rows)), el("td", { class: "right" }, count(f.gaps)), el("td", { class: "wrap mono" }, bdi(f.member)))))))] : null,
    notes(number, { table, row: r.number }, r.notes, shared.marks, about.writable),
  );
}

function inTime(number, t, jump) {
  if (t.place === null) return null;
  return jump ? el("button", { type: "button", class: "small", onclick: () => jump(t.place) }, "Go to this time") : link(`#/c/${number}/timeline?at=${t.place}`, "In the timeline");
}

function value(c) {
  if (c.value === null) return el("span", { class: "soft" }, "nothing stored");
  if (typeof c.value === "object") return JSON.stringify(c.value, null, 1);
  return c.type.startsWith("timestamp") ? moment(c.value, { digits: 6 }) : bdi(String(c.value));
}
