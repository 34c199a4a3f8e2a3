// Elements made of text, never of markup; numbers and times in words. Nothing of the evidence is ever parsed as HTML.

export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false).map((c) => (c instanceof Node ? c : String(c))));
  return made;
}

export const bdi = (text, given = {}) => el("bdi", given, text ?? "");

export const count = (n) => Number(n ?? 0).toLocaleString("en-GB");

export const many = (n, one, more = `${one}s`) => `${count(n)} ${n === 1 ? one : more}`;

// "2021-05-14T09:38:48.60806Z" as "2021-05-14 09:38:48.608"; a time that is not UTC says whose it is.
export function moment(text, { digits = 3, zone = true } = {}) {
  if (!text) return "no time";
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z?)$/.exec(text);
  if (!found) return text;
  const fraction = digits && found[3] ? `.${found[3].padEnd(digits, "0").slice(0, digits)}` : "";
  return `${found[1]} ${found[2]}${fraction}${zone ? (found[4] ? " UTC" : " by its clock") : ""}`;
}

export const badge = (level, text = level) => el("span", { class: `badge ${level}` }, el("span", { class: "dot", "aria-hidden": "true" }), text);

export const tag = (text, title) => el("span", { class: "badge tag", title }, text);

export const brief = (digest) => (digest ? el("span", { class: "mono", title: digest }, `${digest.slice(0, 12)}…`) : el("span", { class: "soft" }, "not hashed"));

export function wrong(error) {
  return el("p", { class: "message wrong", role: "alert" }, error instanceof Error ? error.message : String(error));
}

export function say(sentence) {
  document.getElementById("status").textContent = sentence;
}

export function link(to, ...children) {
  return el("a", { href: to }, ...children);
}

// Shares of a whole as one bar with its words beside it: [[name, count, class]].
export function shares(parts, label) {
  const whole = parts.reduce((sum, [, n]) => sum + n, 0) || 1;
  const bar = el("div", { class: "shares", role: "img", "aria-label": `${label}: ${parts.map(([name, n]) => `${count(n)} ${name}`).join(", ")}` });
  for (const [, n, kind] of parts) {
    const part = el("span", { class: kind });
    part.style.flexGrow = String(n / whole);
    if (n) bar.append(part);
  }
  const words = parts.map(([name, n, kind]) => el("span", { class: "share-word" }, el("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), `${count(n)} ${name}`));
  return el("div", {}, bar, el("div", { class: "row small soft" }, words));
}

export function later(wait, work) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}
