"use strict";
/* Draws the rows of the table of times on one axis, to scale. What it knows it reads from that table and from the table of
   coverage; without it the page is whole. It sends nothing and keeps nothing. */
(() => {
  const byId = (id) => document.getElementById(id);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  const table = byId("times"), explorer = byId("explorer");
  if (!table || !explorer) return;
  const canvas = explorer.querySelector("canvas"), pen = canvas.getContext("2d"), state = byId("explorer-state");
  if (!pen) return;
  const LEVELS = ["informational", "low", "medium", "high", "critical"];
  const STAGES = ["targeting", "exploitation", "execution", "exfiltration", "tampering", "exposure"];
  const HEIGHTS = [6, 9, 12, 15, 18];
  const LANE = 24, AXIS = 34, PAD = 8, SHORTEST = 1;
  const base = Number(table.dataset.base), unit = Number(table.dataset.unit);

  /* One entry for each (finding, artifact, time): [time, rows, finding]. */
  const findings = [], rows = [];
  for (const line of table.tBodies[0].rows) {
    const cells = line.cells;
    const finding = { line, number: Number(cells[0].textContent), title: cells[2].textContent,
      level: LEVELS.indexOf(cells[3].textContent), stage: cells[4].textContent };
    findings.push(finding);
    for (const part of line.dataset.steps.split(";")) {
      const [artifact, ...steps] = part.split(" ");
      let at = 0;
      for (const step of steps) {
        const [apart, count] = step.split("*");
        at += parseInt(apart, 36);
        rows.push({ time: base + at * unit, count: Number(count || 1), artifact, finding });
      }
    }
  }
  rows.sort((a, b) => a.time - b.time || a.finding.number - b.finding.number);
  const spans = new Map();
  for (const line of document.querySelectorAll("tr[data-artifact]"))
    spans.set(line.dataset.artifact, [Number(line.dataset.first), Number(line.dataset.last)]);
  const artifacts = [...new Set(rows.map((r) => r.artifact))].sort();

  /* What is asked for. */
  const asked = { levels: new Set(), stages: new Set(), artifact: "" };
  const wanted = (r) => asked.levels.has(r.finding.level) && asked.stages.has(r.finding.stage) &&
    (!asked.artifact || r.artifact === asked.artifact);
  let shown = rows, lanes = artifacts, chosen = null;
  const whole = framed(rows);
  const atFirst = framed(rows.filter((r) => r.time >= Number(table.dataset.first) && r.time <= Number(table.dataset.last)));
  let view = [...atFirst];

  /* What the logs reach, so that one odd time years away does not press all others together. */
  function framed(some) {
    if (!some.length) return framed(rows);
    const from = some[0].time, to = some[some.length - 1].time + unit, beside = Math.max((to - from) * 0.03, 30);
    return [from - beside, to + beside];
  }

  function filter() {
    shown = rows.filter(wanted);
    const used = new Set(shown.map((r) => r.artifact));
    lanes = artifacts.filter((a) => used.has(a));
    const kept = new Set(shown.map((r) => r.finding));
    for (const f of findings) f.line.hidden = !kept.has(f);
    if (chosen && !wanted(chosen)) chosen = null;
    draw();
    tell();
  }

  function tick(set, value, label, into) {
    const box = document.createElement("input"), name = document.createElement("label");
    box.type = "checkbox";
    box.checked = true;
    set.add(value);
    box.addEventListener("change", () => { if (box.checked) set.add(value); else set.delete(value); filter(); });
    name.append(box, " " + label);
    into.append(name);
  }

  /* Drawing. */
  const width = () => canvas.clientWidth || 900;
  const left = () => Math.min(210, width() * 0.34);
  const x = (time) => left() + (time - view[0]) / (view[1] - view[0]) * (width() - left() - PAD);
  const timeAt = (px) => view[0] + (px - left()) / (width() - left() - PAD) * (view[1] - view[0]);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  function draw() {
    const w = width(), h = lanes.length * LANE + AXIS + PAD, scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(w * scale);
    canvas.height = Math.round(h * scale);
    canvas.style.height = h + "px";
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = colour("paper");
    pen.fillRect(0, 0, w, h);
    drawAxis(w, h);
    lanes.forEach(drawLane);
    const colours = LEVELS.map(colour);
    for (let level = 0; level < LEVELS.length; level++) {
      pen.fillStyle = colours[level];
      for (const r of shown) if (r.finding.level === level) drawRow(r, w);
    }
    if (chosen) drawChosen(chosen, w);
  }

  function drawLane(artifact, n) {
    const y = PAD + n * LANE, w = width(), span = spans.get(artifact);
    if (span) {
      const from = Math.max(x(span[0]), left()), to = Math.min(Math.max(x(span[1]), from + 2), w - PAD);
      pen.fillStyle = colour("band");
      if (to > from) pen.fillRect(from, y + 2, to - from, LANE - 4);
    }
    pen.fillStyle = colour("line");
    pen.fillRect(left(), y + LANE - 1, w - left() - PAD, 1);
    pen.fillStyle = colour("ink");
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.fillText(fitted(artifact, left() - 2 * PAD), PAD, y + LANE - 8);
  }

  function fitted(text, room) {
    let cut = text;
    while (cut.length > 4 && pen.measureText(cut).width > room) cut = cut.slice(0, -2);
    return cut === text ? text : cut + "…";
  }

  const laneOf = (r) => lanes.indexOf(r.artifact);

  function drawRow(r, w) {
    const px = x(r.time);
    if (px < left() || px > w - PAD) return;
    const tall = HEIGHTS[r.finding.level], wide = Math.min(1.5 + Math.log2(r.count), 6);
    pen.fillRect(px - wide / 2, PAD + laneOf(r) * LANE + LANE - 2 - tall, wide, tall);
  }

  function drawChosen(r, w) {
    const px = x(r.time), y = PAD + laneOf(r) * LANE;
    if (px < left() || px > w - PAD) return;
    pen.strokeStyle = colour("accent");
    pen.lineWidth = 2;
    pen.strokeRect(px - 5, y + 1, 10, LANE - 2);
    pen.fillStyle = colour("ink");
    pen.font = "bold 12px system-ui, sans-serif";
    pen.textAlign = px > w - 60 ? "right" : "left";
    pen.fillText("№ " + r.finding.number, px + (px > w - 60 ? -9 : 9), y + 13);
  }

  const STEPS = [1, 5, 15, 60, 300, 900, 3600, 10800, 43200, 86400, 604800, 2629800, 7889400, 31557600, 157788000];
  const iso = (time) => { const d = new Date(time * 1000); return isNaN(d) ? "" : d.toISOString(); };

  function drawAxis(w, h) {
    const room = Math.max(2, Math.floor((w - left()) / 90));
    const step = STEPS.find((s) => (view[1] - view[0]) / s <= room) || STEPS[STEPS.length - 1] * 4;
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "center";
    let day = "", before = -Infinity;
    for (let t = Math.ceil(view[0] / step) * step; t < view[1]; t += step) {
      const px = x(t), text = iso(t);
      pen.fillStyle = colour("line");
      pen.fillRect(px, PAD, 1, h - AXIS - PAD);
      pen.fillStyle = colour("soft");
      const middle = Math.min(Math.max(px, left() + 32), w - 40);
      if (middle - before < 66) continue;
      before = middle;
      if (step < 86400) pen.fillText(text.slice(11, step < 60 ? 19 : 16), middle, h - 18);
      if (text.slice(0, 10) !== day) pen.fillText(text.slice(0, 10), middle, step < 86400 ? h - 4 : h - 18);
      day = text.slice(0, 10);
    }
  }

  /* Words: what a screen reader says, and everybody reads. */
  function tell() {
    const from = iso(view[0]).slice(0, 19).replace("T", " "), to = iso(view[1]).slice(0, 19).replace("T", " ");
    const count = (some) => some.reduce((n, r) => n + r.count, 0);
    let words = count(shown.filter(inView)) + " of " + count(rows) + " rows of evidence in view, " + from + " to " + to + " UTC.";
    if (chosen) {
      words += " Row chosen: " + iso(chosen.time).slice(0, 19).replace("T", " ") + ", " + chosen.artifact +
        (chosen.count > 1 ? ", " + chosen.count + " rows" : "") + ", finding " + chosen.finding.number + ", " +
        LEVELS[chosen.finding.level] + ": " + chosen.finding.title + ".";
    }
    state.textContent = words;
  }

  /* Moving. */
  function look(from, to) {
    const most = whole[1] - whole[0], span = Math.min(Math.max(to - from, SHORTEST), most);
    const start = Math.min(Math.max((from + to - span) / 2, whole[0]), whole[1] - span);
    view = [start, start + span];
    draw();
    tell();
  }
  function zoom(by, around) {
    const at = around === undefined ? (chosen && inView(chosen) ? chosen.time : (view[0] + view[1]) / 2) : around;
    look(at - (at - view[0]) * by, at + (view[1] - at) * by);
  }
  const move = (share) => { const by = (view[1] - view[0]) * share; look(view[0] + by, view[1] + by); };
  const inView = (r) => r.time >= view[0] && r.time <= view[1];

  function choose(r) {
    chosen = r;
    if (r && !inView(r)) { const half = (view[1] - view[0]) / 2; look(r.time - half, r.time + half); } else { draw(); tell(); }
  }
  function step(by) {
    if (!shown.length) return;
    const at = chosen ? shown.indexOf(chosen) + by : shown.findIndex(inView);
    choose(shown[Math.min(Math.max(at, 0), shown.length - 1)]);
  }
  function open() {
    if (!chosen) return;
    const article = byId("finding-" + chosen.finding.number);
    for (let d = article && article.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    location.hash = "finding-" + chosen.finding.number;
  }
  const KEYS = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25),
    Home: () => look(whole[0], whole[1]), n: () => step(1), p: () => step(-1), Enter: open,
  };
  canvas.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || !Object.hasOwn(KEYS, e.key)) return;
    e.preventDefault();
    KEYS[e.key]();
  });
  explorer.querySelectorAll("button").forEach((b) => b.addEventListener("click", () => KEYS[b.dataset.key]()));
  canvas.addEventListener("wheel", (e) => {
    if (!e.ctrlKey && document.activeElement !== canvas) return;
    e.preventDefault();
    zoom(e.deltaY > 0 ? 1.25 : 0.8, timeAt(e.offsetX));
  }, { passive: false });

  /* The pointer: a click chooses the nearest row, a drag moves. */
  let held = null;
  function nearest(e) {
    const lane = lanes[Math.floor((e.offsetY - PAD) / LANE)];
    let best = null, apart = 8;
    for (const r of shown) {
      const far = Math.abs(x(r.time) - e.offsetX);
      if (r.artifact === lane && (far < apart || (far === apart && best && r.finding.level > best.finding.level))) {
        best = r;
        apart = far;
      }
    }
    return best;
  }
  canvas.addEventListener("pointerdown", (e) => { held = { x: e.offsetX, view: [...view], moved: false }; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener("pointermove", (e) => {
    if (!held) { canvas.style.cursor = nearest(e) ? "pointer" : "grab"; return; }
    if (Math.abs(e.offsetX - held.x) > 4) held.moved = true;
    const by = (held.x - e.offsetX) / (width() - left() - PAD) * (held.view[1] - held.view[0]);
    if (held.moved) look(held.view[0] + by, held.view[1] + by);
  });
  canvas.addEventListener("pointerup", (e) => { if (held && !held.moved) choose(nearest(e)); held = null; });
  canvas.addEventListener("pointercancel", () => { held = null; });
  canvas.addEventListener("dblclick", open);

  for (const level of LEVELS.map((_, n) => n).reverse())
    if (findings.some((f) => f.level === level)) tick(asked.levels, level, LEVELS[level], byId("levels"));
  const stages = [...new Set(findings.map((f) => f.stage))];
  for (const stage of stages.sort((a, b) => STAGES.indexOf(a) - STAGES.indexOf(b))) tick(asked.stages, stage, stage, byId("stages"));
  for (const artifact of artifacts) byId("artifact").append(new Option(artifact, artifact));
  byId("artifact").addEventListener("change", (e) => { asked.artifact = e.target.value; filter(); });
  explorer.hidden = false;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(draw).observe(explorer);
  filter();
})();
