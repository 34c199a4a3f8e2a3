// Notes and marks on a finding or a row. They are written beside what is sealed.

import { send } from "./api.js";
import { bdi, el, moment, say, wrong } from "./dom.js";

const SIGNS = { relevant: "relevant", explained: "explained", "to check": "to check", "": "no mark" };

export function notes(number, on, there, marks, writable) {
  const list = el("ul", { class: "plain notes" });
  const told = el("div");
  const show = (some) => {
    list.replaceChildren(...some.map((n) => el("li", {}, note(n))));
    const mark = some.findLast((n) => n.mark !== null && n.mark !== undefined)?.mark ?? "";
    for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.mark === mark));
  };
  const keep = async (said) => {
    told.replaceChildren();
    try {
      const { notes: all } = await send(`/cases/${number}/notes`, { on, ...said });
      show(all.filter((n) => Object.entries(on).every(([k, v]) => n.on[k] === v)));
      say("Kept in notes.jsonl");
      return true;
    } catch (error) {
      told.replaceChildren(wrong(error));
      return false;
    }
  };
  const buttons = marks.map((m) => el("button", { type: "button", class: "small", "data-mark": m, "aria-pressed": "false", disabled: !writable, onclick: () => keep({ mark: m }) }, SIGNS[m] ?? m));
  const text = el("textarea", { rows: 2, "aria-label": "A note", placeholder: "A note …", disabled: !writable, maxlength: 10000 });
  const form = el("form", { class: "stack", onsubmit: async (event) => {
    event.preventDefault();
    if (text.value.trim() && await keep({ text: text.value })) text.value = "";
  } }, text, el("button", { class: "small", disabled: !writable }, "Add the note"));
  show(there);
  return el("section", { class: "noted", "aria-label": "Notes and marks" }, el("h3", {}, "Notes and marks"),
    writable ? null : el("p", { class: "message small" }, "This case is on a read-only medium or belongs to somebody else: copy it to a folder of yours to write notes."),
    el("div", { class: "row", role: "group", "aria-label": "Mark" }, buttons), list, form, told);
}

export function note(n) {
  if (n.damaged) return el("p", { class: "small soft" }, `Line ${n.line} of notes.jsonl is no note.`);
  const said = n.text ? bdi(n.text, { class: "pre" }) : el("strong", {}, n.mark ? `marked “${n.mark}”` : "mark taken away");
  return el("p", { class: "note" }, el("span", { class: "small soft" }, moment(n.time), " · ", bdi(n.by || "no name given")), el("br"), said);
}
