// The frame of the pages: session, address, navigation, keys, colours.

import { ask, exchange, NoSession } from "./api.js";
import { el, wrong } from "./dom.js";
import { singleKeys, writes } from "./keys.js";
import { cases } from "./page_cases.js";
import { compare } from "./page_compare.js";
import { coverage } from "./page_coverage.js";
import { findings } from "./page_findings.js";
import { notesPage } from "./page_notes.js";
import { rowPage } from "./page_row.js";
import { searchPage } from "./page_search.js";
import { sql } from "./page_sql.js";
import { timeline } from "./page_timeline.js";

const PAGES = {
  findings: [findings, "Findings", "f"], timeline: [timeline, "Timeline", "t"], search: [searchPage, "Search", "s"],
  sql: [sql, "SQL", "q"], coverage: [coverage, "Coverage", "v"], notes: [notesPage, "Notes", "n"], row: [rowPage],
  compare: [compare, "Compare", "d"],
};
const main = document.getElementById("main");
const select = document.getElementById("case");
const state = { shared: null, leave: null, number: 0, drawn: 0 };

// "#/c/0/timeline/more?at=5" as {page, number, rest, given}.
function place() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const given = Object.fromEntries(new URLSearchParams(query));
  if (parts[0] !== "c") return { page: "cases", number: state.number, rest: [], given };
  return { page: parts[2] ?? "findings", number: Number(parts[1]) || 0, rest: parts.slice(3), given };
}

function navigation(at) {
  const nav = document.getElementById("nav");
  const entries = [["cases", "Cases", "#/cases", "c"]];
  for (const [name, [, title, key]] of Object.entries(PAGES)) if (title) entries.push([name, title, `#/c/${at.number}/${name}`, key]);
  nav.replaceChildren(...entries.map(([name, title, to, key]) => el("a", {
    href: to, "aria-current": at.page === name ? "page" : null, title: `${title} (g ${key})`,
  }, title)));
  nav.querySelector("[aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
}

async function draw() {
  const at = place();
  const mine = ++state.drawn;
  state.number = at.number;
  state.leave?.();
  state.leave = null;
  navigation(at);
  select.value = String(at.number);
  document.getElementById("case-label").hidden = at.page === "cases" || state.shared.cases.length < 2;
  main.className = at.page === "timeline" ? "wide" : "";
  const page = at.page === "cases" ? cases : PAGES[at.page]?.[0];
  try {
    if (!page || !state.shared.cases[at.number]) throw new Error("there is no such page");
    const context = { ...at, shared: state.shared, about: state.shared.cases[at.number], here: () => mine === state.drawn, onLeave: (f) => { state.leave = f; } };
    const title = at.page === "cases" ? "Cases" : PAGES[at.page][1] ?? "Row";
    document.title = `${title} · ${at.page === "cases" ? "bridle" : `${context.about.name} · bridle`}`;
    const made = await page(context);
    if (mine === state.drawn && made) main.replaceChildren(...[made].flat(9).filter((part) => part instanceof Node));
  } catch (error) {
    if (error.name !== "AbortError" && mine === state.drawn) main.replaceChildren(error instanceof NoSession ? closed(error) : wrong(error));
  }
}

function closed(error) {
  return el("div", { class: "card stack" }, el("h1", {}, "This page is not open"), wrong(error),
    el("p", {}, "The address that ", el("code", {}, "bridle view"), " prints opens once, in one browser. End the command with Ctrl-C, start it again, and open the new address."));
}

const KEYS = [
  ["j k", "next and previous row; arrows do the same"], ["Enter", "open the row"], ["Escape", "close the row, or this"], ["/", "to the search of a page"],
  ["g c", "cases"], ["g f", "findings"], ["g t", "timeline"], ["g s", "search"], ["g q", "SQL"], ["g v", "coverage"], ["g d", "compare"], ["g n", "notes"], ["?", "this help"],
];

function help() {
  const dialog = document.getElementById("help");
  const off = el("input", { type: "checkbox", id: "single", onchange: (e) => { singleKeys.on = e.target.checked; } });
  off.checked = singleKeys.on;
  dialog.replaceChildren(
    el("h2", { id: "help-title" }, "Keys"),
    el("dl", { class: "facts" }, KEYS.map(([keys, what]) => [el("dt", {}, keys.split(" ").flatMap((k) => [el("kbd", {}, k), " "])), el("dd", {}, what)])),
    el("label", { class: "row" }, off, "Use single keys"),
    el("p", { class: "soft small" }, "Cases are only read. Notes and marks are kept in notes.jsonl, beside what is sealed. A finding is a lead with its evidence, not a diagnosis."),
    el("form", { method: "dialog" }, el("button", { class: "primary", autofocus: true }, "Close")),
  );
  dialog.showModal();
}

let waiting = false;
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("help").open) return;
  if (event.key === "Escape" && writes(event.target)) { event.preventDefault(); event.target.blur(); return; }
  if (writes(event.target) || !singleKeys.on) return;
  if (waiting) {
    waiting = false;
    const to = event.key === "c" ? "#/cases" : Object.entries(PAGES).find(([, p]) => p[2] === event.key);
    if (to) { event.preventDefault(); location.hash = typeof to === "string" ? to : `#/c/${state.number}/${to[0]}`; }
  } else if (event.key === "g") {
    waiting = true;
    setTimeout(() => { waiting = false; }, 1500);
  } else if (event.key === "?") help();
  else if (event.key === "/") {
    event.preventDefault();
    const field = main.querySelector("[data-search]");
    if (field) field.focus(); else location.hash = `#/c/${state.number}/search`;
  } else if ((event.key === "j" || event.key === "k") && (event.target === document.body || event.target === main)) {
    main.querySelector("[data-rove] [tabindex='0']")?.focus();
  }
}

const THEMES = [["auto", "◐", "as the system"], ["light", "☀", "light"], ["dark", "☾", "dark"]];
function colours(next = false) {
  const button = document.getElementById("theme");
  let at = Math.max(0, THEMES.findIndex(([name]) => name === localStorage.getItem("bridle-theme")));
  if (next) { at = (at + 1) % THEMES.length; localStorage.setItem("bridle-theme", THEMES[at][0]); }
  const [name, sign, words] = THEMES[at];
  const dark = name === "dark" || (name === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  button.textContent = sign;
  button.setAttribute("aria-label", `Colours: ${words}`);
  button.title = `Colours: ${words}`;
  dispatchEvent(new Event("bridle-colours"));
}

async function start() {
  colours();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colours());
  document.getElementById("theme").addEventListener("click", () => colours(true));
  document.getElementById("help-button").addEventListener("click", help);
  document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
  select.addEventListener("change", () => { location.hash = `#/c/${select.value}/${place().page === "row" ? "findings" : place().page}`; });
  const token = /^#([\w-]{40,})$/.exec(location.hash);
  try {
    if (token) {
      history.replaceState(null, "", "/");
      await exchange(token[1]);
    }
    state.shared = await ask("/cases");
  } catch (error) {
    main.replaceChildren(error instanceof NoSession ? closed(error) : wrong(error));
    return;
  }
  select.replaceChildren(...state.shared.cases.map((c) => el("option", { value: c.number }, c.name)));
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", () => { draw(); });
  if (!location.hash && state.shared.cases.length === 1) history.replaceState(null, "", "#/c/0/findings");
  await draw();
}

start();
