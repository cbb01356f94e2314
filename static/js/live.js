// What the server says about one sale, in order and without holes. It only listens: nothing is
// ever sent by the socket, because a socket would keep it while offline and send it late.
//
// Every message carries the sale's `seq`, the number of accepted bids; each two seconds a beat
// carries it too. A hole, or a beat that knows more than we do, means a message was missed: the
// snapshot is fetched from the last seq we have. Without a beat for five seconds the link is lost;
// then the snapshot is asked for every three. All of it is counted on performance.now(): a
// computer whose clock is set while the page is open must not take a dead link for a living one.

const BEAT_LATE = 5_000;
const POLL_EVERY = 3_000;
const JUMP = 2_000;
const FINAL = new Set(["sold", "unsold", "withdrawn"]);

// When a live process dies, all who were on it come back at once, to those who stayed elsewhere.
// So each waits for a while of its own: anything up to the first wait, then up to twice as much,
// and so on. Meanwhile a page asks for snapshots, so a viewer has time; a bidder comes sooner.
const FIRST_WAIT = { viewer: 5_000, bidder: 1_000 };
const LONGEST_WAIT = { viewer: 30_000, bidder: 4_000 };

/** What Socket.IO's client is told of this. It draws between nought and twice its delay. */
export function waits(isBidder) {
  const who = isBidder ? "bidder" : "viewer";
  return {
    reconnectionDelay: FIRST_WAIT[who] / 2,
    reconnectionDelayMax: LONGEST_WAIT[who],
    randomizationFactor: 1,
  };
}

export class Live extends EventTarget {
  /** `seq`, `status`, `closesAt`: what the page was made with. `load` gives Socket.IO's client. */
  constructor({ sale, seq, status, closesAt, snapshotUrl, liveUrl, pass, load }) {
    super();
    Object.assign(this, { sale, seq, status, closesAt, snapshotUrl, liveUrl, pass, load });
    this.link = "good"; // good | polling | lost
    this.heardAt = performance.now();
    this.skew = Date.now() - performance.now();
    this.fetching = null;
    this.connect();
    this.watch = setInterval(() => this.check(), 1_000);
    for (const event of ["online", "pageshow"]) window.addEventListener(event, () => this.fetch());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.fetch();
    });
  }

  async connect() {
    if (!this.liveUrl || !this.load) return;
    const { io } = await this.load();
    const { origin, pathname } = new URL(this.liveUrl, location.href);
    this.socket = io(origin, {
      ...(pathname.length > 1 && { path: pathname }),
      transports: ["websocket"],
      // A bidder's page brings a pass: told first, and let in when viewers are turned away.
      auth: { sale: this.sale, pass: this.pass },
      ...waits(Boolean(this.pass)),
    });
    this.socket.onAny((name, message) => this.hear(name, message));
  }

  reconnect() {
    this.socket?.connect();
    return this.fetch();
  }

  hear(name, message) {
    if (!message || message.sale !== this.sale) return;
    this.heardAt = this.newsAt = performance.now();
    // After a loss the snapshot comes first, so that "you missed 3 bids" is true when it is said.
    if (this.link === "lost") this.fetch();
    else this.setLink("good");
    if (name !== "beat") this.take(message);
    else if (this.knowsMore(message)) this.fetch();
  }

  knowsMore({ seq, status, closes_at: closesAt }) {
    if (seq !== this.seq) return seq > this.seq;
    return status !== this.status || Date.parse(closesAt) !== this.closesAt;
  }

  /** Accept what is newer than what we have, once; a step back or a double changes nothing. */
  take(message) {
    const { seq, at, bids = [] } = message;
    if (this.isOld(message)) return;
    const since = this.seq;
    const hole = seq - since > Math.max(1, bids.length);
    this.seq = seq;
    this.at = at ?? this.at;
    this.status = message.status ?? this.status;
    this.closesAt = Date.parse(message.closes_at);
    this.dispatchEvent(new CustomEvent("sale", { detail: message }));
    if (hole) this.fetch(since);
  }

  isOld({ seq, at, status, closes_at: closesAt }) {
    if (seq !== this.seq) return seq < this.seq;
    if (FINAL.has(this.status)) return true;
    if (this.at && at && at !== this.at) return Date.parse(at) < Date.parse(this.at);
    return status === this.status && Date.parse(closesAt) === this.closesAt && Boolean(this.at);
  }

  /** Ask for what we do not have. One question at a time; the answer goes the way of a message. */
  fetch(after = this.seq) {
    this.fetching ??= this.ask(after).finally(() => {
      this.fetching = null;
    });
    return this.fetching;
  }

  async ask(after) {
    try {
      const answer = await fetch(`${this.snapshotUrl}?after=${after}`, {
        cache: "no-store",
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(POLL_EVERY),
      });
      if (!answer.ok) return false;
      const snapshot = await answer.json();
      this.polledAt = this.newsAt = performance.now();
      this.fillHoles(snapshot);
      this.take(snapshot);
      // A long absence comes back in pieces.
      const newest = Math.max(...snapshot.bids.map(({ seq }) => seq), 0);
      if (newest && newest < snapshot.seq) setTimeout(() => this.fetch(newest));
      if (this.link !== "good") this.setLink(this.beats && this.liveUrl ? "good" : "polling");
      return true;
    } catch {
      return false; // no link: check() says so
    }
  }

  // Bids behind our seq were missed in a hole; they are news for the list, not for the price.
  fillHoles({ bids = [] }) {
    const late = bids.filter(({ seq }) => seq <= this.seq);
    if (late.length) this.dispatchEvent(new CustomEvent("bids", { detail: late }));
  }

  get beats() {
    return performance.now() - this.heardAt < BEAT_LATE;
  }

  // A computer that slept has not counted meanwhile; its clock has. What it shows may be old.
  noticeSleep() {
    const skew = Date.now() - performance.now();
    if (Math.abs(skew - this.skew) <= JUMP) return;
    this.skew = skew;
    this.fetch().then((answered) => {
      if (!answered) this.heardAt = -Infinity;
    });
  }

  async check() {
    this.noticeSleep();
    if (this.beats && this.liveUrl) return;
    const silent = !this.polledAt || performance.now() - this.polledAt >= POLL_EVERY;
    if (silent) await this.fetch();
    if (this.beats && this.liveUrl) return;
    const fresh = this.polledAt && performance.now() - this.polledAt < BEAT_LATE;
    this.setLink(fresh ? "polling" : "lost");
  }

  setLink(link) {
    if (link === this.link) return;
    const before = this.link;
    if (link === "lost") {
      this.lost = { at: this.newsAt ?? 0 };
    }
    this.link = link;
    const detail = { link, before, lost: this.lost };
    this.dispatchEvent(new CustomEvent("link", { detail }));
  }
}
