// Evaluated after core.js; its value is compared in test_labelling.py.
const key = (key, code, more = {}) => core.action({ key, code, ...more });
const states = (...made) => new Map(made.map(([item, what, at, seconds = 2]) => [item, { item, what, at, seconds }]));
const items = ["a", "b", "c", "d"].map((id, at) => ({ id, second: at % 2 === 1 }));
const ids = (some) => some.map((one) => one.id).join("");
({
  keys: [key("1", "Digit1"), key("&", "Digit1"), key("4", "Numpad4"), key("ArrowLeft", "Numpad4"), key("5", "Digit5")],
  also: [key("!", "Digit1", { shiftKey: true }), key("$", "Digit4", { shiftKey: true })],
  letters: ["u", "N", "s", "z", "Backspace", "Enter", "x"].map((one) => key(one, "")),
  held: ["ctrlKey", "altKey", "metaKey", "repeat", "isComposing"].map((name) => key("1", "Digit1", { [name]: true })),
  queue: [["first", false], ["second", false], ["second", true]].map((which) => ids(core.queue(items, ...which))),
  alone: ids(core.queue([{ id: "x" }], "second", false)),
  open: ids(core.open(items, states(["a", "judged", 1], ["b", "withdrawn", 2], ["c", "skipped", 3]))),
  last: [core.last(items, states(["a", "judged", 9], ["c", "skipped", 4], ["b", "withdrawn", 12])).item,
         core.last(items, states())],
  progress: core.progress(items, states(["a", "judged", 1], ["c", "skipped", 3])),
  time: [core.secondsLeft(items, states(["a", "judged", 1, 4], ["b", "judged", 2, 90], ["c", "judged", 3, 6])),
         core.secondsLeft(items, states(["a", "judged", 1, 4]))],
  median: [core.median([3, 1, 2]), core.median([4, 1])],
  capped: [core.capped(4000), core.capped(-1), core.capped(2.26)],
  judged: [core.judged({ codes: [0, 1, 0] }, "support").codes, core.judged({ codes: [0, 1, 0] }, "neutral")],
  fill: core.fill("{a} of {b} {c}", { a: 0, b: "{a}" }),
  file: core.fileName("../陈 <x>", "fees/é"),
})
