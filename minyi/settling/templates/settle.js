// The settling page: every disputed comment with what each person said, and one label that is to stand.
(() => {
  "use strict";
  const STANCES = ["support", "concern", "suggestion", "neutral"];
  const setup = JSON.parse(document.getElementById("setup").textContent);
  const asked = new URLSearchParams(location.search);
  const speaks = (name) => (name in setup.wording ? name : null);
  const browsers = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  const page = { language: speaks(asked.get("lang")) ?? setup.language ?? browsers, work: null, drafts: new Map(), says: new Map() };

  const at = (id) => document.getElementById(id);
  const fill = (text, slots = {}) => text.replace(/\{(\w+)\}/g, (whole, name) => String(slots[name] ?? whole));
  const t = (name, slots) => fill(setup.wording[page.language].ui[name], slots);
  const stance = (name) => setup.wording[page.language].stance[name];
  const told = (lang) => (/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(lang) ? lang : "");
  const worded = (element, wording) => {
    const own = Boolean(wording[page.language]);
    element.textContent = wording[page.language] || wording[page.language === "zh" ? "en" : "zh"];
    element.lang = own ? page.language : page.language === "zh" ? "en" : "zh";
  };
  const node = (tag, facts = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), facts);
    made.append(...inside);
    return made;
  };

  async function ask(path, body) {
    const headers = { "Content-Type": "application/json", "X-Minyi-Token": setup.token };
    const request = body ? { method: "POST", headers, body: JSON.stringify(body) } : {};
    const answer = await fetch(path, request);
    return { status: answer.status, ...(await answer.json()) };
  }

  // A draft begins with the codes on which everybody agrees.
  const agreed = (one) => [0, 1, 2].map((place) => Number(one.voices.every((voice) => voice.codes[place])));
  function draft(one) {
    if (!page.drafts.has(one.id)) page.drafts.set(one.id, { codes: agreed(one), note: "" });
    return page.drafts.get(one.id);
  }

  const also = (said) => STANCES.slice(0, 3).filter((name, place) => said.codes[place] && name !== said.stance).map(stance).join(t("list"));
  const whole = (said) => (also(said) ? t("with", { stance: stance(said.stance), also: also(said) }) : stance(said.stance));

  function voices(one) {
    const head = ["person", "pile", "also", "note"].map((name) => node("th", { scope: "col", textContent: t(name) }));
    const rows = one.voices.map((voice) => node("tr", {},
      node("th", { scope: "row", dir: "auto", textContent: voice.name }),
      node("td", { className: voice.stance, textContent: stance(voice.stance) }),
      node("td", { textContent: [also(voice), voice.unsure ? t("unsure") : ""].filter(Boolean).join(t("list")) }),
      node("td", { dir: "auto", textContent: voice.note })));
    return node("table", { className: "voices" }, node("caption", { textContent: t("voices") }),
      node("thead", {}, node("tr", {}, ...head)), node("tbody", {}, ...rows));
  }

  function stands(one) {
    const undo = node("button", { type: "button", className: "plain", textContent: t("undo"), onclick: () => takeBack(one) });
    return node("p", { className: "row" }, node("span", { className: "stands", textContent: t("stands", { what: whole(one.settled) }) }), undo);
  }

  function choices(one) {
    const made = draft(one);
    const toggles = STANCES.slice(0, 3).map((name, place) => node("button", {
      type: "button", className: `toggle ${name}`, ariaPressed: String(Boolean(made.codes[place])), onclick: () => mark(one, place),
    }, node("span", { textContent: stance(name) })));
    const piles = STANCES.map((name, place) => node("button", { type: "button", className: `choice ${name}`, onclick: () => settle(one, name) },
      node("span", { className: "head" }, node("b", { textContent: stance(name) }), node("kbd", { textContent: String(place + 1) }))));
    const note = node("textarea", { rows: 1, maxLength: setup.limit, value: made.note, id: `note-${one.id}` });
    note.addEventListener("input", () => { made.note = note.value; });
    const group = (name, css, ...inside) => {
      const made = node("div", { className: css, role: "group", ariaLabel: t(name) }, ...inside);
      return made;
    };
    return [
      group("carries", "row", node("span", { className: "quiet", textContent: t("carries") }), ...toggles),
      node("label", { htmlFor: note.id, textContent: t("note_label") }), note,
      group("settle_as", "choices", ...piles),
    ];
  }

  function card(one, place) {
    const title = node("h2", { id: `title-${place}`, textContent: t("comment_of", { n: place + 1, all: page.work.disputes.length }) });
    const quoted = one.evidence ? [node("p", { className: "quoted" }, t("quoted"), " ", node("span", { dir: "auto", textContent: one.evidence }))] : [];
    const words = node("p", { className: "words", dir: "auto", lang: told(one.lang), textContent: one.text, tabIndex: 0, role: "group" });
    words.setAttribute("aria-labelledby", title.id);
    const made = node("li", { className: "dispute" }, title, ...quoted, words, voices(one), ...(one.settled ? [stands(one)] : choices(one)),
      node("p", { className: "state", role: "status", textContent: page.says.get(one.id) ?? "" }));
    made.dataset.id = one.id;
    return made;
  }

  function draw() {
    document.documentElement.lang = page.language;
    document.title = `${t("title")} · minyi`;
    at("language").textContent = t("other_language");
    at("language").lang = page.language === "zh" ? "en" : "zh";
    at("lead").textContent = t("lead");
    at("keys").textContent = t("keys");
    if (!page.work) return;
    at("study").textContent = page.work.study;
    worded(at("change-name"), page.work.change.name);
    worded(at("statement"), page.work.change.statement);
    drawProgress();
    at("disputes").replaceChildren(...page.work.disputes.map(card));
  }

  function drawProgress() {
    const all = page.work.disputes.length;
    const settled = page.work.disputes.filter((one) => one.settled).length;
    at("progress-text").textContent = !all ? t("none") : t(settled === all ? "all_done" : "progress", { settled, all });
    at("keys").hidden = !all;
  }

  const place = (one) => page.work.disputes.findIndex((other) => other.id === one.id);
  const shown = (one) => at("disputes").children[place(one)];
  const focus = (one) => shown(one).querySelector(".words").focus();

  function redraw(one) {
    shown(one).replaceWith(card(one, place(one)));
    drawProgress();
  }

  function say(one, text) {
    page.says.set(one.id, text);
    redraw(one);
    focus(one);
  }

  function mark(one, code) {
    draft(one).codes[code] = 1 - draft(one).codes[code];
    say(one, "");
  }

  function settle(one, name) {
    const made = draft(one);
    const codes = made.codes.map((code, place) => (STANCES[place] === name ? 1 : code));
    if (name === "neutral" && codes.some(Boolean)) return say(one, t("neutral_alone"));
    return keep(one, { what: "judged", stance: name, codes, unsure: false, note: made.note });
  }

  const takeBack = (one) => keep(one, { what: "withdrawn", stance: null, codes: [0, 0, 0], unsure: false, note: "" });

  async function keep(one, said) {
    if (page.busy) return;
    page.busy = true;
    const answer = await ask("/api/settle", { item: one.id, seconds: null, seen: one.settled?.revision ?? null, ...said })
      .catch(() => ({ error: { what: t("lost") } }));
    page.busy = false;
    if (!answer.dispute) return say(one, t("failed", { why: answer.error.what }));
    page.work.disputes[place(one)] = answer.dispute;
    page.says.set(one.id, answer.status === 409 ? t("elsewhere") : said.what === "withdrawn" ? t("undone") : "");
    redraw(answer.dispute);
    const open = page.work.disputes.slice(place(one)).concat(page.work.disputes).find((other) => !other.settled);
    focus(said.what === "withdrawn" ? answer.dispute : open ?? answer.dispute);
  }

  document.addEventListener("keydown", (event) => {
    const within = event.target.closest(".dispute");
    if (!within || event.target.closest("textarea") || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const one = page.work.disputes.find((other) => other.id === within.dataset.id);
    const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code);
    if (event.key.toLowerCase() === "z" && one.settled) takeBack(one);
    else if (digit && !one.settled && !event.shiftKey) settle(one, STANCES[Number(digit[1]) - 1]);
    else if (digit && !one.settled && Number(digit[1]) < 4) mark(one, Number(digit[1]) - 1);
    else return;
    event.preventDefault();
  });

  at("language").addEventListener("click", () => {
    page.language = page.language === "zh" ? "en" : "zh";
    page.says.clear();
    asked.set("lang", page.language);
    history.replaceState(null, "", `?${asked}`);
    draw();
  });

  draw();
  ask("/api/work").then((work) => {
    if (work.error) throw new Error(work.error.what);
    page.work = work;
    draw();
    const first = work.disputes.find((one) => !one.settled);
    if (first) focus(first);
  }).catch((problem) => {
    at("message").textContent = problem.message || t("lost");
    at("message").hidden = false;
  });
})();
