// The dashboard in the browser. Python writes every page as HTML; a click is a link like "?tab=data".
// This file asks for the link, swaps the answer in and draws its figures. It runs on the server's
// page (over HTTP), in JupyterLab (over anywidget's comm) and in a file (nothing answers).

const AWAY = "The server does not answer: it has been stopped, or the network is down. ";
const STRANGER = "You are no longer signed in. ";
const PATIENCE = 60000;
const SAVED = "gosales-views";

export function mount(root, channel, options = {}) {
  let latest = 0, live = false, typing, typed = false, arrows = false;
  const base = options.address ?? false;

  function draw(figures) {
    reveal();
    for (const place of root.querySelectorAll(".picture[data-figure]")) {
      const figure = figures[Number(place.dataset.figure)];
      if (!figure || !window.Plotly || !place.clientWidth || place.matches(".js-plotly-plot, details:not([open]) *")) continue;
      const narrow = place.clientWidth < 480;
      const layout = { ...figure.layout, height: place.clientHeight, autosize: true };
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      if (dark) darken(layout);
      const traces = dark ? figure.data.map(lightened) : figure.data;
      const data = narrow ? narrowed(traces, layout, place) : traces;
      window.Plotly.newPlot(place, data, layout, { responsive: true, displayModeBar: false });
    }
  }

  // Pictures are drawn in ink on white; on a dark page the ink is light and the lines are quiet.
  function darken(layout) {
    layout.font = { ...layout.font, color: "#dbe3ec" };
    for (const name of Object.keys(layout).filter((key) => /^[xy]axis/.test(key))) {
      const axis = { ...layout[name], gridcolor: "#2c3743", linecolor: "#4a5866", zerolinecolor: "#4a5866" };
      if (axis.title?.font) axis.title = { ...axis.title, font: { ...axis.title.font, color: "#a9b5c3" } };
      layout[name] = axis;
    }
    if (layout.annotations) layout.annotations = layout.annotations.map((note) => ({ ...note, font: { ...note.font, color: "#dbe3ec" } }));
  }

  // The ink of intervals is light on a dark page, too.
  function lightened(trace) {
    const light = (error) => error && { ...error, color: "#dbe3ec" };
    return { ...trace, error_x: light(trace.error_x), error_y: light(trace.error_y) };
  }

  // Paper is narrower than a screen: pictures are drawn anew at its width and back again.
  function onPaper(width) {
    for (const place of root.querySelectorAll(".picture.js-plotly-plot")) {
      window.Plotly.relayout(place, width ? { width: Math.min(width, place.clientWidth), autosize: false } : { width: null, autosize: true });
    }
  }
  if (typeof addEventListener === "function" && window.matchMedia) {
    let folded = [];
    addEventListener("beforeprint", () => {
      folded = [...root.querySelectorAll("details:not([open]):has(> .folded)")];
      for (const part of folded) part.open = true;
      onPaper(660);
    });
    addEventListener("afterprint", () => {
      for (const part of folded) part.open = false;
      onPaper(0);
    });
  }

  // On a phone names of several words take several lines, so that the bars keep some room.
  function narrowed(data, layout, place) {
    layout.margin = { ...layout.margin, l: 40, r: 8 };
    const ends = layout.xaxis?.range, title = layout.xaxis?.title;
    if (data[0]?.textposition === "outside" && ends) layout.xaxis = { ...layout.xaxis, nticks: 4, range: [ends[0], ends[1] * 1.45] };
    if (title?.text) layout.xaxis = { ...layout.xaxis, title: { ...title, text: wrapped(title.text) } };
    const names = data.flatMap(trace => (trace.y ?? [])).filter(y => typeof y === "string" && y.length > 26);
    if (!names.length) return data;
    layout.yaxis = { ...layout.yaxis, tickfont: { size: 11 } };
    layout.height = Math.max(layout.height, 100 + 44 * data[0].y.length);
    place.style.blockSize = layout.height + "px";
    return data.map(trace => ({ ...trace, y: trace.y?.map(y => (typeof y === "string" ? wrapped(y) : y)) }));
  }

  function wrapped(text, most = 22) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const last = lines.length - 1;
      if (lines[last] && lines[last].length + word.length >= most) lines.push(word);
      else lines[last] += (lines[last] ? " " : "") + word;
    }
    return lines.join("<br>");
  }

  // On a phone the tabs are wider than the page: the current one is brought into sight.
  function reveal() {
    const tabs = root.querySelector(".tabs"), current = tabs?.querySelector("[aria-current]");
    if (current) tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
  }

  // Saved views: a name and a link each, which this browser keeps.
  function saved() {
    try {
      return new Map(JSON.parse(localStorage.getItem(SAVED) ?? "[]"));
    } catch {
      return null; // a browser that keeps nothing
    }
  }

  function keepViews(views) {
    localStorage.setItem(SAVED, JSON.stringify([...views]));
    listViews();
  }

  function listViews() {
    const menu = root.querySelector("#views"), views = saved();
    if (!menu || !views) return;
    menu.hidden = false;
    const pairs = [...views].filter(([, link]) => String(link).startsWith("?")).sort(([a], [b]) => a.localeCompare(b));
    const here = pairs.find(([, link]) => link === root.dataset.link);
    menu.querySelector("summary span").textContent = here ? here[0] : pairs.length ? `${pairs.length} saved` : "none";
    menu.querySelector("ul").replaceChildren(...pairs.map(([name, link]) => {
      const line = document.createElement("li");
      const opens = Object.assign(document.createElement("a"), { href: link, textContent: name });
      const drops = Object.assign(document.createElement("button"), { textContent: "Delete", ariaLabel: `Delete ${name}` });
      drops.dataset.drop = name;
      line.append(opens, drops);
      return line;
    }));
  }

  function swap(answer) {
    const active = document.activeElement;
    const kept = root.contains(active) && active.id
      ? { id: active.id, value: active.value, at: active.selectionStart, typed: active.matches("input[type=search],input[type=number]") }
      : null;
    for (const place of root.querySelectorAll(".picture.js-plotly-plot")) window.Plotly?.purge(place);
    const opened = [...root.querySelectorAll("details[id][open]")].map((part) => part.id);
    const top = root.querySelector(".menu[open] fieldset")?.scrollTop ?? 0;
    root.innerHTML = answer.html;
    root.classList.toggle("live", live);
    listViews();
    for (const id of opened) root.querySelector("#" + CSS.escape(id))?.setAttribute("open", "");
    root.querySelector(".menu[open] fieldset")?.scrollTo(0, top);
    const again = kept && root.querySelector("#" + CSS.escape(kept.id));
    if (again) {
      again.focus({ preventScroll: true });
      if (kept.typed) {
        again.value = kept.value;
        if (kept.at !== null) again.setSelectionRange?.(kept.at, kept.at);
      }
    }
    draw(answer.figures);
    if (base) document.title = answer.title;
  }

  // What is typed letter by letter is one step back in the browser's history, not one per letter.
  async function open(query, { keep = true, typing: letters = false, back = null } = {}) {
    clearTimeout(typing); // what was typed just now is older than this
    const replace = letters && typed;
    typed = letters;
    const mine = ++latest;
    const waiting = setTimeout(() => root.setAttribute("aria-busy", "true"), 120);
    try {
      const answer = await channel.ask({ open: query });
      if (mine !== latest) return; // a later click was faster
      const here = new URLSearchParams(query).get("tab") !== new URLSearchParams(root.dataset.link).get("tab");
      root.dataset.link = answer.link;
      swap(answer);
      if (base && keep) {
        history.replaceState({ y: window.scrollY }, ""); // where Back returns to
        history[replace ? "replaceState" : "pushState"](null, "", answer.link);
      }
      if (back !== null) window.scrollTo?.({ top: back });
      else if (here) window.scrollTo?.({ top: 0 });
      announce();
    } catch (reason) {
      tell(String(reason.message ?? reason));
    } finally {
      clearTimeout(waiting);
      if (mine === latest) root.removeAttribute("aria-busy");
    }
  }

  // What changed is read aloud: the list's sum where there is one, else the page's heading.
  function announce() {
    const place = document.getElementById("announce");
    const what = root.querySelector("#sum") ?? root.querySelector("h1, h2");
    if (place && what) place.textContent = what.textContent;
  }

  function tell(text) {
    root.querySelector(".asleep")?.remove();
    const note = document.createElement("p");
    note.className = "note warning asleep";
    note.setAttribute("role", "alert");
    note.textContent = text;
    const again = document.createElement("a");
    again.href = base ? location.href : "#";
    again.textContent = "Open it again";
    again.onclick = (event) => { event.preventDefault(); if (base) location.reload(); };
    note.append(again);
    root.prepend(note);
  }

  function asked(form) {
    const given = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== "") given.append(name, value);
    return "?" + given;
  }

  root.addEventListener("click", (event) => {
    if (!live) return;
    const file = event.target.closest("a[data-download]");
    if (file) return void (channel.files || (event.preventDefault(), download(file)));
    const link = event.target.closest("a[href^='?']");
    const drop = event.target.closest("[data-drop]"), views = drop && saved();
    if (views?.delete(drop.dataset.drop)) return void keepViews(views);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    link.closest(".menu")?.removeAttribute("open");
    open(link.getAttribute("href"));
  });
  root.addEventListener("keydown", (event) => {
    arrows = event.key.startsWith("Arrow");
    const menu = event.key === "Escape" && event.target.closest(".menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    const row = event.target.closest(".offers tbody tr"), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!row || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    event.preventDefault();
    next?.querySelector("th a")?.focus();
    next?.scrollIntoView({ block: "nearest" });
  });
  root.addEventListener("toggle", ({ target }) => { // a menu near the right edge opens to the left
    if (target.matches(".menu[open]")) target.classList.toggle("end", target.getBoundingClientRect().left + 260 > root.clientWidth);
  }, true);
  root.addEventListener("pointerdown", (event) => {
    arrows = false;
    for (const menu of root.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  root.addEventListener("submit", (event) => {
    if (live && event.target.matches("form[data-save]")) {
      event.preventDefault();
      const name = event.target.querySelector("input").value.trim();
      if (name) keepViews(saved().set(name, root.dataset.link));
      return void event.target.reset();
    }
    if (!live || !event.target.matches("form[data-live]")) return;
    event.preventDefault();
    open(asked(event.target));
  });
  root.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-live]");
    // what is typed was sent while it was typed; asking again on leaving the field would swap the
    // page between the press and the release of whatever was clicked next
    if (!live || !form || event.target.matches("input[type=search], input[type=number], [data-narrow]")) return;
    if (event.target.matches("[name=run]")) form.querySelector("[name=cutoff]")?.remove();
    clearTimeout(typing); // arrow keys run through the choices; the last one is asked for
    typing = setTimeout(() => open(asked(form)), arrows ? 250 : 0);
  });
  root.addEventListener("input", (event) => {
    const field = event.target;
    if (field.matches("[data-narrow]")) return narrow(field);
    if (!live || !field.matches("input[type=search], input[type=number]")) return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      if (field.matches("[data-suggest]")) suggest(field);
      else open(asked(field.form), { typing: true });
    }, 160);
  });

  function narrow(field) {
    const text = field.value.trim().toLowerCase();
    for (const label of field.closest("fieldset").querySelectorAll("label")) label.hidden = !label.textContent.toLowerCase().includes(text);
  }

  async function suggest(field) {
    const list = field.form.querySelector("datalist");
    if ([...list.options].some((option) => option.value === field.value)) return open(asked(field.form));
    const { found } = await channel.ask({ suggest: field.value, open: root.dataset.link });
    list.replaceChildren(...found.map(([value, label]) => Object.assign(document.createElement("option"), { value, label })));
  }

  // Only in JupyterLab, which has no address for a file: the comm brings it as text.
  async function download(button) {
    const label = button.textContent;
    button.textContent = "Preparing …";
    try {
      const answer = await channel.ask({ download: button.dataset.download, open: button.dataset.query });
      const file = new Blob([Uint8Array.from(atob(answer.file), (sign) => sign.charCodeAt(0))], { type: answer.type });
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: answer.name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } catch (reason) {
      tell(String(reason.message ?? reason));
    } finally {
      button.textContent = label;
    }
  }

  if (base) addEventListener("popstate", (event) => live && open(location.search || "?", { keep: false, back: event.state?.y ?? 0 }));
  return {
    draw,
    tell,
    open,
    started() { live = true; root.classList.add("live"); root.dataset.live = "yes"; listViews(); },
  };
}

