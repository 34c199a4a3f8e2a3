// A question in SQL. The server refuses what does more than read, and says why.

import { ask, send } from "./api.js";
import { bdi, count, el, many, say, wrong } from "./dom.js";

const SAMPLES = {
  "Findings": "SELECT level, stage, title, first_seen FROM findings ORDER BY first_seen",
  "Rows in each table of the timeline": 'SELECT "table", count(*) AS events, min(time) AS first, max(time) AS last\nFROM timeline GROUP BY ALL ORDER BY events DESC',
  "Files that could not be read": "SELECT status, reason, path FROM ledger\nWHERE status NOT IN ('parsed', 'not wanted')",
  "Values that rows hold": "SELECT kind, value, count, first_seen FROM observables ORDER BY count DESC LIMIT 100",
};

export async function sql({ number }) {
  const { tables } = await ask(`/cases/${number}/tables`);
  const query = el("textarea", { class: "mono", rows: 7, spellcheck: "false", "aria-label": "Question in SQL", "data-search": true });
  query.value = sessionStorage.getItem("bridle-query") || SAMPLES.Findings;
  const answer = el("div", { "aria-live": "polite" });
  const run = el("button", { class: "primary" }, "Ask");
  const stop = el("button", { type: "button", hidden: true, onclick: () => send(`/cases/${number}/stop`, {}) }, "Stop");

  async function asked() {
    sessionStorage.setItem("bridle-query", query.value);
    run.disabled = true;
    stop.hidden = false;
    answer.replaceChildren(el("p", { class: "soft" }, "Asking …"));
    try {
      const found = await send(`/cases/${number}/sql`, { query: query.value });
      answer.replaceChildren(table(found));
      say(many(found.rows.length, "row"));
    } catch (error) { answer.replaceChildren(wrong(error)); }
    run.disabled = false;
    stop.hidden = true;
  }

  query.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); asked(); } });
  const put = (text) => { query.setRangeText(text, query.selectionStart, query.selectionEnd, "end"); query.focus(); };
  const samples = el("select", { "aria-label": "Questions to begin with", onchange: (e) => { if (e.target.value) query.value = SAMPLES[e.target.value]; } }, el("option", { value: "" }, "Begin with …"), Object.keys(SAMPLES).map((s) => el("option", {}, s)));
  return [el("h1", {}, "SQL"), el("p", { class: "soft" }, "One question at a time, for 20 seconds and 1,000 rows at most. It reads this case and nothing else, and cannot change it."),
    el("div", { class: "asking" },
      el("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); asked(); } }, query, el("div", { class: "row" }, run, stop, el("span", { class: "small soft" }, el("kbd", {}, "Ctrl"), " ", el("kbd", {}, "Enter")), samples)),
      el("details", { class: "card tables", open: innerWidth > 900 }, el("summary", {}, many(tables.length + 3, "table")), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Tables" }, ["findings", "timeline", "processes"].map((n) => el("p", {}, el("button", { type: "button", class: "plain small mono", onclick: () => put(n) }, n))), tables.map((t) => known(t, put))))),
    answer];
}

function known(t, put) {
  return el("details", {}, el("summary", {}, el("span", { class: "mono small" }, t.name), " ", el("span", { class: "soft small" }, count(t.rows))),
    el("p", { class: "columns-of small" }, el("button", { type: "button", class: "small", onclick: () => put(`"${t.name}"`) }, "Name it"), t.columns.map((c) => el("button", { type: "button", class: "plain mono small", title: c.type, onclick: () => put(c.name) }, c.name))));
}

function table(found) {
  const right = found.types.map((t) => /int|double|float|decimal/.test(t));
  const cell = (v, n) => el("td", { class: `mono pre${right[n] ? " right" : ""}` }, v === null ? el("span", { class: "soft" }, "null") : bdi(typeof v === "object" ? JSON.stringify(v) : String(v)));
  return el("div", { class: "card" }, el("p", { class: "small soft" }, `${found.more ? "The first " : ""}${many(found.rows.length, "row")} in ${found.seconds} seconds`),
    el("div", { class: "scroll answer", tabindex: "0", role: "region", "aria-label": "The answer" }, el("table", { class: "small" },
      el("thead", {}, el("tr", {}, found.columns.map((c, n) => el("th", { scope: "col", class: right[n] ? "right" : null, title: found.types[n] }, c)))),
      el("tbody", {}, found.rows.map((r) => el("tr", {}, r.map(cell)))))));
}
