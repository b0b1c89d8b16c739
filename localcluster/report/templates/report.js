"use strict";
// Draws the maps when they come into view and answers clicks. Texts from the run reach the page
// through textContent only; the one place where plotly reads markup (map labels) is escaped.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rowsOnMap = data.mapRows || data.texts.map((_, i) => i);
  const SVG_MAX = 2500;        // SVG is crisp and prints well; beyond this WebGL draws faster
  const NO_WEBGL_MAX = 3000;   // points drawn without WebGL, so that the page stays usable
  const LABELS = 14;
  const PAGE = 50;
  const TIP_CHARS = 200;
  const sections = [...document.querySelectorAll(".criterion")];
  const picked = sections.map(() => null);
  const shown = sections.map(() => rowsOnMap);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const hasWebGL = (() => {
    try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; }
  })();
  const short = (text, limit) => (text.length > limit ? text.slice(0, limit).trimEnd() + "…" : text);
  const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
  // Pictures stand in the page on cards only; the map and the lists show them from there, beside their names.
  const pictures = new Map([...document.querySelectorAll("img[data-row]")].map((img) => [Number(img.dataset.row), img]));
  function picture(row, size) {
    const from = pictures.get(row);
    return from ? [Object.assign(new Image(size, size), { src: from.src, alt: "" })] : [];
  }
  const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

  // ---- maps ----
  function markers(at) {
    const c = data.criteria[at], pick = picked[at], faded = css("--plot-faded"), rows = shown[at];
    const large = rows.length > 4000 ? 4 : rows.length > 600 ? 6 : 8;
    return {
      color: rows.map((i) => (pick === null || c.labels[i] === pick ? c.colours[c.labels[i]] : faded)),
      opacity: rows.map((i) => (pick === null ? 0.8 : c.labels[i] === pick ? 0.95 : 0.35)),
      symbol: c.names.length > 8 ? rows.map((i) => c.symbols[c.labels[i]]) : "circle",
      size: large, line: { width: 0 },
    };
  }

  function labels(at) {
    // Names at the middle of the largest clusters, those left out that would cover another.
    const c = data.criteria[at], members = c.names.map(() => []);
    for (const i of shown[at]) members[c.labels[i]].push(i);
    const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    const placed = [], out = [];
    for (let k = 0; k < c.names.length && out.length < LABELS; k++) {
      if (!members[k].length || (picked[at] !== null && picked[at] !== k)) continue;
      const name = short(c.names[k], 28);
      const x = middle(members[k].map((i) => c.x[i])), y = middle(members[k].map((i) => c.y[i]));
      const half = 14 * name.length + 30;
      if (placed.some((p) => Math.abs(p.y - y) < 110 && Math.abs(p.x - x) < p.half + half)) continue;
      placed.push({ x, y, half });
      out.push({ x, y, text: escaped(name), showarrow: false, font: { size: 12, color: css("--ink") },
        bgcolor: css("--sheet"), bordercolor: c.colours[k], borderwidth: 1, borderpad: 3, opacity: 0.92, captureevents: false });
    }
    return out;
  }

  function draw(at) {
    const c = data.criteria[at], plot = sections[at].querySelector(".plot");
    if (!hasWebGL && rowsOnMap.length > NO_WEBGL_MAX) {
      const step = rowsOnMap.length / NO_WEBGL_MAX;
      shown[at] = Array.from({ length: NO_WEBGL_MAX }, (_, j) => rowsOnMap[Math.floor(j * step)]);
      sections[at].querySelector("figcaption").textContent +=
        ` This browser has no WebGL, so ${NO_WEBGL_MAX.toLocaleString("en")} points are drawn.`;
    }
    const rows = shown[at];
    const trace = {
      type: hasWebGL && rows.length > SVG_MAX ? "scattergl" : "scatter", mode: "markers", hoverinfo: "none",
      x: rows.map((i) => c.x[i]), y: rows.map((i) => c.y[i]), marker: markers(at),
    };
    const axis = { visible: false, zeroline: false, range: [-1080, 1080] };
    const layout = {
      margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, autosize: true,
      dragmode: "pan", hovermode: "closest", xaxis: axis, yaxis: { ...axis }, annotations: labels(at),
      modebar: { bgcolor: "rgba(0,0,0,0)", color: css("--soft"), activecolor: css("--accent") },
    };
    const config = { displaylogo: false, plotlyServerURL: "", showSendToCloud: false, showEditInChartStudio: false, responsive: true,
      scrollZoom: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"], topojsonURL: "" };
    return Plotly.newPlot(plot, [trace], layout, config).then(() => {
      plot.on("plotly_hover", (event) => tip(at, rows[event.points[0].pointNumber], event.event));
      plot.on("plotly_unhover", hideTip);
      plot.dataset.drawn = Math.round(performance.now()); // milliseconds after opening
    });
  }

  function restyle(at) {
    const plot = sections[at].querySelector(".plot");
    if (!plot.dataset.drawn) return;
    const m = markers(at);
    Plotly.update(plot, { "marker.color": [m.color], "marker.opacity": [m.opacity] }, { annotations: labels(at) });
  }

  function sureness(c, row) {
    return `confidence ${c.confidence[row].toFixed(2)}${c.nowhere.includes(row) ? " · fits nowhere" : ""}`;
  }

  const tipBox = document.getElementById("tip");
  function tip(at, row, mouse) {
    const c = data.criteria[at];
    tipBox.replaceChildren(...picture(row, 160), element("b", c.names[c.labels[row]]), element("span", short(data.texts[row], TIP_CHARS)),
      element("i", `row ${data.ids[row]} · ${sureness(c, row)}`));
    tipBox.hidden = false;
    const box = tipBox.getBoundingClientRect(), gap = 14;
    const left = mouse.clientX + gap + box.width > innerWidth ? mouse.clientX - gap - box.width : mouse.clientX + gap;
    const top = mouse.clientY + gap + box.height > innerHeight ? mouse.clientY - gap - box.height : mouse.clientY + gap;
    tipBox.style.left = `${Math.max(4, left)}px`;
    tipBox.style.top = `${Math.max(4, top)}px`;
  }
  function hideTip() { tipBox.hidden = true; }
  addEventListener("scroll", hideTip, { passive: true });

  // ---- picking, filtering, sorting ----
  sections.forEach((section, at) => {
    const cards = [...section.querySelectorAll(".card")], box = section.querySelector(".cards");
    section.querySelector(".legend").addEventListener("click", (event) => {
      const key = event.target.closest(".key");
      if (!key) return;
      const cluster = Number(key.dataset.cluster);
      picked[at] = picked[at] === cluster ? null : cluster;
      for (const other of section.querySelectorAll(".key")) other.setAttribute("aria-pressed", String(Number(other.dataset.cluster) === picked[at]));
      restyle(at);
    });
    box.addEventListener("click", (event) => {
      const all = event.target.closest(".all");
      if (all) openRows(at, Number(all.dataset.cluster));
    });
    const filter = section.querySelector(".filter");
    if (!filter) return;
    const haystack = cards.map((card) => card.textContent.toLowerCase());
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      let n = 0;
      cards.forEach((card, i) => { card.hidden = !haystack[i].includes(wanted); n += !card.hidden; });
      section.querySelector(".found").textContent = wanted ? `${n} of ${cards.length} clusters` : "";
    });
    const order = {
      size: (a, b) => b.dataset.size - a.dataset.size || a.dataset.cluster - b.dataset.cluster,
      name: (a, b) => a.querySelector("h3").textContent.localeCompare(b.querySelector("h3").textContent),
      confidence: (a, b) => a.dataset.confidence - b.dataset.confidence,
    };
    section.querySelector(".sort").addEventListener("change", (event) => box.append(...[...cards].sort(order[event.target.value])));
    const unfold = section.querySelector(".unfold");
    unfold.addEventListener("click", () => {
      const open = unfold.getAttribute("aria-pressed") !== "true";
      unfold.setAttribute("aria-pressed", String(open));
      unfold.textContent = open ? "Fold all" : "Unfold all";
      for (const details of box.querySelectorAll("details:first-of-type")) details.open = open;
    });
  });

  // ---- one table of many ----
  for (const key of document.querySelectorAll(".key[data-row]")) key.querySelector("i").append(...picture(Number(key.dataset.row), 28));
  const pairsShown = document.querySelector(".pairs-shown");
  if (pairsShown) {
    const tables = [...document.querySelectorAll(".pair-of-criteria")];
    const showPair = (id) => {
      pairsShown.value = id;
      for (const table of tables) table.hidden = table.id !== id;
    };
    const addressed = () => tables.find((table) => `#${table.id}` === location.hash);
    pairsShown.closest("p").hidden = false;
    showPair((addressed() || tables[0]).id);
    pairsShown.addEventListener("change", () => showPair(pairsShown.value));
    for (const link of document.querySelectorAll(".relations a")) {
      // Before the browser looks for the place to scroll to.
      link.addEventListener("click", () => showPair(link.getAttribute("href").slice(1)));
    }
  }

  // ---- all rows of a cluster ----
  const dialog = document.getElementById("rows"), list = document.getElementById("rows-list");
  const find = document.getElementById("rows-find"), more = document.getElementById("rows-more");
  let members = [], matching = [], at = 0;
  function openRows(criterion, cluster) {
    const c = data.criteria[criterion];
    at = criterion;
    members = c.labels.flatMap((label, i) => (label === cluster ? [i] : []));
    members.sort((a, b) => c.confidence[b] - c.confidence[a] || a - b);
    document.getElementById("rows-title").textContent = c.names[cluster];
    find.value = "";
    search();
    dialog.showModal();
  }
  function search() {
    const wanted = find.value.trim().toLowerCase();
    matching = wanted ? members.filter((i) => data.texts[i].toLowerCase().includes(wanted)) : members;
    document.getElementById("rows-count").textContent = `${matching.length.toLocaleString("en")} ${data.noun}, surest first`;
    list.replaceChildren();
    extend();
  }
  function extend() {
    const from = list.children.length;
    for (const i of matching.slice(from, from + PAGE)) {
      const item = element("li", data.texts[i]);
      item.dir = "auto";
      item.prepend(...picture(i, 64));
      item.append(element("small", `row ${data.ids[i]} · ${sureness(data.criteria[at], i)}`));
      list.append(item);
    }
    more.hidden = list.children.length >= matching.length;
  }
  find.addEventListener("input", search);
  more.addEventListener("click", extend);
  document.getElementById("rows-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // ---- drawing when seen, and the tab of the section in view ----
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); draw(sections.indexOf(entry.target.closest(".criterion"))); }
  }, { rootMargin: "300px" });
  for (const section of sections) near.observe(section.querySelector(".plot"));
  const tabs = [...document.querySelectorAll(".bar nav a")];
  const inView = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const tab = tabs.find((a) => a.getAttribute("href") === `#${entry.target.id}`);
      if (tab && entry.isIntersecting) { for (const other of tabs) other.removeAttribute("aria-current"); tab.setAttribute("aria-current", "true"); }
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const section of document.querySelectorAll("main > section[id]")) inView.observe(section);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => sections.forEach((_, i) => restyle(i)));
})();
