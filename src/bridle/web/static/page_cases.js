// The list of cases: what each says, from when to when, and how much was examined.

import { badge, bdi, el, link, many, moment, shares, tag } from "./dom.js";

export async function cases({ shared }) {
  const list = el("ul", { class: "plain cases" }, shared.cases.map((c) => el("li", {}, card(c, shared))));
  const more = shared.cases.length > 1 ? el("p", {}, link("#/c/0/compare", "Compare two cases")) : null;
  return [el("h1", {}, shared.cases.length === 1 ? "The case" : many(shared.cases.length, "case")), list, more];
}

function card(c, shared) {
  const levels = shared.levels.filter((l) => c.levels[l]);
  const { artifacts } = c.coverage;
  return el("article", { class: "card case", "aria-labelledby": `case-${c.number}` },
    el("p", { class: "small soft row" }, bdi(c.name, { class: "mono" }), c.synthetic && tag("synthetic", "Made by bridle phantom: no real device"),
      c.consent === "none" && tag("no consent recorded", "Commands that share this case refuse it"), tag(c.sealed ? "sealed" : "not sealed", c.sealed ? "`bridle verify` says whether the seal holds" : null),
      tag(c.signed_off.complete ? `signed off by ${c.signed_off.analyst}, read by ${c.signed_off.second_reader}` : "not signed off")),
    el("h2", { id: `case-${c.number}`, class: "verdict" }, link(`#/c/${c.number}/findings`, sentence(c.verdict.text))),
    el("p", { class: "row" }, levels.length ? levels.map((l) => badge(l, `${c.levels[l]} ${l}`)) : "No rule and no indicator matched in what was examined."),
    el("p", { class: "small" }, c.verdict.why),
    el("dl", { class: "facts small" },
      el("dt", {}, "Device"), el("dd", {}, bdi(c.model || "model not recorded"), ", ", bdi(c.os_version || "version not recorded")),
      c.identity.map(([key, value]) => [el("dt", {}, key.replaceAll("_", " ")), el("dd", {}, bdi(value))]),
      el("dt", {}, "Sources"), el("dd", {}, c.sources.map((s, n) => [n ? ", " : "", bdi(s.label), ` (${s.kind})`])),
      el("dt", {}, "Log horizon"), el("dd", {}, c.horizon.first ? `${moment(c.horizon.first, { digits: 0 })} to ${moment(c.horizon.last, { digits: 0 })}` : "no record carries a time"),
      el("dt", {}, "Records"), el("dd", {}, `${many(c.rows, "row")}, ${many(c.gaps, "gap")}`, c.problems ? `, ${many(c.problems, "problem")}` : "")),
    shares([["artifacts examined", artifacts.examined, "full"], ["in part", artifacts.partly, "half"], ["not examined", artifacts["not examined"], "none"]], "Artifacts"),
    el("p", { class: "row small" }, ["timeline", "coverage", "search"].map((p) => link(`#/c/${c.number}/${p}`, p === "timeline" ? "Timeline" : p === "coverage" ? "What was not examined" : "Search"))),
  );
}

export const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
