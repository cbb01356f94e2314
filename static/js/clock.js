// The countdown on the page. It shows what is left until the published end; it never closes a lot:
// at nought it says that the last bids are being checked, until the server says what happened.
import { dataOf, fill } from "./settings.js";
import { moment, momentElement } from "./moments.js";
import { ServerClock } from "./server_clock.js";
import { KeyMoments, Voice } from "./speech.js";

const SLOW = 400; // a round trip slower than this is worth a word

export function start(root) {
  return new Countdown(root);
}

export class Countdown extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    this.words = dataOf(root, "words");
    this.parts = Object.fromEntries(
      [...root.querySelectorAll("[data-clock]")].map((part) => [part.dataset.clock, part]),
    );
    this.status = root.dataset.status;
    this.closesAt = Date.parse(root.dataset.closesAt);
    this.opensAt = Date.parse(root.dataset.opensAt);
    this.madeAt = Date.parse(root.dataset.now);
    this.voice = new Voice(this.parts.speech);
    this.moments = new KeyMoments(this.words, this.voice);
    this.server = new ServerClock(root.dataset.timeUrl);
    this.server.addEventListener("measured", () => this.draw());
    document.addEventListener("visibilitychange", () => this.draw());
    this.draw();
  }

  /** The server's word on the sale: only this changes what the clock counts to. */
  update({ status, closes_at: closesAt, extensions, because }) {
    const before = this.closesAt;
    this.status = status;
    if (closesAt) this.closesAt = Date.parse(closesAt);
    this.root.dataset.status = status;
    this.writeEnd(extensions);
    if (closesAt && this.closesAt > before) this.sayExtended(before, because);
    this.draw();
  }

  get target() {
    if (this.status === "announced") return this.opensAt;
    return RUNNING.has(this.status) ? this.closesAt : NaN;
  }

  draw() {
    clearTimeout(this.next);
    this.writeServer();
    const legal = this.server.legal();
    if (legal === null) {
      // After a sleep the old digits would be wrong; before the first answer the server's stand.
      if (this.counted) this.set("digits", "…");
      return this.again(250);
    }
    this.counted = true;
    if (Number.isNaN(this.target)) {
      this.writeStill();
      return this.again(1_000);
    }
    const left = this.target - legal;
    this.write(left);
    if (this.status !== "announced") this.moments.at(left);
    // Wake just after the next whole second of what is left; held time is only looked at again.
    const rate = Math.abs(this.server.rate);
    const rest = ((left % 1_000) + 1_000) % 1_000 || 1_000;
    return this.again(rate ? Math.max(50, Math.min(1_000, rest / rate + 5)) : 500);
  }

  again(wait) {
    this.next = setTimeout(() => this.draw(), wait);
  }

  write(left) {
    const over = left <= 0;
    const { ends_in: endsIn, opens_in: opensIn, rehearsal_held: held } = this.words;
    const announced = this.status === "announced";
    const running = announced ? opensIn : endsIn;
    const [come, then] = announced
      ? [this.words.opens, this.words.opening]
      : [this.words.over, this.words.checking];
    this.set("label", over ? come : this.server.rate === 0 ? held : running);
    const digits = over ? then : digitsOf(left, this.words);
    this.set("digits", digits);
    this.dispatchEvent(new CustomEvent("left", { detail: digits }));
    this.parts.digits.hidden = false;
    this.parts.digits.classList.toggle("luo-clock__digits--words", over);
    if (over !== this.over) this.dispatchEvent(new CustomEvent("over", { detail: over }));
    this.over = over;
  }

  writeStill() {
    const still = { suspended: this.words.held, checking: this.words.over };
    this.set("label", still[this.status] ?? this.words.ended);
    const checking = this.status === "checking";
    if (checking) this.set("digits", this.words.checking);
    this.parts.digits.classList.toggle("luo-clock__digits--words", checking);
    this.parts.digits.hidden = !checking;
  }

  writeEnd(extensions) {
    const now = this.server.legal() ?? this.closesAt;
    if (this.status !== "announced") {
      const running = RUNNING.has(this.status) || this.status === "checking";
      const held = this.status === "suspended" ? this.words.was_to_end : "";
      const before = running ? this.words.ends : held;
      this.parts.end.replaceChildren(before, before && " ", momentElement(this.closesAt, now));
    }
    if (extensions === undefined) return;
    const { extended_once: once, extended_times: times } = this.words;
    const said = extensions === 1 ? once : fill(times, { n: extensions });
    this.set("extensions", extensions ? said : "");
  }

  writeServer() {
    const { server } = this;
    this.root.dataset.certain = server.certain;
    if (!server.known) {
      const waiting = server.measuring ? this.words.measuring : this.words.uncertain;
      return this.set("server", waiting);
    }
    if (!server.certain) return this.set("server", this.words.uncertain);
    const link = server.trip < SLOW ? this.words.good : this.words.slow;
    return this.set(
      "server",
      fill(this.words.server_time, {
        time: clockOf(moment(server.real(), server.real())),
        error: Math.max(0.1, Math.ceil(server.error / 100) / 10).toFixed(1),
        link: fill(link, { ms: Math.round(server.trip) }),
      }),
    );
  }

  // An extension is shown with its cause, the old end and the new one. Where no bid caused it, the
  // court has set the end.
  sayExtended(before, because) {
    this.moments.reset();
    const now = this.server.legal() ?? this.closesAt;
    const clock = (at) => clockOf(moment(at, now));
    const values = { end: clock(this.closesAt), before: clock(before) };
    const sentence = because
      ? fill(this.words.extended, { ...values, seq: because.seq, at: clock(Date.parse(because.at)) })
      : fill(this.words.new_end, values);
    this.set("cause", sentence);
    this.voice.say(sentence, { kind: "end" });
  }

  // Only what changed is written, so that nothing on the page moves or is read twice.
  set(part, text) {
    const element = this.parts[part];
    if (element.textContent !== text) element.textContent = text;
  }
}

const RUNNING = new Set(["open", "extension"]);

/** 04:32, 3:04:32, 2 days 03:04:32. The last second counts until it is over. */
function digitsOf(left, words) {
  const total = Math.ceil(left / 1_000);
  const [days, hours] = [Math.floor(total / 86_400), Math.floor(total / 3_600) % 24];
  const clock = [Math.floor(total / 60) % 60, total % 60].map(two).join(":");
  if (days) return `${days} ${days === 1 ? words.day : words.days} ${two(hours)}:${clock}`;
  return hours ? `${hours}:${clock}` : clock;
}

function two(number) {
  return String(number).padStart(2, "0");
}

function clockOf(written) {
  return written.match(/\d\d:\d\d:\d\d/)[0];
}
