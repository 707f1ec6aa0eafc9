// The dashboard's face. The kernel writes every page as HTML; a click is a link like "?tab=data".
// This file sends the link over the kernel's comm, swaps the answer in and draws its figures.
// It runs on Voila's page (a bare websocket, no widget front end) and in JupyterLab (anywidget).

const LATE = "No answer came in time. ";
const SLEEPING = "This page has been quiet for a while and its session has ended. ";

export function mount(root, channel, options = {}) {
  let latest = 0, live = false, typing;
  const base = options.address ?? false;

  function draw(figures) {
    reveal();
    for (const place of root.querySelectorAll(".picture[data-figure]")) {
      const figure = figures[Number(place.dataset.figure)];
      if (!figure || !window.Plotly || !place.clientWidth || place.matches(".js-plotly-plot")) continue;
      const narrow = place.clientWidth < 480;
      const layout = { ...figure.layout, height: place.clientHeight, autosize: true };
      const data = narrow ? narrowed(figure.data, layout, place) : figure.data;
      window.Plotly.newPlot(place, data, layout, { responsive: true, displayModeBar: false });
    }
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

  function swap(answer) {
    const active = document.activeElement;
    const kept = root.contains(active) && active.id
      ? { id: active.id, value: active.value, at: active.selectionStart, typed: active.matches("input[type=search],input[type=number]") }
      : null;
    for (const place of root.querySelectorAll(".picture.js-plotly-plot")) window.Plotly?.purge(place);
    root.innerHTML = answer.html;
    root.classList.toggle("live", live);
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

  async function open(query, { keep = true } = {}) {
    clearTimeout(typing); // what was typed just now is older than this
    const mine = ++latest;
    const waiting = setTimeout(() => root.setAttribute("aria-busy", "true"), 120);
    try {
      const answer = await channel.ask({ open: query });
      if (mine !== latest) return; // a later click was faster
      const here = new URLSearchParams(query).get("tab") !== new URLSearchParams(root.dataset.link).get("tab");
      root.dataset.link = answer.link;
      swap(answer);
      if (base && keep) history.pushState(null, "", answer.link);
      if (here) { window.scrollTo?.({ top: 0 }); }
    } catch (reason) {
      tell(String(reason.message ?? reason));
    } finally {
      clearTimeout(waiting);
      if (mine === latest) root.removeAttribute("aria-busy");
    }
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
    const button = event.target.closest("button[data-download]");
    if (button) return void download(button);
    const link = event.target.closest("a[href^='?']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.getAttribute("href"));
  });
  root.addEventListener("submit", (event) => {
    if (!live || !event.target.matches("form[data-live]")) return;
    event.preventDefault();
    open(asked(event.target));
  });
  root.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-live]");
    // what is typed was sent while it was typed; asking again on leaving the field would swap the
    // page between the press and the release of whatever was clicked next
    if (!live || !form || event.target.matches("input[type=search], input[type=number]")) return;
    if (event.target.matches("[name=run]")) form.querySelector("[name=cutoff]")?.remove();
    open(asked(form));
  });
  root.addEventListener("input", (event) => {
    const field = event.target;
    if (!live || !field.matches("input[type=search], input[type=number]")) return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      if (field.matches("[data-suggest]")) suggest(field);
      else open(asked(field.form));
    }, 160);
  });

  async function suggest(field) {
    const list = field.form.querySelector("datalist");
    if ([...list.options].some((option) => option.value === field.value)) return open(asked(field.form));
    const { found } = await channel.ask({ suggest: field.value, open: root.dataset.link });
    list.replaceChildren(...found.map(([value, label]) => Object.assign(document.createElement("option"), { value, label })));
  }

  async function download(button) {
    const said = button.textContent;
    button.disabled = true;
    button.textContent = "Preparing …";
    try {
      const answer = await channel.ask({ download: button.dataset.download, open: button.dataset.query }, 120000);
      const file = new Blob([Uint8Array.from(atob(answer.file), (sign) => sign.charCodeAt(0))], { type: answer.type });
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: answer.name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } catch (reason) {
      tell(String(reason.message ?? reason));
    } finally {
      button.disabled = false;
      button.textContent = said;
    }
  }

  if (base) addEventListener("popstate", () => live && open(location.search || "?", { keep: false }));
  return {
    draw,
    tell,
    open,
    started() { live = true; root.classList.add("live"); root.dataset.live = "yes"; },
  };
}

// ---- Voila's page: Jupyter's messages over one websocket, only comm_msg ever leaves ----

