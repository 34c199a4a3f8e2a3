// Two cases held against each other: what appeared, what disappeared, what is said differently.

import { ask } from "./api.js";
import { badge, bdi, count, el, link, many, moment, wrong } from "./dom.js";

export async function compare({ number, given, shared }) {
  if (shared.cases.length < 2) return [el("h1", {}, "Compare"), el("p", { class: "message" }, "Open two cases to compare them: ", el("code", {}, "bridle view case1 case2"))];
  const one = Number(given.one ?? 0), two = Number(given.two ?? (one === 0 ? 1 : 0));
  const choose = (name, value, label) => el("label", { class: "field" }, el("span", {}, label), el("select", { id: name, onchange: go }, shared.cases.map((c) => el("option", { value: c.number, selected: c.number === value }, c.name))));
  function go() {
    location.hash = `#/c/${number}/compare?one=${document.getElementById("one").value}&two=${document.getElementById("two").value}`;
  }
  const head = [el("h1", {}, "Compare"), el("p", { class: "soft" }, "Two acquisitions of one phone, or one case examined twice. What disappeared may have been removed, or not been collected: see the coverage below."),
    el("div", { class: "row" }, choose("one", one, "First"), el("span", { "aria-hidden": "true", class: "arrow" }, "→"), choose("two", two, "Second"))];
  let d;
  try {
    d = await ask("/compare", { one, two });
  } catch (error) { return [...head, wrong(error)]; }
  const f = d.findings;
  return [...head,
    el("div", { class: "tally" }, tally(f.new.length, "appeared"), tally(f.gone.length, "disappeared"), tally(f.changed.length, "changed"), tally(f.unchanged, "the same")),
    group("Findings that appeared", f.new, two), group("Findings that disappeared", f.gone, one), group("Findings that changed", f.changed, two),
    tables(d, one, two), other(d)];
}

const tally = (n, what) => el("div", { class: "card" }, el("strong", { class: "big" }, count(n)), el("span", { class: "soft" }, ` ${what}`));

function group(title, some, number) {
  if (!some.length) return null;
  return el("section", { "aria-label": title }, el("h2", {}, title), el("ul", { class: "plain items" }, some.map((f) => el("li", {}, el("a", { class: `item level ${f.level}`, href: `#/c/${number}/findings/${f.id}` },
    el("span", { class: "row small" }, f.level_before && f.level_before !== f.level ? [badge(f.level_before), "→"] : null, badge(f.level), el("span", { class: "soft" }, f.stage)),
    el("span", { class: "title" }, f.title), f.indicator ? bdi(f.indicator.value, { class: "mono small wrap" }) : null,
    el("span", { class: "small soft" }, moment(f.first_seen, { digits: 0 }), ` · ${many(f.count, "row")}`, f.fields ? ` · differs in ${f.fields.join(", ")}` : ""))))));
}

function tables(d, one, two) {
  if (!d.tables.length) return el("p", {}, "All tables hold the same rows.");
  const change = (t) => (t.first === null ? "new" : t.second === null ? "gone" : t.second === t.first ? "other values" : `${t.second > t.first ? "+" : "−"}${count(Math.abs(t.second - t.first))}`);
  return el("section", { "aria-label": "Tables" }, el("h2", {}, "Tables that differ"), el("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": "Tables that differ" }, el("table", { class: "small" },
    el("thead", {}, el("tr", {}, ["Table", `Rows in ${d.names[0]}`, `Rows in ${d.names[1]}`, "Change"].map((h, n) => el("th", { scope: "col", class: n ? "right" : null }, h)))),
    el("tbody", {}, d.tables.map((t) => el("tr", {}, el("td", { class: "wrap" }, el("span", { class: "mono" }, t.name), t.first !== null && t.second !== null ? rowsOf(d, one, two, t.name) : null), el("td", { class: "right" }, t.first === null ? "none" : count(t.first)), el("td", { class: "right" }, t.second === null ? "none" : count(t.second)), el("td", { class: "right" }, change(t))))))));
}

// The rows themselves, when they are asked for.
function rowsOf(d, one, two, table) {
  const body = el("div", { class: "stack" });
  const load = async () => {
    if (body.childElementCount) return;
    body.append(el("p", { class: "soft" }, "Comparing …"));
    try {
      const found = await ask("/compare/rows", { one, two, table });
      body.replaceChildren(side(`Only in ${d.names[1]}: appeared`, found.appeared), side(`Only in ${d.names[0]}: disappeared`, found.disappeared));
    } catch (error) { body.replaceChildren(wrong(error)); }
  };
  return el("details", { class: "small", ontoggle: load }, el("summary", {}, "Which rows"), body);
}

function side(title, some) {
  const more = some.count > some.rows.length ? el("p", { class: "soft" }, `The first ${count(some.rows.length)} of ${count(some.count)}`) : null;
  return el("div", {}, el("p", {}, el("strong", {}, title), ` · ${many(some.count, "row")}`), el("ul", { class: "plain" }, some.rows.map((r) => el("li", { class: "difference wrap" }, bdi(r.text), " ", bdi(r.locator ?? "", { class: "mono soft" })))), more);
}

function other(d) {
  const rows = ["artifacts", "rules"].flatMap((part) => d.coverage[part].map((c) => el("tr", {}, el("td", { class: "mono wrap" }, c.name), el("td", {}, c.first ?? "none"), el("td", {}, c.second ?? "none"))));
  const same = [["Rules", d.rules], ["Version of bridle", d.bridle]].filter(([, v]) => !v.same).map(([what, v]) => el("p", {}, `${what} differ: ${v.first.slice(0, 16)} and ${v.second.slice(0, 16)}. Findings may differ for that reason alone.`));
  const feeds = Object.entries(d.feeds).filter(([, names]) => names.length).map(([what, names]) => el("p", {}, `Feeds ${what}: ${names.join(", ")}`));
  return el("section", { "aria-label": "Coverage" }, el("h2", {}, "Examined differently"), same, feeds,
    rows.length ? el("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": "Coverage that differs" }, el("table", { class: "small" }, el("thead", {}, el("tr", {}, ["Artifact or rule", d.names[0], d.names[1]].map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, rows)))
      : el("p", {}, "The same artifacts and rules were examined, as far as they could be. ", link("#/c/0/coverage", "Coverage")));
}
