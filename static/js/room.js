// The bid room: puts what live.js hears into the page, and lends clock, panel and curve the news.
import { money, wan } from "./amounts.js";
import { start as startBid } from "./bid.js";
import { Countdown } from "./clock.js";
import { start as startCurve } from "./curve.js";
import { Live } from "./live.js";
import { clockTime, momentElement, shortMoment } from "./moments.js";
import { dataOf, fill, settings } from "./settings.js";
import { startNotices, tellOutside } from "./notices.js";
import { Alarm, startSettings } from "./speech.js";

const READ_WITHIN = 15_000;
const RUNNING = new Set(["announced", "open", "extension", "checking"]);

export function start(root) {
  return new Room(root);
}

class Room {
  constructor(root) {
    this.root = root;
    const { sale, seq, status, snapshotUrl, currency, myCode, standing } = root.dataset;
    Object.assign(this, { status, currency, myCode, standing });
    this.extensions = Number(root.dataset.extensions);
    this.words = dataOf(root, "words");
    this.parts = {};
    for (const part of root.querySelectorAll("[data-room]")) this.parts[part.dataset.room] = part;
    this.alarm = new Alarm(this.parts.alert);
    this.clock = new Countdown(root.querySelector("[data-luo=clock]"));
    this.clock.addEventListener("over", ({ detail: over }) =>
      this.showTag(over && this.status !== "announced" ? "checking" : this.shownState()),
    );
    this.list = new BidList(this);
    this.live = new Live({
      sale,
      seq: Number(seq),
      status,
      closesAt: this.clock.closesAt,
      snapshotUrl,
      liveUrl: settings.live_url,
      pass: settings.live_pass,
      load: () => import(settings.vendor.socketio),
    });
    this.live.addEventListener("sale", ({ detail }) => this.take(detail));
    this.live.addEventListener("bids", ({ detail }) => this.takeLate(detail));
    this.live.addEventListener("link", ({ detail }) => this.showLink(detail));
    this.hasBid = standing === "lead" || standing === "outbid";
    this.panel = this.startPanel();
    this.clock.addEventListener("left", ({ detail: left }) => this.panel?.showLeft(left));
    this.parts["link-close"].addEventListener("click", () => this.hideLinkText());
    this.curve = startCurve(root.querySelector("[data-luo=curve]"));
    if (this.parts["speech-settings"]) startSettings(this.parts["speech-settings"]);
    if (this.parts.notices) startNotices(this.parts.notices);
  }

  startPanel() {
    const panel = this.root.querySelector("[data-luo=bid]");
    if (!panel || panel.dataset.state === "not_allowed") return null;
    return startBid(panel, {
      reconnect: () => this.live.reconnect(),
      say: (text, kind) => this.clock.voice.say(text, { kind }),
      // One's own bid stands in the list within a second, whether a message comes or not.
      decided: () => {
        this.live.fetch();
        if (this.isOld) setTimeout(() => location.reload(), READ_WITHIN);
      },
    });
  }

  now() {
    return this.clock.server.legal() ?? this.clock.madeAt;
  }

  // What was announced is open from its moment on, as the server decides bids, even where nobody
  // has written that down yet.
  statusIn({ status = this.status }) {
    return status === "announced" && this.now() >= this.clock.opensAt ? "open" : status;
  }

  take(message) {
    const bids = message.bids ?? [];
    this.extensions = message.extensions ?? this.extensions;
    this.list.add(bids);
    this.curve.add(bids);
    this.showPrice(message);
    this.showStatus(this.statusIn(message));
    // The first bid with the new end is the one that moved it; a court's new end has none.
    const end = Date.parse(message.closes_at);
    const because = [...bids]
      .sort((one, other) => one.seq - other.seq)
      .find((bid) => Date.parse(bid.closes_at) === end);
    this.clock.update({ ...message, status: this.status, because });
    this.panel?.update({ ...message, leads: message.leader === this.myCode });
    this.last = message;
    this.noteOwn(bids);
  }

  // Bids from a hole: news for the list, and perhaps one of mine that is outbid already.
  takeLate(bids) {
    this.list.add(bids);
    if (this.last) this.noteOwn(bids);
  }

  noteOwn(bids) {
    this.hasBid ||= bids.some(({ code }) => code === this.myCode);
    this.showStanding(this.last);
  }

