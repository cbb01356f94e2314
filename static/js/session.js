// The warning before a sign-in ends. Whoever types, presses or scrolls is at work and never sees it;
// five minutes before the end the page asks the server, because another window may have been used,
// and only then warns. Nothing on the page is lost: whoever signs in again elsewhere goes on here.
import { dataOf, fill } from "./settings.js";

const WARN = 5 * 60_000;
const TELL_EVERY = 5 * 60_000; // how often somebody at work is told of to the server
const ASK_EVERY = 30_000;
const AT_WORK = ["pointerdown", "keydown", "scroll", "touchstart"];

export function start(dialog) {
  return new SessionWatch(dialog);
}

class SessionWatch {
  constructor(dialog) {
    this.dialog = dialog;
    this.words = dataOf(dialog, "words");
    this.parts = {};
    for (const part of dialog.querySelectorAll("[data-session]")) {
      this.parts[part.dataset.session] = part;
    }
    this.endsAt = performance.now() + Number(dialog.dataset.seconds) * 1_000;
    this.toldAt = performance.now();
    this.askedAt = -Infinity;
    this.ended = false;
    this.parts.stay.addEventListener("click", () => this.stay());
    this.parts.seen.addEventListener("click", () => this.close());
    dialog.addEventListener("cancel", (event) => this.escape(event));
    for (const act of AT_WORK) {
      document.addEventListener(act, () => this.atWork(), { passive: true, capture: true });
    }
    document.addEventListener("visibilitychange", () => !document.hidden && this.ask());
    window.addEventListener("focus", () => (this.ended || this.left < WARN) && this.ask());
    this.skew = Date.now() - performance.now();
    setInterval(() => this.look(), 1_000);
  }

  get left() {
    return this.endsAt - performance.now();
  }

  atWork() {
    if (this.dialog.open || this.ended || performance.now() - this.toldAt < TELL_EVERY) return;
    this.stay();
  }

  // Escape means "I am here"; of an ended sign-in there is nothing to prolong.
  escape(event) {
    if (this.ended) event.preventDefault();
    else if (this.canStay) this.stay();
    else this.close();
  }

  look() {
    // A computer that slept has not counted meanwhile.
    const skew = Date.now() - performance.now();
    if (Math.abs(skew - this.skew) > ASK_EVERY) this.ask();
    this.skew = skew;
    if (this.ended || this.left > WARN) return;
    if (performance.now() - this.askedAt >= ASK_EVERY || this.left <= 0) this.ask();
    else if (this.dialog.open) this.write();
  }

  async stay() {
    this.toldAt = performance.now();
    this.take(
      await answerOf(this.dialog.dataset.stayUrl, {
        method: "POST",
        headers: { "X-CSRFToken": this.dialog.dataset.csrfToken },
      }),
    );
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    this.askedAt = performance.now();
    this.take(await answerOf(this.dialog.dataset.askUrl));
    this.asking = false;
  }

  /** What the server says; null is no answer, and changes nothing. */
  take(answer) {
    if (!answer) return;
    if (!answer.signed_in) return this.end();
    if (answer.who !== this.dialog.dataset.who) return location.reload();
    this.renew(answer.csrf_token);
    this.ended = false;
    this.canStay = answer.can_stay;
    this.endsAt = performance.now() + answer.seconds * 1_000;
    // With a deposit on a lot about to end nobody is signed out; ask again in a while.
    if (answer.held) this.endsAt = performance.now() + WARN + ASK_EVERY;
    if (this.left > WARN) this.close();
    else if (!this.seen) this.open();
  }

  /** Somebody signed in again in another window: the forms of this page count again. */
  renew(token) {
    if (token === this.dialog.dataset.csrfToken) return;
    this.dialog.dataset.csrfToken = token;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    window.dispatchEvent(new CustomEvent("luochui:token", { detail: token }));
  }

  open() {
    this.write();
    this.show(this.canStay ? ["stay", "leave"] : ["seen", "leave"]);
  }

  write() {
    const { words } = this;
    const minutes = Math.floor(this.left / 60_000);
    const kind = this.canStay ? "idle" : "whole";
    const sentence = minutes > 0 ? words[kind] : words[`${kind}_last`];
    this.set("heading", words[`${kind}_heading`]);
    this.set("text", fill(sentence, { n: minutes }));
  }

  end() {
    this.ended = true;
    this.set("heading", this.words.ended_heading);
    this.set("text", this.words.ended);
    this.show(["again"]);
  }

  show(names) {
    for (const name of ["stay", "seen", "again", "leave"]) {
      this.parts[name].hidden = !names.includes(name);
    }
    if (!this.dialog.open) this.dialog.showModal();
    if (!this.dialog.contains(document.activeElement) || document.activeElement.hidden) {
      this.parts[names[0]].focus();
    }
  }

  close() {
    this.seen = this.left <= WARN;
    if (this.dialog.open) this.dialog.close();
  }

  set(part, text) {
    if (this.parts[part].textContent !== text) this.parts[part].textContent = text;
  }
}

async function answerOf(url, options = {}) {
  try {
    const answer = await fetch(url, {
      ...options,
      headers: { Accept: "application/json", ...options.headers },
      cache: "no-store",
      signal: AbortSignal.timeout(5_000),
    });
    if (answer.status === 401) return { signed_in: false };
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // no link: the next question is in half a minute
  }
}
