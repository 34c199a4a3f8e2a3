// A row on a page of its own.

import { el, link } from "./dom.js";
import { row } from "./row.js";

export async function rowPage({ number, rest, shared, about }) {
  const [table, at] = rest;
  const back = el("button", { type: "button", class: "small", onclick: () => history.back() }, "← Back");
  const wanted = Number(at);
  return [el("div", { class: "row" }, back, el("h1", {}, "The row as it is stored")), el("p", { class: "small" },
    wanted > 0 ? link(`#/c/${number}/row/${encodeURIComponent(table)}/${wanted - 1}`, "Previous row") : "", " ", link(`#/c/${number}/row/${encodeURIComponent(table)}/${wanted + 1}`, "Next row")),
  el("div", { class: "card" }, await row(number, table, wanted, shared, about))];
}