  showPrice({ price_minor: price, leader, bid_count: count }) {
    if (price === null || price === undefined) return;
    const written = money(price, this.currency);
    // The first bid may be the starting price: the digits stay, what they mean changes.
    const first = leader && !this.parts["no-leader"].hidden;
    if (first || this.parts.price.textContent !== written) {
      this.parts.price.textContent = written;
      this.parts.price.classList.toggle("luo-price__amount--long", written.length > 15);
      this.parts["price-label"].textContent = this.words.current;
      if (this.parts["price-wan"]) this.parts["price-wan"].textContent = wan(price, this.currency);
      this.tint();
      const said = fill(this.words.new_bid, { price: written });
      this.clock.voice.say(said, { at: "all", kind: "price" });
    }
    this.parts.leader.textContent = leader ?? "";
    this.parts["leader-line"].hidden = !leader;
    this.parts["no-leader"].hidden = Boolean(leader);
    this.countBids(count ?? this.list.newest);
  }

  countBids(count) {
    const sentence = count === 1 ? this.words.bid : this.words.bids;
    this.parts["bid-count"].textContent = fill(sentence, { n: count });
  }

  // The only motion there is: 200 ms of tint; none where less motion is wished.
  tint() {
    const { classList } = this.parts.price;
    classList.add("luo-price__amount--changed");
    setTimeout(() => classList.remove("luo-price__amount--changed"), 200);
  }

  showStatus(status) {
    const said = { suspended: this.words.suspended };
    const ended = ["sold", "pending_award", "unsold", "closed"].includes(status);
    if (status !== this.status) {
      const back = this.status === "suspended" && RUNNING.has(status);
      const words = ended ? this.words.closed : back ? this.words.reopened : said[status];
      if (words) this.clock.voice.say(words, { kind: "status", soon: true });
    }
    if (status === "sold") this.parts["price-label"].textContent = this.words.hammer;
    if (status !== this.status) this.loadWhatOneMayDoNow(status);
    this.status = status;
    this.root.dataset.status = status;
    this.showTag(this.shownState());
  }

  // A bidder's panel belongs to the state of the sale: it opens, is stayed, goes on, is over. The
  // page comes anew, spread over a moment; a bid that is on its way is decided and read first.
  loadWhatOneMayDoNow(status) {
    const same = RUNNING.has(status) && RUNNING.has(this.status) && this.status !== "announced";
    const busy = this.panel && !["ready", "accepted", "refused", "lost"].includes(this.panel.state);
    if (!this.myCode || same) return;
    this.isOld = busy;
    if (busy) return;
    setTimeout(() => location.reload(), 500 + Math.random() * 1_500);
  }

  // Late bids have prolonged it: it is open, and says so.
  shownState() {
    return this.status === "open" && this.extensions ? "extension" : this.status;
  }

  // The clock at nought closes nothing; the word above the price only says what is happening.
  showTag(status, among = (state) => !STANDINGS.has(state)) {
    for (const tag of this.root.querySelectorAll(".luo-room__state [data-state]")) {
      if (among(tag.dataset.state)) tag.hidden = tag.dataset.state !== status;
    }
  }

  showStanding({ leader, price_minor: price }) {
    if (!this.myCode) return;
    const standing = this.standingNow(leader);
    if (standing === this.standing) return;
    const written = money(price ?? 0, this.currency);
    if (standing === "outbid") {
      const said = fill(this.words.outbid, { price: written });
      this.clock.voice.unsay("lead");
      this.alarm.say(said);
      tellOutside(said, this.root.querySelector("h1").textContent);
      this.panel?.outbid();
    }
    if (standing === "lead") {
      this.clock.voice.say(fill(this.words.lead, { price: written }), { kind: "lead" });
    }
    this.standing = standing;
    this.root.dataset.standing = standing;
    this.showTag(standing, (state) => STANDINGS.has(state));
  }

  standingNow(leader) {
    const mine = leader === this.myCode;
    const over = ["sold", "pending_award", "unsold", "closed"].includes(this.status);
    const took = mine || this.hasBid;
    if (over && took) return mine && this.status === "sold" ? "won" : mine ? "lead" : "lost";
    if (mine) return "lead";
    return took ? "outbid" : this.standing;
  }