function words() { // a random name; crypto.randomUUID is missing on plain http to another host
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

function socketChannel({ url, comm, closed }) {
  const asking = new Map();
  let socket, session, queue;
  // Connecting anew leaves the socket before it: one that is still opening is shut when it has.
  function connect() {
    const before = socket;
    session = words();
    queue = [];
    const mine = socket = new WebSocket(`${url}?session_id=${session}`);
    mine.onopen = () => { if (mine !== socket) mine.close(); else while (queue.length) mine.send(queue.shift()); };
    mine.onclose = () => { if (mine === socket) gone(); };
    mine.onmessage = heard;
    if (before?.readyState === 1) before.close();
  }
  function gone() {
    for (const { refuse } of asking.values()) refuse(new Error(SLEEPING));
    asking.clear();
    closed();
  }
  function heard({ data }) {
    const message = JSON.parse(data);
    if (message.msg_type !== "comm_msg" || message.content.comm_id !== comm) return;
    const { method, content } = message.content.data;
    if (method !== "custom" || !asking.has(content.id)) return;
    asking.get(content.id).answer(content);
    asking.delete(content.id);
  }
  // A socket can fall silent. Nothing that is asked changes anything, so it is asked again over another.
  async function ask(content, patience = 30000) {
    try { return await once(content, patience / 4); } catch (reason) {
      if (reason.message !== LATE) throw reason;
      connect();
      return once(content, patience);
    }
  }
  function once(content, patience) {
    const id = words();
    const header = { msg_id: id, username: "", session, msg_type: "comm_msg", version: "5.3", date: new Date().toISOString() };
    const data = { method: "custom", content: { ...content, id } };
    const message = JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content: { comm_id: comm, data } });
    return new Promise((answer, refuse) => {
      if (socket.readyState > 1) return refuse(new Error(SLEEPING));
      const late = setTimeout(() => { asking.delete(id); refuse(new Error(LATE)); }, patience);
      asking.set(id, { answer(found) { clearTimeout(late); found.problem ? refuse(new Error(found.problem)) : answer(found); }, refuse });
      if (socket.readyState === 1) socket.send(message); else queue.push(message);
    });
  }
  connect();
  return { ask, once, connect, shut: () => socket.readyState > 1 };
}

// A kernel that does not listen yet answers a later greeting; a socket that was shut, never opens
// or stays silent is left for another one. False after a minute.
async function greeted(channel) {
  for (let tries = 1; tries <= 20; tries++) {
    try { await channel.once({ hello: true }, 500 + 250 * tries); return true; } catch { /* once more */ }
    if (channel.shut()) await new Promise((go) => setTimeout(go, 250 * tries));
    if (channel.shut() || tries % 4 === 0) channel.connect();
  }
  return false;
}

async function connectVoila(root) {
  const { kernel, comm, base } = root.dataset;
  const figures = JSON.parse(document.getElementById("figures")?.textContent ?? "[]");
  const first = document.getElementById("link")?.textContent;
  document.getElementById("figures")?.remove();
  const url = new URL(`${base}api/kernels/${kernel}/channels`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const channel = socketChannel({ url, comm, closed: () => root.dataset.live && page.tell(SLEEPING) });
  const page = mount(root, channel, { address: true });
  root.dataset.link = JSON.parse(first ?? '"?"');
  page.draw(figures);
  document.title = JSON.parse(document.getElementById("title")?.textContent ?? '"GoSales"');
  if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", root.dataset.link);
  if (await greeted(channel)) page.started(); else page.tell("This page's session does not answer. ");
  addEventListener("pagehide", () => {
    const form = new FormData();
    const ours = document.cookie.split("; ").find((part) => part.startsWith("_xsrf="));
    form.append("_xsrf", ours ? decodeURIComponent(ours.slice(6)) : "");
    navigator.sendBeacon(`${base}voila/api/shutdown/${kernel}`, form);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// ---- a page in a file: nothing answers, so links lead nowhere and only tabs switch ----

function connectSnapshot(root) {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const page = mount(root, { ask: () => Promise.reject(new Error("This is a copy in a file. ")) });
  for (const link of root.querySelectorAll("a[href^='?']")) link.removeAttribute("href");
  const show = () => {
    const name = location.hash.slice(1);
    const pages = [...root.querySelectorAll("[data-page]")];
    const open = pages.find((part) => part.dataset.page === name) ?? pages[0];
    for (const part of pages) part.hidden = part !== open;
    for (const link of root.querySelectorAll(".tabs a")) {
      if (link.hash === "#" + open.dataset.page) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    page.draw(figures);
  };
  addEventListener("hashchange", show);
  show();
}

if (typeof document !== "undefined") {
  const voila = document.getElementById("gosales-page"), file = document.getElementById("gosales-snapshot");
  if (voila) connectVoila(voila);
  // a session that did not start is tried once more before its viewer has to
  const loaded = performance.getEntriesByType("navigation")[0]?.type;
  if (document.getElementById("not-started") && loaded !== "reload") location.reload();
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
