// What the page knows without a page: pure functions over plain values, tested on their own.
const core = (() => {
  "use strict";
  const STANCES = ["support", "concern", "suggestion", "neutral"];
  const CAP_S = 300; // one comment counts for no more seconds than this: the coder was elsewhere
  const RECENT = 15; // comments whose pace tells the time left
  const LETTERS = { u: "unsure", n: "note", s: "skip", z: "undo", Backspace: "undo", Enter: "confirm" };

  // The items one coder goes through, in order: a second coder first those that two people read, the others if asked.
  function queue(items, role, rest) {
    if (role !== "second") return items;
    const shared = items.filter((item) => item.second);
    if (!shared.length) return items;
    return rest ? [...shared, ...items.filter((item) => !item.second)] : shared;
  }

  const isAnswered = (state) => Boolean(state) && state.what !== "withdrawn";
  const open = (items, states) => items.filter((item) => !isAnswered(states.get(item.id)));
  const having = (items, states, what) => items.filter((item) => states.get(item.id)?.what === what);

  // The answer given last, of those among these items; null where there is none.
  function last(items, states) {
    const answered = items.map((item) => states.get(item.id)).filter(isAnswered);
    return answered.reduce((best, state) => (best === null || state.at >= best.at ? state : best), null);
  }

  function progress(items, states) {
    const done = having(items, states, "judged").length;
    const skipped = having(items, states, "skipped").length;
    return { all: items.length, done, skipped, left: items.length - done - skipped };
  }

  function median(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  // Seconds to the end at the pace of the last answers; null before three are known.
  function secondsLeft(items, states) {
    const timed = items.map((item) => states.get(item.id)).filter((state) => isAnswered(state) && state.seconds !== null);
    const recent = timed.sort((a, b) => b.at - a.at).slice(0, RECENT);
    return recent.length < 3 ? null : median(recent.map((state) => state.seconds)) * progress(items, states).left;
  }

  const capped = (seconds) => Math.min(CAP_S, Math.max(0, Math.round(seconds * 10) / 10));
  const draft = (state) => ({
    codes: [0, 0, 0],
    unsure: Boolean(state?.unsure),
    note: state?.note ?? "",
  });

  // The answer that a pile makes of a draft; null where neutral would contradict the other codes.
  function judged(made, stance) {
    const place = STANCES.indexOf(stance);
    const codes = made.codes.map((code, index) => (index === place ? 1 : code));
    if (stance === "neutral" && codes.some(Boolean)) return null;
    return { what: "judged", stance, codes, unsure: made.unsure, note: made.note };
  }

  const aside = (what, note) => ({ what, stance: null, codes: [0, 0, 0], unsure: false, note });

  // What a key asks for: "primary:0" … "primary:3", "also:0" … "also:2", or one of the letters' words; null for nothing.
  // Digits go by their place on the keyboard: on some layouts they are typed with Shift.
  function action(key) {
    if (key.ctrlKey || key.altKey || key.metaKey || key.repeat || key.isComposing) return null;
    const digit = /^(?:Digit|Numpad)([1-4])$/.exec(key.code);
    if (digit && (key.code.startsWith("Digit") || /^\d$/.test(key.key))) {
      const place = Number(digit[1]) - 1;
      if (!key.shiftKey) return `primary:${place}`;
      return place < 3 ? `also:${place}` : null;
    }
    return LETTERS[key.key.length === 1 ? key.key.toLowerCase() : key.key] ?? null;
  }

  const fill = (template, slots = {}) => template.replace(/\{(\w+)\}/g, (whole, name) => String(slots[name] ?? whole));

  // A file name that every system takes, letters of any script kept.
  const fileName = (name, study) =>
    `minyi-labels-${[name, study].map((part) => part.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "x").join("-")}.json`;

  // What a kit gives back: the answers made in it, and which sample they are for.
  const result = (work, made) => ({
    format: "minyi-labels",
    version: 1,
    study: work.study,
    target: work.target,
    codebook: work.codebook,
    sample: { digest: work.digest, ids: work.items.map((item) => item.id) },
    coder: work.coder,
    judgements: [...made.values()].map(({ item, what, stance, codes, unsure, note, seconds, at }) => ({ item, what, stance, codes, unsure, note, seconds, at })),
  });

  return { STANCES, action, aside, capped, draft, fileName, fill, having, isAnswered, judged, last, median, open, progress, queue, result, secondsLeft };
})();
