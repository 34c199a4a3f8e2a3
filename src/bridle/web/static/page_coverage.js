// What was examined, what only in part, what not at all: the part of an answer that is not seen.

import { ask } from "./api.js";
import { count, el, many, moment, shares } from "./dom.js";
import { later } from "./dom.js";

const KINDS = { examined: "full", partly: "half", "not examined": "none" };

export async function coverage({ number }) {
  const c = await ask(`/cases/${number}/coverage`);
  const words = el("input", { type: "search", placeholder: "Filter by name or reason  /", "aria-label": "Filter by name or reason", "data-search": true });
  const status = el("select", { "aria-label": "Status" }, el("option", { value: "" }, "Status: any"), Object.keys(KINDS).map((k) => el("option", {}, k)));
  const parts = [list("Artifacts", c.artifacts), list("Rules", c.rules)];
  const filter = () => parts.forEach((p) => p.filter(words.value.trim().toLowerCase(), status.value));
  words.addEventListener("input", later(80, filter));
  status.addEventListener("input", filter);
  return [el("h1", {}, "Coverage"), el("p", { class: "soft" }, "What was not examined can hide anything. A rule whose table is missing could not run; that is no “no match”."),
    el("p", {}, c.horizon?.first ? `Records carry times from ${moment(c.horizon.first, { digits: 0 })} to ${moment(c.horizon.last, { digits: 0 })}. Nothing is said of other times.` : "No record carries a time."),
    c.problems.length ? el("div", { class: "message wrong" }, el("strong", {}, "Only in part"), el("ul", {}, c.problems.slice(0, 50).map((p) => el("li", { class: "wrap" }, p)))) : null,
    el("div", { class: "two" }, parts.map((p) => p.picture)), el("div", { class: "row filters" }, el("span", { class: "grow" }, words), status),
    ...parts.map((p) => p.element), ledger(c)];
}

function list(title, entries) {
  const all = Object.entries(entries ?? {});
  const n = (k) => all.filter(([, e]) => e.status === k).length;
  const picture = el("div", { class: "card" }, el("h2", {}, title), shares(Object.entries(KINDS).map(([name, kind]) => [name, n(name), kind]), title));
  const body = el("tbody");
  const told = el("span", { class: "soft small" });
  const filter = (wanted, status) => {
    const some = all.filter(([name, e]) => (!status || e.status === status) && (!wanted || `${name} ${e.why ?? ""}`.toLowerCase().includes(wanted)));
    told.textContent = ` ${some.length} of ${all.length}`;
    body.replaceChildren(...some.map(([name, e]) => el("tr", {}, el("th", { scope: "row", class: "mono wrap" }, name), el("td", { class: "nowrap" }, el("span", { class: `swatch ${KINDS[e.status]}`, "aria-hidden": "true" }), e.status),
      el("td", {}, e.why ?? "", e.files_not_read ? ` (${many(e.files_not_read, "file")} not read)` : ""), el("td", { class: "right" }, e.rows === undefined ? "" : count(e.rows)), el("td", { class: "right" }, e.gaps ? count(e.gaps) : ""),
      el("td", { class: "small soft mono" }, e.first ? `${e.first.slice(0, 10)} … ${e.last.slice(0, 10)}` : ""))));
  };
  filter("", "");
  const element = el("section", { "aria-label": title }, el("h2", {}, title, told), el("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": `${title}, one by one` }, el("table", { class: "small" },
    el("thead", {}, el("tr", {}, ["Name", "Status", "Why", "Rows", "Gaps", "From and to"].map((h, i) => el("th", { scope: "col", class: i === 3 || i === 4 ? "right" : null }, h)))), body)));
  return { picture, element, filter };
}

function ledger(c) {
  return el("section", { "aria-label": "Files" }, el("h2", {}, "Files"), el("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": "Files, counted" }, el("table", { class: "small" },
    el("thead", {}, el("tr", {}, ["Artifact", "What became of them", "Reason", "Files", "Rows", "Gaps"].map((h, i) => el("th", { scope: "col", class: i > 2 ? "right" : null }, h)))),
    el("tbody", {}, c.ledger.map((l) => el("tr", {}, el("td", { class: "mono wrap" }, l.artifact || "none"), el("td", {}, `${l.status}: ${c.words[l.status] ?? ""}`), el("td", { class: "wrap" }, l.reason), el("td", { class: "right" }, count(l.files)), el("td", { class: "right" }, count(l.rows)), el("td", { class: "right" }, count(l.gaps))))))));
}
