// Findings: a list to filter, and beside it the one that is looked at.

import { ask } from "./api.js";
import { badge, bdi, el, later, many, moment, say, tag } from "./dom.js";
import { rove } from "./keys.js";
import { finding } from "./finding.js";
import { sentence } from "./page_cases.js";

const FILTERS = "bridle-filters";

export async function findings({ number, rest, about, shared, here, onLeave }) {
  const { findings: all } = await ask(`/cases/${number}/findings`);
  if (!here()) return null;
  const chosen = rest[0] ?? null;
  const kept = JSON.parse(sessionStorage.getItem(FILTERS) || "{}");
  const list = el("ul", { class: "plain items", "aria-label": "Findings", "data-rove": true });
  const told = el("p", { class: "small soft", role: "status" });
  const words = el("input", { type: "search", placeholder: "Filter by text  /", "aria-label": "Filter findings by text", "data-search": true });
  const level = pick("Level", shared.levels.filter((l) => all.some((f) => f.level === l)));
  const stage = pick("Stage", shared.stages.filter((s) => all.some((f) => f.stage === s)));
  const table = pick("Table", [...new Set(all.flatMap((f) => f.tables))].sort());
  words.value = kept.words ?? "";
  for (const [field, name] of [[level, "level"], [stage, "stage"], [table, "table"]]) field.querySelector("select").value = kept[name] ?? "";
  const value = (field) => field.querySelector("select").value;
  const roving = { current: null };

  function filter() {
    const wanted = words.value.trim().toLowerCase();
    sessionStorage.setItem(FILTERS, JSON.stringify({ words: words.value, level: value(level), stage: value(stage), table: value(table) }));
    const some = all.filter((f) => (!value(level) || f.level === value(level)) && (!value(stage) || f.stage === value(stage))
      && (!value(table) || f.tables.includes(value(table)))
      && (!wanted || [f.title, f.rule, f.message, f.indicator?.value, ...f.tables].join("\n").toLowerCase().includes(wanted)));
    list.replaceChildren(...some.map((f) => el("li", {}, item(number, f, chosen))));
    told.textContent = some.length === all.length ? many(all.length, "finding") : `${some.length} of ${many(all.length, "finding")}`;
    roving.current?.first();
  }
  filter();
  roving.current = rove(list, "a.item");
  const soon = later(80, () => { filter(); say(told.textContent); });
  for (const field of [words, level, stage, table]) field.addEventListener("input", soon);

  const detail = el("section", { class: "detail", "aria-label": "The finding" });
  const escape = (event) => {
    if (event.key === "Escape" && chosen && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && !document.querySelector("dialog[open]")) location.hash = `#/c/${number}/findings`;
  };
  document.addEventListener("keydown", escape);
  onLeave(() => document.removeEventListener("keydown", escape));
  if (chosen) {
    detail.append(await finding(number, chosen, shared, about));
    requestAnimationFrame(() => {
      const current = list.querySelector("[aria-current]");
      if (matchMedia("(max-width: 900px)").matches || !current) {
        scrollTo(0, 0);
        detail.querySelector("h2").focus();
      } else {
        list.scrollTop = Math.max(0, current.offsetTop - list.offsetTop - 60);
        current.focus({ preventScroll: true });
      }
    });
  } else {
    detail.append(el("div", { class: "empty soft" }, el("p", {}, all.length ? "Choose a finding to see what it rests on." : "No rule and no indicator matched in what was examined. That is no statement about the device: see what was not examined under Coverage.")));
  }
  return [
    el("h1", {}, sentence(about.verdict.text)), el("p", { class: "soft" }, about.verdict.why),
    el("div", { class: `pair${chosen ? " chosen" : ""}` },
      el("section", { class: "list", "aria-label": "Findings and filters" }, el("div", { class: "filters" }, words, level, stage, table), told, list), detail),
  ];
}

function pick(name, values) {
  return el("label", { class: "pick" }, el("span", { class: "out" }, name), el("select", {}, el("option", { value: "" }, `${name}: any`), values.map((v) => el("option", { value: v }, v))));
}

function item(number, f, chosen) {
  return el("a", { class: `item level ${f.level}${f.superseded_by ? " step" : ""}`, href: `#/c/${number}/findings/${f.id}`, "aria-current": f.id === chosen ? "true" : null },
    el("span", { class: "row small" }, badge(f.level), el("span", { class: "soft" }, f.stage), f.legs ? el("span", { class: "soft" }, `chain of ${f.legs}`) : null, f.held ? tag(f.held.disposition) : null),
    el("span", { class: "title" }, f.title),
    f.indicator ? bdi(f.indicator.value, { class: "mono small wrap" }) : null,
    el("span", { class: "small soft mono" }, f.first_seen ? moment(f.first_seen, { digits: 0 }) : "no time", ` · ${many(f.count, "row")}`));
}
