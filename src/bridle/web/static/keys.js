// Keys: one place in a list has the focus, j and k move it; single keys can be switched off.

const OFF = "bridle-single-keys-off";

export const singleKeys = {
  get on() { return localStorage.getItem(OFF) === null; },
  set on(value) { if (value) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1"); },
};

export const writes = (target) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) && target.type !== "checkbox";

export function step(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return null;
  if (event.key === "ArrowDown" || (event.key === "j" && singleKeys.on)) return 1;
  if (event.key === "ArrowUp" || (event.key === "k" && singleKeys.on)) return -1;
  if (event.key === "Home") return -Infinity;
  if (event.key === "End") return Infinity;
  return null;
}

// Makes the elements that match one stop of the Tab key; arrows, j and k, Home and End move between them.
export function rove(host, selector) {
  const items = () => [...host.querySelectorAll(selector)].filter((i) => i.offsetParent !== null);
  const choose = (item) => {
    for (const other of host.querySelectorAll(selector)) other.tabIndex = other === item ? 0 : -1;
  };
  const first = () => choose(host.querySelector(`${selector}[aria-current]`) ?? items()[0] ?? host.querySelector(selector));
  host.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) choose(item);
  });
  host.addEventListener("keydown", (event) => {
    const by = step(event);
    if (by === null || !event.target.closest(selector)) return;
    const all = items();
    const at = all.indexOf(event.target.closest(selector));
    const to = by === -Infinity ? 0 : by === Infinity ? all.length - 1 : Math.max(0, Math.min(all.length - 1, at + by));
    event.preventDefault();
    event.stopPropagation();
    all[to]?.focus();
  });
  first();
  return { first, focus: () => (host.querySelector(`${selector}[tabindex="0"]`) ?? items()[0])?.focus() };
}
