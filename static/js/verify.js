// Check a transcript in the browser: the file is read here and sent nowhere.
//
// All work is on the text of the lines, never on parsed numbers: an amount above 2^53 would lose
// its last digits, and the hash is of the text anyway. It is the SHA-256 of the line's bytes
// without its "hash" member. What this proves, and what it does not, stands on the page.
import { dataOf, fill } from "./settings.js";

const NOTHING_BEFORE = "0".repeat(64);

export function start(root) {
  const words = dataOf(root, "words");
  const part = (name) => root.querySelector(`[data-verify=${name}]`);
  const check = async (file) => {
    if (file) show(root, await verify(await file.text(), part("head").value.trim(), words, file));
  };
  part("file").addEventListener("change", ({ target }) => check(target.files[0]));
  const drop = part("drop");
  for (const event of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(event, (happening) => {
      happening.preventDefault();
      drop.classList.toggle("luo-verify__drop--over", event === "dragover");
      if (event === "drop") check(happening.dataTransfer.files[0]);
    });
  }
}

/** Each step with its sentence; stops at the first that fails. */
export async function verify(text, head, words, { name }) {
  const lines = text.split("\n");
  const ended = lines.pop() === "";
  const steps = [{ good: true, text: fill(words.reading, { name, lines: lines.length }) }];
  const say = (good, sentence, values = {}) => {
    steps.push({ good, text: fill(sentence, values) });
    return good;
  };
  const read = lines.map(members);
  if (read[0]?.value("format") !== "auction-transcript/1") {
    say(false, words.not_transcript);
    return { steps, good: false, lines: lines.length };
  }
  if (!globalThis.crypto?.subtle) {
    say(false, words.no_hashing);
    return { steps, good: false, lines: lines.length };
  }
  say(true, words.first_line, { rules: read[0].value("rules") });
  const checks = [
    () => first(read, (line) => !line, words.canonical_bad),
    () => (ended ? null : [lines.length, words.canonical_bad]),
    () => first(read, (line, n) => line.raw("n") !== String(n), words.numbered_bad),
    () => hashes(read, words),
    () => first(read, (line, n) => line.value("prev") !== before(read, n), words.chained_bad),
  ];
  const passed = [null, null, words.numbered, words.hashed, words.chained];
  for (const [index, check] of checks.entries()) {
    const bad = await check();
    if (bad) {
      say(false, bad[1], { n: bad[0] });
      return { steps, good: false, lines: lines.length };
    }
    if (passed[index]) say(true, passed[index], { n: lines.length });
  }
  return finish({ read, lines, steps, say, head, words });
}

function finish({ read, lines, steps, say, head, words }) {
  const last = read.at(-1);
  if (last.value("type") === "outcome") say(true, words.outcome, { status: last.value("status") });
  else say(true, words.no_outcome);
  const hash = last.value("hash");
  say(true, words.head, { hash });
  const good = !head || hash === head.toLowerCase();
  if (head) say(good, good ? words.head_same : words.head_differs);
  return { steps, good, lines: lines.length };
}

function before(read, n) {
  return n ? read[n - 1].value("hash") : NOTHING_BEFORE;
}

/** The first line that is wrong, counted as people count, with its sentence. */
function first(read, wrong, sentence) {
  const index = read.findIndex((line, n) => wrong(line, n));
  return index < 0 ? null : [index + 1, sentence];
}

async function hashes(read, words) {
  for (const [n, line] of read.entries()) {
    if ((await sha256(line.without("hash"))) !== line.value("hash")) return [n + 1, words.hashed_bad];
  }
  return null;
}

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The members of one canonical line as pieces of its text; null where it is not canonical. */
export function members(line) {
  const found = new Map();
  let depth = 0;
  let key = null;
  let from = 1;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line[at];
    if (sign === '"') {
      const end = endOfString(line, at);
      if (depth === 1 && key === null && line[end + 1] === ":") {
        key = line.slice(at + 1, end);
        from = at;
      }
      at = end;
    } else if (sign === "{" || sign === "[") {
      depth += 1;
    } else if (sign === "}" || sign === "]" || sign === ",") {
      if (depth === 1) {
        if (key !== null) found.set(key, { from, to: at, raw: line.slice(from + key.length + 3, at) });
        key = null;
      }
      if (sign !== ",") depth -= 1;
    } else if (/\s/.test(sign)) {
      return null; // canonical text has no spaces outside its strings
    }
  }
  const keys = [...found.keys()];
  const whole = line.startsWith("{") && line.endsWith("}") && depth === 0;
  return whole && String(keys) === String([...keys].sort()) ? new Line(line, found) : null;
}

class Line {
  constructor(text, found) {
    this.text = text;
    this.found = found;
  }

  raw(name) {
    return this.found.get(name)?.raw;
  }

  value(name) {
    const raw = this.raw(name);
    return raw === undefined ? undefined : JSON.parse(raw);
  }

  /** The text as if the member had never been there: one comma goes with it. */
  without(name) {
    const { from, to } = this.found.get(name) ?? { from: 1, to: 1 };
    const [head, tail] = [this.text.slice(0, from), this.text.slice(to)];
    if (tail.startsWith(",")) return head + tail.slice(1);
    return head.endsWith(",") ? head.slice(0, -1) + tail : head + tail;
  }
}

function endOfString(line, from) {
  let at = from + 1;
  while (at < line.length && line[at] !== '"') at += line[at] === "\\" ? 2 : 1;
  return at;
}

function show(root, { steps, good, lines }) {
  const words = dataOf(root, "words");
  const verdict = root.querySelector("[data-verify=verdict]");
  verdict.hidden = false;
  verdict.dataset.good = good;
  verdict.textContent = good ? fill(words.good, { n: lines }) : words.bad;
  const list = root.querySelector("[data-verify=steps]");
  list.replaceChildren(
    ...steps.map((step) => {
      const item = document.createElement("li");
      item.dataset.good = step.good;
      const mark = root.querySelector(`template[data-mark=${step.good ? "good" : "bad"}]`);
      item.append(mark.content.cloneNode(true), step.text);
      return item;
    }),
  );
}
