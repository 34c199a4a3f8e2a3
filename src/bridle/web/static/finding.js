// One finding: what it says, what else could explain it, the steps of a chain, and every row it rests on.

import { ask } from "./api.js";
import { badge, bdi, brief, count, el, link, many, moment, tag, wrong } from "./dom.js";
import { notes } from "./notes.js";

export async function finding(number, id, shared, about) {
  const f = await ask(`/cases/${number}/findings/${encodeURIComponent(id)}`);
  const restricted = f.indicator?.tlp && !/CLEAR|WHITE/i.test(f.indicator.tlp);
  return el("article", { class: `finding level ${f.level}` },
    el("p", { class: "row small" }, badge(f.level), el("span", { class: "soft" }, f.stage), f.surfaces?.length ? el("span", { class: "soft" }, `seen as ${f.surfaces.join(", ")}`) : null,
      f.acquisition_related ? tag("consistent with the acquisition") : null, restricted ? tag(f.indicator.tlp, "Not to be passed on beyond this marking") : null),
    el("h2", { tabindex: "-1" }, f.title),
    el("p", { class: "wrap" }, bdi(f.message)),
    el("p", { class: "small soft" }, moment(f.first_seen), f.last_seen && f.last_seen !== f.first_seen ? ` to ${moment(f.last_seen)}` : "", ` · ${many(f.count, "row")} · rule `, el("code", {}, f.rule)),
    f.held ? el("p", { class: "message small" }, el("strong", {}, `Held to be ${f.held.disposition}`), f.held.reason ? [": ", bdi(f.held.reason)] : "") : null,
    f.legs?.length ? chain(number, f) : null,
    el("h3", {}, "Why this matters"), el("p", { class: "wrap" }, f.explanation),
    el("h3", {}, "What else could explain it"), el("ul", {}, (f.false_positives ?? []).map((p) => el("li", {}, p))),
    tested(f), grading(f), near(number, f),
    el("h3", {}, "Evidence"), evidence(number, f),
    f.references.length ? [el("h3", {}, "Sources"), el("ul", { class: "small" }, f.references.map((r) => el("li", { class: "wrap" }, r.link ? el("a", { href: r.link, rel: "noopener noreferrer", target: "_blank" }, r.link) : r.text)))] : null,
    f.evidence_query ? el("details", {}, el("summary", {}, "The question in SQL that returns all rows"), el("pre", { class: "pre small" }, f.evidence_query)) : null,
    notes(number, { finding: id }, f.notes, shared.marks, about.writable),
  );
}

function chain(number, f) {
  const steps = f.legs.map((leg) => el("li", { class: "level" },
    el("span", { class: "mono small nowrap" }, leg.time ? moment(leg.time) : "no time"),
    el("span", {}, el("span", { class: "small soft" }, leg.stage), el("br"),
      leg.finding && leg.finding !== f.id && f.titles[leg.finding] ? link(`#/c/${number}/findings/${leg.finding}`, leg.name) : leg.name)));
  return [el("h3", {}, "The steps, in the order of time"), el("ol", { class: "plain chain" }, steps)];
}

function tested(f) {
  if (!f.tested?.length) return null;
  return [el("h3", {}, "Benign explanations that the records were asked about"),
    el("ul", { class: "small" }, f.tested.map((t) => el("li", {}, el("strong", {}, `${t.outcome}: `), t.explanation, t.why ? el("span", { class: "soft" }, ` (${t.why})`) : null)))];
}

function grading(f) {
  const named = (role) => f.attribution?.[role] && [el("dt", {}, role), el("dd", {}, `${f.attribution[role].name}, with ${f.attribution[role].confidence} confidence: ${f.attribution[role].basis}`)];
  const indicator = f.indicator && [el("dt", {}, "Indicator"), el("dd", {}, bdi(f.indicator.value, { class: "mono" }), ` (${f.indicator.kind}) from ${f.indicator.feeds.join(", ")}`, f.indicator.campaigns?.length ? `, published for ${f.indicator.campaigns.join(", ")}` : "")];
  return el("dl", { class: "facts small" }, indicator,
    f.confidence ? [el("dt", {}, "Confidence"), el("dd", {}, f.confidence)] : null, named("product"), named("operator"),
    f.forgers ? [el("dt", {}, "Could be forged"), el("dd", {}, String(f.forgers))] : null,
    f.attack?.length ? [el("dt", {}, "ATT&CK"), el("dd", {}, f.attack.join(", "))] : null);
}

function near(number, f) {
  const some = (f.corroborated_by ?? []).filter((i) => f.titles[i]);
  if (!some.length) return el("p", { class: "small soft" }, "Nothing else in this case stands near it in time: it rests on this evidence alone.");
  return [el("h3", {}, "Near it in time, in other files"), el("ul", { class: "small" }, some.map((i) => el("li", {}, link(`#/c/${number}/findings/${i}`, f.titles[i]))))];
}

function evidence(number, f) {
  const body = el("tbody");
  const more = el("button", { type: "button" });
  const fill = (rows) => body.append(...rows.map((e) => row(number, f.id, e)));
  const left = () => {
    more.hidden = body.childElementCount >= f.listed;
    more.textContent = `Show more of ${count(f.listed)}`;
  };
  more.addEventListener("click", async () => {
    try {
      fill((await ask(`/cases/${number}/findings/${encodeURIComponent(f.id)}`, { first: body.childElementCount })).evidence);
    } catch (error) { more.before(wrong(error)); }
    left();
  });
  fill(f.evidence);
  left();
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Evidence" },
    el("table", { class: "evidence" }, el("thead", {}, el("tr", {}, ["Time", "Record", "File on the device, and place in it", "SHA-256", ""].map((h) => el("th", { scope: "col" }, h || el("span", { class: "out" }, "Open"))))), body), more);
}

function row(number, id, e) {
  const place = el("td", { class: "nowrap" });
  const open = (to) => async () => {
    try {
      const { table, number: at } = await ask(`/cases/${number}/cited`, { finding: id, evidence: e.index });
      location.hash = await to(table, at);
    } catch (error) { place.replaceChildren(wrong(error)); }
  };
  const raw = open((table, at) => `#/c/${number}/row/${encodeURIComponent(table)}/${at}`);
  const time = open(async (table, at) => {
    const { times } = await ask(`/cases/${number}/row`, { table, number: at });
    const found = times.find((t) => t.time === e.time) ?? times[0];
    return found ? `#/c/${number}/timeline?at=${found.place}` : `#/c/${number}/row/${encodeURIComponent(table)}/${at}`;
  });
  place.append(el("button", { type: "button", class: "small", onclick: raw }, "Row"), " ", e.time ? el("button", { type: "button", class: "small", onclick: time }, "In time") : "");
  const values = Object.entries(e.values).slice(0, 8).map(([name, value]) => el("span", { class: "value" }, el("span", { class: "soft" }, `${name} `), bdi(String(value), { class: "mono" })));
  return el("tr", {}, el("td", { class: "mono" }, e.time ? moment(e.time) : ""), el("td", { class: "wrap" }, el("code", {}, e.table), el("div", { class: "values small" }, values)),
    el("td", { class: "wrap mono" }, bdi(e.path), el("br"), bdi(e.locator, { class: "soft" })), el("td", {}, brief(e.sha256)), place);
}
