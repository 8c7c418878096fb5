// The page's own script: it draws the charts, exchanges the languages, fills tables on demand and
// hands out CSV and SVG. It reads the one JSON document in the page and sends nothing anywhere.
// `chart.js` stands before it, in the same block.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const announce = document.getElementById("status");
  const LANGUAGES = Object.keys(data.figures);
  let lang = document.documentElement.lang;
  let views = new Map();
  let chosen = {};
  let filters = {};
  let observer = null;

  // ---- tables ----------------------------------------------------------------------------

  const cache = new Map();

  function rows(name) {
    if (!cache.has(name)) cache.set(name, rowsOf(data.tables[name]));
    return cache.get(name);
  }

  const text = (family, key) => data.text[lang][family][key];
  const say = (key, values) =>
    text("js", key).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

  const FAMILY = {
    strategy: "strategy", reference: "strategy", outcome: "outcome", variable: "variable",
    sign: "sign", lane: "lane", worlds: "worlds", status: "status", type: "event",
  };

  function shown(name, value, isDate) {
    if (value === null || value === undefined) return "–";
    if (isDate) {
      const [year, month, day] = value.slice(0, 10).split("-").map(Number);
      const named = data.months[lang][month - 1];
      return lang === "es" ? `${day} de ${named} de ${year}` : `${day} ${named} ${year}`;
    }
    if (typeof value === "boolean") return text("js", value ? "yes" : "no");
    if (typeof value === "number") {
      if (name === "year") return String(value);
      return new Intl.NumberFormat("en-US", { maximumSignificantDigits: Math.abs(value) >= 1e4 ? 8 : 4 }).format(value);
    }
    return (FAMILY[name] && text(FAMILY[name], value)) || value;
  }

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  const SOURCE_COLUMNS = new Set(["source", "source_a", "source_b"]);
  const placeOf = new Map(data.sources.map((source, i) => [source.id, i]));

  function sourceLinks(value) {
    const links = [];
    for (const id of String(value).split(/[;,]\s*/)) {
      if (links.length) links.push(", ");
      const place = placeOf.get(id);
      links.push(place === undefined ? id : element("a", { href: `#source-${place}` }, id));
    }
    return links;
  }

  function htmlTable(name, keep, title) {
    const columns = data.tables[name].columns;
    const names = Object.keys(columns);
    const all = rows(name).filter(keep);
    const head = element("tr", {}, ...names.map((key) => {
      const numeric = columns[key].v && columns[key].v.some((v) => typeof v === "number");
      return element("th", numeric ? { scope: "col", class: "num" } : { scope: "col" }, text("field", key) || key);
    }));
    const body = all.slice(0, ROWS_SHOWN).map((row) =>
      element("tr", {}, ...names.map((key) => {
        const value = row[key];
        if (SOURCE_COLUMNS.has(key) && value) return element("td", {}, ...sourceLinks(value));
        const attributes = typeof value === "number" ? { class: "num" } : {};
        return element("td", attributes, shown(key, value, columns[key].t === "date"));
      })));
    const label = `${title} (${name})`;
    const box = element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label },
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
    const parts = [box];
    if (all.length > ROWS_SHOWN) {
      parts.unshift(element("p", { class: "quiet" }, say("capped", { shown: ROWS_SHOWN, all: all.length.toLocaleString("en-US") })));
    }
    return parts;
  }

  function fillTable(details) {
    const name = details.dataset.for;
    const meta = data.figures[lang][name].usermeta;
    const origin = name.startsWith("fans-") ? name.slice(5) : null;
    const keep = origin ? (row) => row.origin === origin : () => true;
    const parts = meta.tables
      .filter((table) => data.tables[table] && data.tables[table].rows)
      .flatMap((table) => htmlTable(table, keep, data.titles[lang][name]));
    details.querySelector(".fill").replaceChildren(...parts);
  }

  function fillSources(details) {
    const items = data.cited[details.dataset.for].map((i) => {
      const source = data.sources[i];
      const label = source.url
        ? element("a", { href: source.url, rel: "noreferrer noopener external" }, source.title)
        : source.title;
      return element("li", {}, label, ` · ${source.publisher} `, element("a", { href: `#source-${i}` }, source.id));
    });
    const label = `${text("js", "sources")}: ${data.titles[lang][details.dataset.for]}`;
    const box = { class: "scroll", role: "region", tabindex: "0", "aria-label": label };
    details.querySelector(".fill").replaceChildren(element("div", box, element("ul", {}, ...items)));
  }

  function fill(details) {
    if (details.dataset.filled) return;
    details.dataset.filled = "1";
    if (details.matches(".data")) fillTable(details);
    if (details.matches(".cited")) fillSources(details);
  }

  // ---- charts ----------------------------------------------------------------------------

  /** Draw one chart at the size of type the page has; the browser scales the picture to fit. */
  async function draw(figure) {
    const name = figure.dataset.figure;
    const box = figure.querySelector(".chart");
    const spec = fit(structuredClone(data.figures[lang][name]), drawnWidth(box));
    spec.config = data.config;
    // Copies: Vega turns the dates of its rows into Date objects in place.
    spec.datasets = Object.fromEntries(spec.usermeta.reads.map((t) => [t, data.tables[t] ? rows(t).map((row) => ({ ...row })) : []]));
    for (const param of spec.params || []) {
      const choice = chosen[`${name}-${param.name}`];
      if (choice !== undefined) param.value = choice;
    }
    const embedded = await window.vegaEmbed(box, spec, embedOptions(lang, data.months[lang]));
    if (!figure.isConnected) return embedded.finalize();
    stretch(box);
    box.classList.add("done");
    views.set(name, { figure, finalize: embedded.finalize, view: embedded.view, width: box.clientWidth });
  }

  // A place asked for by the address: charts above it may grow as they are drawn, so the page goes
  // there again once all are, unless the reader has moved meanwhile.
  let aimed = null;
  let moved = false;
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    window.addEventListener(kind, () => { moved = true; }, { passive: true });
  }

  let queue = Promise.resolve();
  const asked = new Set();
  function ask(figure) {
    const name = figure.dataset.figure;
    if (asked.has(name)) return;
    asked.add(name);
    queue = queue.then(() => (figure.isConnected ? draw(figure) : undefined)).catch((error) => console.error(name, error));
  }

  const idle = (f) => (window.requestIdleCallback ? requestIdleCallback(f, { timeout: 250 }) : setTimeout(f, 60));

  /** Charts near the window first, the others when there is time, so that a print has them all. */
  function watch() {
    if (observer) observer.disconnect();
    const figures = [...page.querySelectorAll("[data-figure]")];
    observer = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) ask(entry.target);
    }, { rootMargin: "500px" });
    figures.forEach((figure) => observer.observe(figure));
    const rest = figures.slice();
    const code = lang;
    const next = () => {
      if (code !== lang) return;
      const figure = rest.shift();
      if (!figure) {
        if (!moved && aimed) go(aimed); // drawing moved what lies below
        page.dataset.ready = lang;
        return;
      }
      ask(figure);
      queue.then(() => idle(next));
    };
    delete page.dataset.ready;
    idle(next);
  }

  function clear() {
    for (const { finalize } of views.values()) finalize();
    views = new Map();
    asked.clear();
  }

  // ---- language --------------------------------------------------------------------------

  const other = new Map();
  other.set(lang, null);
  for (const code of LANGUAGES) {
    const template = document.getElementById(`page-${code}`);
    if (template) other.set(code, template.content);
  }

  function swap(code) {
    if (code === lang || !other.has(code)) return;
    const opened = [...page.querySelectorAll("details")].map((d) => d.open);
    const anchor = [...page.querySelectorAll("section")].reverse().find((s) => s.getBoundingClientRect().top <= 120);
    const offset = anchor ? anchor.getBoundingClientRect().top : 0;
    const kept = [...page.querySelectorAll("[data-keep]")];
    clear();
    for (const node of kept) node.replaceWith(node.cloneNode(false));
    const leaving = document.createDocumentFragment();
    leaving.append(...page.childNodes);
    other.set(lang, leaving);
    page.append(other.get(code));
    other.set(code, null);
    for (const node of kept) page.querySelector(`[data-keep="${node.dataset.keep}"]`).replaceWith(node);
    lang = code;
    page.lang = document.documentElement.lang = code;
    document.title = document.title.replace(/^.*(?= · tregua$)/, text("js", "title"));
    prepare();
    page.querySelectorAll("details").forEach((d, i) => { d.open = opened[i]; });
    for (const [key, value] of Object.entries(chosen)) {
      for (const input of page.querySelectorAll(`input[name="${CSS.escape(key)}"]`)) {
        input.checked = valueOf(input) === value;
      }
    }
    if (anchor) {
      const target = document.getElementById(anchor.id);
      window.scrollBy({ top: target.getBoundingClientRect().top - offset, behavior: "instant" });
    }
    announce.textContent = text("js", "switched");
  }

  /** Language, place and the filters of the claims, in the address. */
  function remember(id) {
    const asked = new URLSearchParams(filters).toString();
    const place = asked && (!id || id === "claims") ? `claims?${asked}` : id;
    history.replaceState(null, "", place ? `#${lang}/${place}` : `#${lang}`);
  }

  function follow() {
    const [, code, place] = /^#(?:(\w\w)(?:\/|$))?(.*)$/.exec(decodeURIComponent(location.hash)) || [];
    const [id, asked] = (place || "").split("?");
    if (code && other.has(code)) swap(code);
    if (id === "claims") {
      filters = Object.fromEntries(new URLSearchParams(asked || ""));
      setFilters();
      filterClaims();
    }
    if (id) go(id);
    aimed = id || null;
    moved = false;
  }

  function go(id) {
    const target = document.getElementById(id);
    if (!target) return;
    if (target.closest("[hidden]")) clearFilters();
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    target.scrollIntoView({ behavior: "instant" });
    if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
  }

  // ---- claims ----------------------------------------------------------------------------

  /** Put the filters into their controls; a name or a value that no control knows is dropped. */
  function setFilters() {
    const known = {};
    for (const control of page.querySelectorAll("[data-filter]")) {
      const name = control.dataset.filter;
      const value = filters[name] || "";
      if (control.type === "checkbox") control.checked = value === "1";
      else control.value = [...control.options].some((o) => o.value === value) ? value : "";
      const held = control.type === "checkbox" ? control.checked && "1" : control.value;
      if (held) known[name] = held;
    }
    filters = known;
  }

  function filterClaims() {
    const wanted = Object.entries(filters);
    const all = [...page.querySelectorAll(".claim")];
    for (const claim of all) claim.hidden = wanted.some(([name, value]) => claim.dataset[name] !== value);
    for (const group of page.querySelectorAll("#claims .group")) {
      group.hidden = !group.querySelector(".claim:not([hidden])");
    }
    const left = all.filter((claim) => !claim.hidden).length;
    const told = page.querySelector(".shown-claims");
    if (told) told.textContent = wanted.length ? say(left ? "claims_shown" : "claims_none", { n: left, all: all.length }) : "";
  }

  function clearFilters() {
    filters = {};
    setFilters();
    filterClaims();
  }

  function showFilters() {
    for (const box of page.querySelectorAll(".filters")) box.hidden = false;
    setFilters();
    filterClaims();
  }

  // ---- downloads -------------------------------------------------------------------------

  function save(name, type, content) {
    handOut(name, content, type);
    announce.textContent = say("saved", { name });
  }

  function csv(name) {
    const { columns, rows: count } = data.tables[name];
    return csvOf(Object.keys(columns), count, (key, i) => cellOf(columns[key], i));
  }

  async function svg(name) {
    const cited = data.cited[name].map((i) => data.sources[i].publisher || data.sources[i].id);
    return standAlone(await views.get(name).view.toSVG(), {
      title: data.titles[lang][name],
      sources: citedLine(text("js", "sources"), cited),
      made: data.made,
      colours: data.light,
    });
  }

  // ---- events ----------------------------------------------------------------------------

  function valueOf(input) {
    const name = input.closest("[data-figure]").dataset.figure;
    const control = data.figures[lang][name].usermeta.controls.find((c) => c.param === input.dataset.param);
    return control.values[Number(input.value)];
  }

  page.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (button && "clear" in button.dataset) {
      clearFilters();
      remember("claims");
    } else if (button && button.dataset.lang) {
      swap(button.dataset.lang);
      remember();
      page.querySelector(`[data-lang="${lang}"]`).focus();
    } else if (button && button.dataset.csv) {
      save(`tregua_${slug(data.case)}_${slug(button.dataset.csv)}.csv`, "text/csv;charset=utf-8", csv(button.dataset.csv));
    } else if (button && button.dataset.svg) {
      const figure = button.closest("[data-figure]");
      ask(figure);
      await queue;
      save(`tregua_${slug(data.case)}_${slug(button.dataset.svg)}_${lang}.svg`, "image/svg+xml", await svg(button.dataset.svg));
    }
    const link = event.target.closest('a[href^="#"]');
    if (link && !event.defaultPrevented) {
      event.preventDefault();
      const id = link.getAttribute("href").slice(1);
      remember(id === "top" ? "" : id);
      go(id);
    }
  });

  page.addEventListener("change", (event) => {
    const input = event.target;
    if (input.dataset && input.dataset.filter) {
      filters[input.dataset.filter] = input.type === "checkbox" ? (input.checked ? "1" : "") : input.value;
      setFilters();
      filterClaims();
      remember("claims");
      return;
    }
    if (!input.dataset || !input.dataset.param) return;
    const figure = input.closest("[data-figure]");
    const name = figure.dataset.figure;
    chosen[input.name] = valueOf(input);
    const entry = views.get(name);
    if (entry) entry.view.signal(input.dataset.param, valueOf(input)).runAsync().then(() => stretch(figure.querySelector(".chart")));
  });

  page.addEventListener("toggle", (event) => {
    if (event.target.tagName === "DETAILS" && event.target.open) fill(event.target);
  }, true);

  function prepare() {
    for (const button of page.querySelectorAll("[data-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    }
    for (const details of page.querySelectorAll("details[data-filled]")) delete details.dataset.filled;
    for (const details of page.querySelectorAll("details[open]")) fill(details);
    showFilters();
    watch();
  }

  let pending = 0;
  window.addEventListener("resize", () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      const stale = [...views.values()].filter((v) => Math.abs(v.figure.querySelector(".chart").clientWidth - v.width) > 8);
      for (const { figure, finalize } of stale) {
        finalize();
        views.delete(figure.dataset.figure);
        asked.delete(figure.dataset.figure);
        ask(figure);
      }
    }, 180);
  });

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...page.querySelectorAll("details:not([open]):not(.bulk)")];
    closed.forEach((details) => { details.open = true; });
  });
  window.addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
  window.addEventListener("hashchange", follow);

  window.tregua = { fit, csv };  // for tests and for the curious
  follow();
  if (!observer) prepare();
})();
