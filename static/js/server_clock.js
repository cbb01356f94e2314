// The server's time, as well as this browser can know it.
//
// Round trips to /time; the quickest one is nearest the truth, and its half is the error. The
// computer's own clock is never asked: performance.now() counts on, whatever the user's clock says.
// Legal time has its own rate (nought in a held rehearsal); ends are measured on it.

const FIRST_TRIPS = 5;
const LATER_TRIPS = 3;
const EVERY = 30_000;
const DRIFT = 0.01; // a computer's crystal is far better; a bad one may lose 1%
const FORGET = 45_000; // without an answer for so long the clock is not certain
const JUMP = 2_000; // the computer slept, or its clock was moved: measure again

export class ServerClock extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.best = null;
    this.measuring = false;
    this.skew = Date.now() - performance.now();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.measure(FIRST_TRIPS);
    });
    window.addEventListener("pageshow", (event) => event.persisted && this.measure(FIRST_TRIPS));
    window.addEventListener("online", () => this.measure(FIRST_TRIPS));
    this.start();
  }

  async start() {
    await this.measure(FIRST_TRIPS);
    setInterval(() => this.measure(LATER_TRIPS), EVERY);
    setInterval(() => this.noticeSleep(), 1_000);
  }

  /** Ask several times; keep the quickest answer, unless the one we have is still better. */
  async measure(trips) {
    if (this.measuring) return;
    this.measuring = true;
    try {
      let quickest = null;
      for (let trip = 0; trip < trips; trip += 1) {
        const sample = await this.ask();
        if (sample && (!quickest || sample.error < quickest.error)) quickest = sample;
        if (quickest && !this.known) this.settle(quickest); // a first answer is better than none
      }
      if (quickest) this.best = quickest;
    } finally {
      this.measuring = false;
      this.dispatchEvent(new Event("measured"));
    }
  }

  settle(sample) {
    this.best = sample;
    this.dispatchEvent(new Event("measured"));
  }

  async ask() {
    const sent = performance.now();
    try {
      const answer = await fetch(this.url, {
        cache: "no-store",
        signal: AbortSignal.timeout(5_000),
      });
      const came = performance.now();
      if (!answer.ok) return null;
      const { now, legal, rate, error } = await answer.json();
      const trip = came - sent;
      return {
        at: (sent + came) / 2,
        real: Date.parse(now),
        legal: Date.parse(legal ?? now),
        rate: rate ?? 1,
        trip,
        error: trip / 2 + (error ?? 0) * 1_000,
      };
    } catch {
      return null; // no link, or too slow: the error grows until one comes back
    }
  }

  noticeSleep() {
    const skew = Date.now() - performance.now();
    if (Math.abs(skew - this.skew) > JUMP) {
      this.skew = skew;
      if (this.best) this.best = { ...this.best, at: -Infinity };
      this.measure(FIRST_TRIPS);
    }
  }

  get age() {
    return this.best ? performance.now() - this.best.at : Infinity;
  }

  /** Half-width of what we know, in milliseconds. */
  get error() {
    return this.best ? this.best.error + DRIFT * this.age : Infinity;
  }

  get certain() {
    return this.error <= 1_000 && this.age <= FORGET;
  }

  get rate() {
    return this.best ? this.best.rate : 1;
  }

  get trip() {
    return this.best ? this.best.trip : null;
  }

  get known() {
    return this.best !== null && Number.isFinite(this.best.at);
  }

  real() {
    return this.known ? this.best.real + this.age : null;
  }

  legal() {
    return this.known ? this.best.legal + this.best.rate * this.age : null;
  }
}