  showLink({ link, before, lost }) {
    if (link === "lost") this.seqWhenLost = this.live.seq;
    this.root.dataset.link = link;
    this.parts["price-old"].hidden = link !== "lost";
    this.panel?.setLink(link);
    // What was missed is still news when the socket is back as well.
    const told = this.cameBack && before === "polling" && link === "good";
    this.cameBack = before === "lost";
    if (told) return;
    const words = dataOf(this.parts.link, "words");
    const text = this.linkText(words, link, before, lost);
    this.parts.link.dataset.state = text && link !== "lost" ? "back" : link;
    this.parts["link-text"].textContent = text;
    this.parts["link-bar"].hidden = !text;
    this.parts["link-close"].hidden = link === "lost";
    clearTimeout(this.quiet);
    if (this.cameBack) this.quiet = setTimeout(() => this.hideLinkText(), READ_WITHIN);
  }

  // Time to read it; price, state and list go on saying what it says, and nothing moves.
  hideLinkText() {
    clearTimeout(this.quiet);
    const held = this.parts["link-bar"].contains(document.activeElement);
    this.parts["link-bar"].hidden = true;
    if (held) this.root.querySelector("h1").focus({ preventScroll: true });
  }

  linkText(words, link, before, lost) {
    if (link === "lost") return fill(words.lost, { time: clockTime(this.onServer(lost.at)) });
    if (before === "lost") {
      const n = this.live.seq - this.seqWhenLost;
      const price = this.parts.price.textContent;
      if (!n) return words.back;
      return fill(n === 1 ? words.missed_one : words.missed, { n, price });
    }
    return link === "polling" ? words.polling : "";
  }

  // A moment of performance.now() as the server would call it.
  onServer(at) {
    return this.now() - (performance.now() - at);
  }
}

const STANDINGS = new Set(["lead", "outbid", "no_bid", "won", "lost"]);

class BidList {
  constructor(room) {
    this.room = room;
    this.rows = room.parts["bid-rows"];
    this.waiting = [];
    this.paused = false;
    const { pause } = room.parts;
    pause.hidden = false;
    pause.addEventListener("click", () => this.toggle(pause));
  }

  get newest() {
    return Number(this.rows.querySelector("tr")?.dataset.seq ?? 0) + this.waiting.length;
  }

  toggle(button) {
    this.paused = !this.paused;
    button.setAttribute("aria-pressed", String(this.paused));
    button.textContent = this.paused ? button.dataset.resume : button.dataset.pause;
    this.room.parts.paused.hidden = !this.paused;
    if (!this.paused) this.add(this.waiting.splice(0));
    this.countWaiting();
  }

  countWaiting() {
    const count = this.room.parts["paused-count"];
    count.textContent = this.waiting.length
      ? fill(count.dataset.text, { n: this.waiting.length })
      : "";
  }

  add(bids) {
    if (this.paused) {
      this.waiting.push(...bids.filter((bid) => !this.has(bid)));
      this.countWaiting();
      return;
    }
    for (const bid of [...bids].sort((one, other) => one.seq - other.seq)) this.place(bid);
    if (bids.length) this.room.parts["no-bids"].hidden = true;
  }

  has({ seq }) {
    return Boolean(this.rows.querySelector(`[data-seq="${seq}"]`));
  }

  // Newest first, each once, whatever the order of arrival.
  place(bid) {
    if (this.has(bid)) return;
    const before = [...this.rows.children].find((row) => Number(row.dataset.seq) < bid.seq);
    this.rows.insertBefore(this.row(bid), before ?? null);
  }

  row({ seq, code, amount_minor: amount, at }) {
    const { currency, myCode } = this.room;
    const row = document.createElement("tr");
    row.className = "govuk-table__row";
    row.dataset.seq = seq;
    const mine = code === myCode;
    if (mine) row.classList.add("luo-bids__mine");
    row.append(
      cell(String(seq)),
      cell(money(amount, currency), "govuk-table__cell--numeric"),
      cell(mine ? [`${code} `, this.you()] : code),
      cell([momentElement(Date.parse(at), this.room.now(), shortMoment)]),
    );
    return row;
  }

  you() {
    const mark = document.createElement("strong");
    mark.className = "luo-you";
    mark.textContent = this.room.parts.bids.dataset.you;
    return mark;
  }
}

function cell(content, extra = "") {
  const element = document.createElement("td");
  element.className = `govuk-table__cell ${extra}`.trim();
  element.append(...[content].flat());
  return element;
}