function words() { // a random name; crypto.randomUUID is missing on plain http to another host
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// ---- the server's page: each question is one GET, so nothing has to be kept open ----

const server = {
  files: true,
  async ask(content) {
    const query = (content.open ?? "?").replace(/^\?/, "");
    const path = "suggest" in content ? `suggest?${query}&typed=${encodeURIComponent(content.suggest)}` : `part?${query}`;
    for (let tries = 1; ; tries++) {
      let answer;
      try {
        answer = await fetch(path, { signal: AbortSignal.timeout(PATIENCE), credentials: "same-origin" });
      } catch {
        throw new Error(AWAY);
      }
      if (answer.status === 401) throw new Error(STRANGER);
      const found = await answer.json();
      if (answer.ok) return found;
      if (answer.status !== 503 || tries === 4) throw new Error(`${found.problem} `);
      await new Promise((go) => setTimeout(go, 700 * tries)); // many viewers at once: wait for a turn
    }
  },
};

function connectServer(root) {
  const figures = JSON.parse(document.getElementById("figures")?.textContent ?? "[]");
  document.getElementById("figures")?.remove();
  const page = mount(root, server, { address: true });
  page.draw(figures);
  page.started();
}

// ---- a page in a file: nothing answers; tabs switch, names open their account, words filter ----

function connectSnapshot(root) {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const page = mount(root, { ask: () => Promise.reject(new Error("This is a copy in a file. ")) });
  const names = new Set([...root.querySelectorAll("[data-page]")].map((part) => part.dataset.page));
  for (const link of root.querySelectorAll("a[href^='?']")) {
    const name = "customer-" + new URLSearchParams(link.getAttribute("href")).get("customer");
    if (names.has(name)) link.href = "#" + encodeURIComponent(name);
    else link.removeAttribute("href");
  }
  for (const form of root.querySelectorAll(".narrowing")) {
    form.hidden = false;
    form.onsubmit = (event) => event.preventDefault();
    form.oninput = ({ target }) => {
      const words = target.value.toLowerCase().split(/\s+/);
      for (const row of form.parentElement.querySelectorAll(".offers tbody tr")) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    };
  }
  const pages = [...root.querySelectorAll("[data-page]")];
  let open = pages[0];
  const show = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    open = pages.find((part) => part.dataset.page === name) ?? (name ? open : pages[0]);
    for (const part of pages) part.hidden = part !== open;
    for (const link of root.querySelectorAll(".tabs a")) {
      if (link.hash === "#" + open.dataset.page) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    page.draw(figures);
  };
  addEventListener("hashchange", show);
  root.addEventListener("toggle", () => page.draw(figures), true);
  show();
}

if (typeof document !== "undefined") {
  const page = document.getElementById("gosales-page"), file = document.getElementById("gosales-snapshot");
  if (page) connectServer(page);
  if (file) connectSnapshot(file);
}

// ---- JupyterLab: anywidget calls this; Plotly comes from the kernel, not from outside ----

export default {
  async render({ model, el }) {
    const asking = new Map();
    const hear = (content) => { asking.get(content.id)?.(content); asking.delete(content.id); };
    model.on("msg:custom", hear);
    const channel = {
      ask: (content) => new Promise((answer, refuse) => {
        const id = words();
        asking.set(id, (found) => (found.problem ? refuse(new Error(found.problem)) : answer(found)));
        model.send({ ...content, id });
      }),
    };
    el.classList.add("gosales");
    if (!window.Plotly) {
      const { plotly } = await channel.ask({ plotly: true });
      const script = document.createElement("script");
      script.textContent = plotly;
      document.head.append(script);
    }
    const page = mount(el, channel);
    page.started();
    await page.open(model.get("query"));
    return () => model.off("msg:custom", hear);
  },
};
