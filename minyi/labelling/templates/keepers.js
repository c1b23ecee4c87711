// Where answers are kept: by the program that serves the page, or, in a kit, by the browser.
class Refusal extends Error {
  constructor(why, state = null) {
    super(why);
    this.state = state; // what was answered elsewhere, where that is why
  }
}

const servedKeeper = (token, name, t) => {
  const ask = async (path, body) => {
    const headers = { "X-Minyi-Token": token, ...(body && { "Content-Type": "application/json" }) };
    const answer = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) }).catch(() => null);
    if (!answer) throw new Refusal(t("gone"));
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    throw new Refusal(answer.status === 403 ? t("refused") : said.error?.what ?? answer.statusText, said.judgement);
  };
  const mine = (path) => ask(`${path}?as=${encodeURIComponent(name)}`);
  return {
    lasting: true,
    load: () => mine("/api/work").then((work) => ({ work, states: work.mine, rest: work.rest })),
    keep: (answer, before) => ask("/api/judge", { as: name, seen: before?.revision ?? null, ...answer }).then((said) => said.judgement),
    keepRest: () => {},
    people: () => ask("/api/people").then((said) => said.people),
    agreement: () => mine("/api/agreement").then((said) => said.words, () => null),
    onElsewhere: () => {},
  };
};

const kitKeeper = (work) => {
  const place = `minyi-labels ${work.study} ${work.digest} ${work.coder}`;
  const made = new Map(); // by comment; two tabs share what the browser holds
  let rest = null;
  const keeper = { lasting: true };
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(place) ?? "{}");
      for (const state of kept.answers ?? []) if (!(made.get(state.item)?.at >= state.at)) made.set(state.item, state);
      rest = kept.rest ?? rest;
    } catch {
      keeper.lasting = false;
    }
  };
  const write = () => {
    try {
      localStorage.setItem(place, JSON.stringify({ answers: [...made.values()], rest }));
    } catch {
      keeper.lasting = false;
    }
  };
  const known = () => [...work.mine, ...made.values()];
  return Object.assign(keeper, {
    async load() {
      read();
      return { work, states: known(), rest: rest ?? work.rest };
    },
    async keep(answer, before) {
      read();
      const now = made.get(answer.item);
      if (now && now.at !== before?.at) throw new Refusal("", now);
      const state = { ...answer, at: Math.max(Date.now(), 1 + Math.max(0, ...known().map((one) => one.at))) };
      made.set(answer.item, state);
      write();
      return state;
    },
    keepRest() {
      rest = true;
      write();
    },
    made: () => made,
    agreement: async () => null,
    onElsewhere: (look) => addEventListener("storage", (event) => event.key === place && look()),
  });
};
