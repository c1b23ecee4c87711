// The labelling page: what core.js knows, on a screen. Foreign text becomes text nodes and nothing else.
(() => {
  "use strict";
  const { STANCES } = core;
  const at = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const setup = JSON.parse(at("setup").textContent);
  const asked = new URLSearchParams(location.search);
  const page = { language: firstLanguage(), work: null, items: [], states: new Map(), rest: false, again: null, current: null, draft: core.draft(), neutral: false, failed: null, busy: false, says: "" };

  // Words

  function firstLanguage() {
    const wanted = asked.get("lang") ?? setup.language ?? (navigator.language.startsWith("zh") ? "zh" : "en");
    return Object.hasOwn(setup.wording, wanted) ? wanted : "en";
  }
  const words = () => setup.wording[page.language];
  const t = (key, slots) => core.fill(words().ui[key], slots);
  const inLanguage = (wording) => (page.language === "zh" ? wording.zh || wording.en : wording.en || wording.zh);
  // Wordings of the study may exist in the other language alone, and are then marked as such.
  const worded = (element, wording) => {
    element.textContent = inLanguage(wording);
    element.lang = wording[page.language] ? page.language : page.language === "zh" ? "en" : "zh";
  };
  const node = (tag, text = "", css = "") => Object.assign(document.createElement(tag), { textContent: text, className: css });
  const told = (said) => /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(said ?? "") ? said : "";
  const lasting = (seconds) => (seconds < 60 ? t("left_less") : t("left_minutes", { n: Math.ceil(seconds / 60) }));

  const name = setup.kit ? setup.kit.coder : (asked.get("as") ?? "").trim();
  const keeper = setup.kit ? kitKeeper(setup.kit) : servedKeeper(setup.token, name, t);

  // Time spent on a comment, while the page can be seen

  const clock = {
    spent: 0, since: performance.now(),
    restart() { this.spent = 0; this.since = document.hidden ? null : performance.now(); },
    look() { if (this.since !== null) this.spent += performance.now() - this.since; this.since = document.hidden ? null : performance.now(); },
    get seconds() { this.look(); return core.capped(this.spent / 1000); },
  };

  // What is on the screen

  function show(id) {
    for (const name of ["who", "desk", "done", "message"]) at(name).hidden = name !== id;
    document.querySelector(".jump").hidden = id !== "desk";
  }

  function stop(text) {
    at("message").textContent = text;
    show("message");
  }

  function drawWords() {
    document.documentElement.lang = page.language;
    document.title = page.work ? `${t("title")} · ${inLanguage(page.work.change.name)}` : `${t("title")} · minyi`;
    for (const element of all("[data-t]")) element.textContent = t(element.dataset.t);
    for (const element of all("[data-stance]")) element.textContent = words().stance[element.dataset.stance];
    for (const element of all("[data-short]")) element.textContent = words().short[element.dataset.short];
    at("language").textContent = t("other_language");
    at("language").lang = page.language === "zh" ? "en" : "zh";
    at("coder").textContent = page.work ? t("coder", { name: page.work.coder }) : "";
    document.querySelector("[name=lang]").value = page.language;
    drawBook();
    if (page.work) drawChange();
  }

  function drawBook() {
    const { codebook, stance } = words();
    at("book-title").textContent = t("codebook", { version: page.work?.codebook ?? "1" });
    const entries = STANCES.map((name) => {
      const entry = node("div", "", name);
      entry.append(node("dt", stance[name]), node("dd", codebook.definition[name]), ...codebook.examples[name].map(example));
      return entry;
    });
    at("book").replaceChildren(...entries);
    at("rules").replaceChildren(...codebook.rules.map((rule) => node("li", rule)));
    at("case").textContent = t("example", codebook);
    drawKeys();
  }

  function example(text) {
    const said = node("dd");
    said.append(node("q", text));
    return said;
  }

  function drawKeys() {
    const rows = [
      [["1", "4"], "…", "key_primary"], [["⇧1", "⇧3"], "…", "key_also"], [["U"], "", "unsure"], [["N"], "", "note"],
      [["S"], "", "skip"], [["Z", "⌫"], ` ${t("or")} `, "undo"], [["↵"], "", "key_confirm"],
    ];
    at("keys").replaceChildren(...rows.map(([keys, between, meaning]) => {
      const row = node("li");
      keys.forEach((key, index) => row.append(...(index ? [between] : []), node("kbd", key)));
      row.append(" ", t(meaning));
      return row;
    }));
  }

  function drawChange() {
    const { change, events } = page.work;
    worded(at("change-name"), change.name);
    worded(at("statement"), change.statement);
    at("dates").hidden = !events.length;
    at("events").replaceChildren(...events.map((event) => {
      const row = node("li", `${event.date} · ${words().kind[event.kind] ?? event.kind} · `);
      const title = node("span");
      worded(title, event.title);
      row.append(title);
      return row;
    }));
    at("end").textContent = setup.kit ? t(keeper.lasting ? "offline" : "no_memory") : t("blind");
  }

  function drawItem() {
    const item = page.current;
    at("text").textContent = item.text;
    at("text").lang = told(item.lang);
    at("text").className = item.text.length > 600 ? "long" : "";
    at("said").scrollTop = 0;
    at("evidence").textContent = item.evidence ?? "";
    at("evidence").lang = told(item.lang);
    at("quoted").hidden = !item.evidence;
    at("note").value = page.draft.note;
    at("note-box").hidden = !page.draft.note;
    drawAround();
    drawDraft();
  }

  function drawAround() {
    const item = page.current;
    const { all: total, left } = core.progress(page.items, page.states);
    const place = page.items.indexOf(item) + 1;
    at("which").textContent = page.again ? t("again_of", { left: page.again.length }) : t("comment_of", { n: place, all: total });
    const seconds = core.secondsLeft(page.items, page.states);
    at("left").textContent = seconds === null || !left ? "" : lasting(seconds);
    at("progress").ariaLabel = t("progress");
    at("progress").ariaValueMax = String(total);
    at("progress").ariaValueNow = String(total - left);
    at("progress").ariaValueText = t("done_of", { done: total - left, all: total });
    at("progress").firstElementChild.style.width = `${(100 * (total - left)) / total}%`;
    at("day").textContent = item.day ? t("written_on", { day: item.day }) : "";
    at("quoted-lead").textContent = t("quoted");
    at("lead").hidden = page.work.role !== "second";
  }

  function drawDraft() {
    page.draft.codes.forEach((code, place) => pressed(`also:${place}`, Boolean(code)));
    pressed("unsure", page.draft.unsure);
    document.querySelector("[data-do=note]").ariaExpanded = String(!at("note-box").hidden);
    at("confirm").hidden = !page.neutral;
    at("retry").hidden = !page.failed;
    at("says").textContent = page.says;
  }

  const pressed = (what, on) => { document.querySelector(`[data-do="${what}"]`).ariaPressed = String(on); };

  function drawDone() {
    const counts = core.progress(page.items, page.states);
    const more = core.queue(page.work.items, page.work.role, true).length - page.items.length;
    at("thanks").textContent = t("thanks", { name: page.work.coder });
    at("done-text").textContent = [t("done_text", counts), counts.skipped ? t("skipped_text", counts) : ""].filter(Boolean).join(page.language === "zh" ? "" : " ");
    at("done-second").hidden = page.work.role !== "second";
    at("again").hidden = !counts.skipped;
    at("rest").hidden = !more;
    at("rest").textContent = t("rest", { n: more });
    at("done-undo").hidden = core.last(page.items, page.states) === null;
    at("done-save").hidden = !setup.kit;
    at("next").textContent = t(setup.kit ? "next_kit" : "next_served");
    at("command").textContent = setup.kit ? `minyi labels import ${core.fileName(page.work.coder, page.work.study)}` : `minyi report ${setup.place}`;
  }

  function draw() {
    drawWords();
    if (!page.work) return;
    if (page.current) { drawAround(); drawDraft(); } else drawDone();
  }

  function askWho() {
    show("who");
    at("name").focus();
    const option = (value) => Object.assign(node("option"), { value });
    keeper.people().then((people) => at("people").replaceChildren(...people.map(option)), (problem) => stop(problem.message));
  }

  // The way through

  function begin(answer) {
    page.work = answer.work;
    page.states = new Map(answer.states.map((state) => [state.item, state]));
    page.rest = answer.rest;
    if (!page.work.items.length) return stop(t("empty"));
    if (setup.kit) at("save").hidden = false;
    drawWords();
    goOn();
  }

  function goOn(says = "") {
    page.items = core.queue(page.work.items, page.work.role, page.rest);
    const next = page.again?.length ? page.again[0] : core.open(page.items, page.states)[0] ?? null;
    if (!page.again?.length) page.again = null;
    page.current = next;
    page.draft = core.draft(page.states.get(next?.id));
    Object.assign(page, { neutral: false, failed: null, says });
    if (next) return present();
    drawDone();
    show("done");
    at("done").focus();
    keeper.agreement().then((text) => { at("agreement").hidden = !text; if (text) worded(at("agreement"), text); });
  }

  // The comment takes the focus, so that a screen reader reads it and the arrow keys scroll it.
  function present() {
    show("desk");
    drawItem();
    clock.restart();
    at("said").focus({ preventScroll: true });
    if (at("said").getBoundingClientRect().top < 0) at("which").scrollIntoView();
  }

  const kept = (answer) => {
    if (answer.what !== "judged") return t(answer.what === "skipped" ? "skipped" : "undone");
    const others = STANCES.slice(0, 3).filter((name, place) => answer.codes[place] && name !== answer.stance);
    const also = others.map((name) => words().inline[name]).join(t("list"));
    return t(also ? "kept_with" : "kept", { stance: words().stance[answer.stance], also });
  };

  async function keep(item, answer) {
    const whole = { item, ...answer };
    page.busy = true;
    at("desk").ariaBusy = "true";
    try {
      page.states.set(item, await keeper.keep(whole, page.states.get(item)));
      if (page.again) page.again = page.again.filter((one) => one.id !== item);
      goOn(kept(answer));
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      if (problem.state) {
        page.states.set(item, problem.state);
        goOn(t("elsewhere"));
      } else {
        Object.assign(page, { failed: whole, says: t("failed", { why: problem.message }) });
        drawDraft();
      }
    } finally {
      page.busy = false;
      at("desk").ariaBusy = "false";
    }
  }

  // What a person may do

  const deeds = {
    primary(place) {
      const answer = core.judged(page.draft, STANCES[place]);
      if (answer) return keep(page.current.id, { ...answer, seconds: clock.seconds });
      Object.assign(page, { neutral: true, says: t("confirm_neutral") });
      drawDraft();
    },
    also(place) {
      page.draft.codes[place] = 1 - page.draft.codes[place];
      Object.assign(page, { neutral: false, says: page.draft.codes[place] ? t("also_hint") : "" });
      drawDraft();
    },
    unsure() { page.draft.unsure = !page.draft.unsure; drawDraft(); },
    note() {
      at("note-box").hidden = !at("note-box").hidden;
      drawDraft();
      if (!at("note-box").hidden) at("note").focus();
    },
    skip: () => keep(page.current.id, { ...core.aside("skipped", page.draft.note), seconds: clock.seconds }),
    undo() {
      const before = core.last(page.items, page.states);
      if (before) {
        page.again = null;
        return keep(before.item, { ...core.aside("withdrawn", before.note), unsure: before.unsure, seconds: null });
      }
      page.says = t("nothing_to_undo");
      drawDraft();
    },
    confirm() {
      if (page.failed) return deeds.retry();
      if (!page.neutral) return;
      page.draft.codes = [0, 0, 0];
      return deeds.primary(3);
    },
    retry() { const { item, ...answer } = page.failed; page.failed = null; return keep(item, answer); },
    again() { page.again = core.having(page.items, page.states, "skipped"); goOn(); },
    rest() { page.rest = true; keeper.keepRest(); goOn(); },
    language() {
      page.language = page.language === "zh" ? "en" : "zh";
      page.says = "";
      asked.set("lang", page.language);
      try { history.replaceState(null, "", `?${asked}`); } catch { /* some browsers refuse it to files */ }
      draw();
    },
    save() {
      const text = JSON.stringify(core.result(page.work, keeper.made()), null, 1);
      const file = core.fileName(page.work.coder, page.work.study);
      const link = Object.assign(node("a"), { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: file });
      link.click();
      at("result-text").value = text;
      at("result").hidden = false;
      at("saved").textContent = t("saved", { file });
      at("result").scrollIntoView({ block: "nearest" });
    },
    copy() {
      at("result-text").select();
      if (document.execCommand("copy")) at("saved").textContent = t("copied");
    },
  };

  const AT_DESK = new Set(["primary", "also", "unsure", "note", "skip", "confirm", "retry"]);

  function act(what) {
    const [deed, place] = what.split(":");
    if (page.busy || !page.work && deed !== "language") return;
    if (AT_DESK.has(deed) && !page.current) return;
    deeds[deed](Number(place));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) act(button.dataset.do);
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("textarea, input:not([type=checkbox])")) return;
    if (event.key === "Enter" && event.target.closest("button, summary, a, input")) return;
    const what = at("keys-on").checked && page.work ? core.action(event) : null;
    if (!what) return;
    event.preventDefault();
    act(what);
  });

  at("note").addEventListener("input", () => { page.draft.note = at("note").value; });
  at("note").addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key) || event.shiftKey) return;
    event.preventDefault();
    at("said").focus({ preventScroll: true });
  });
  document.addEventListener("visibilitychange", () => clock.look());
  addEventListener("beforeunload", (event) => { if (!keeper.lasting && keeper.made().size) event.preventDefault(); });
  keeper.onElsewhere(async () => {
    page.states = new Map((await keeper.load()).states.map((state) => [state.item, state]));
    if (page.current && !page.again && core.isAnswered(page.states.get(page.current.id))) goOn(t("elsewhere"));
    else draw();
  });

  drawWords();
  if (name) keeper.load().then(begin, (problem) => stop(problem.message));
  else askWho();
})();
