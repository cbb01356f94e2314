// The bid, in the page: review, place, and the truth about what became of it.
//
// One key is made for each review, so that a bid counts once however often it is sent. Nothing is
// shown as done before the server has decided. What is uncertain is asked about, and for a short
// while sent again, always with the same key: no bid is ever sent later by itself. A bid that never
// arrived is given up by entering its key without an amount, so that not even a packet kept back
// by the network can make it count after the page has said that it did not arrive.
import { basisPoints, inWords, money, plain, readAmount } from "./amounts.js";
import { exactMoment } from "./moments.js";
import { dataOf, fill, settings } from "./settings.js";
import { Alarm } from "./speech.js";
import * as pending from "./pending.js";

const STILL_AFTER = 2_000;
const UNKNOWN_AFTER = 5_000;
const REPEAT_EVERY = 2_000;
const ASK_EVERY = 1_000;
const SEND_WITHIN = 20_000; // after that the same bid is only asked about
const LOST_AFTER = 15_000; // nothing we sent is being worked on any more so long after
const GIVEN_UP = "given up"; // what stands in the journal in the place of an amount
const FINAL = new Set(["accepted", "refused", "lost"]);

export function start(root, room = {}) {
  return new BidPanel(root, room);
}

class BidPanel {
  constructor(root, { reconnect = () => location.reload(), say = () => {}, decided = () => {} }) {
    this.root = root;
    Object.assign(this, { say, decided });
    this.words = dataOf(root, "words");
    this.terms = dataOf(root, "settings");
    this.minimum = this.terms.minimum_minor;
    this.price = this.terms.price_minor;
    this.state = root.dataset.state;
    this.part = named(root, "panel");
    this.bid = named(root, "bid");
    this.review = named(root, "review");
    this.amountField = root.querySelector("#bid-amount");
    this.againField = root.querySelector("#bid-again");
    this.alarm = new Alarm(root.querySelector("[data-panel-alert]"));
    this.fast = fastMode(this);
    this.known = { seq: 0, leads: false };
    this.bringAmountBack();
    this.listen(reconnect);
    this.resume();
  }

  listen(reconnect) {
    // Signed in again in another window: this page may go on, with that session's token.
    window.addEventListener("luochui:token", ({ detail }) => {
      this.terms.csrf_token = detail;
    });
    this.amountField.addEventListener("input", () =>
      pending.keepAmount(this.terms.sale, this.amountField.value),
    );
    this.bid.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.open(this.amountField.value);
    });
    this.bid.presets.hidden = false;
    this.bid.presets.addEventListener("click", ({ target }) => this.preset(target));
    this.bid["use-minimum"].addEventListener("click", () => this.useMinimum());
    this.review.place.addEventListener("click", () => this.place());
    this.review.back.addEventListener("click", () => this.close());
    this.root.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && this.state === "review") this.close();
    });
    for (const again of this.root.querySelectorAll("[data-bid=again]")) {
      again.hidden = false;
      again.addEventListener("click", () => this.close());
    }
    this.bid.fresh.addEventListener("click", () => this.open(plain(this.minimum)));
    for (const button of this.root.querySelectorAll("[data-bid=reconnect-button]")) {
      button.addEventListener("click", reconnect);
    }
  }

  // What was written before a reload or a sign-in on the way is the user's; it was not sent.
  bringAmountBack() {
    const text = pending.keptAmount(this.terms.sale);
    if (text) this.amountField.value = text;
    this.update({});
  }

  /** A bid that was on its way when the page was left: ask what became of it, never send it. */
  resume() {
    this.sent = pending.kept(this.terms.sale);
    if (!this.sent) return;
    this.sent.last = Math.min(this.sent.last, pending.steadyNow());
    this.sent.inDoubt = true;
    this.show("unknown");
    this.settle(this.sent, { onlyAsk: true });
  }

  // ---------- before the bid ----------

  /** The news of the sale. The amount in the field is the user's and stays as it is. */
  update({ price_minor: price, minimum_minor: minimum, seq, leads }) {
    if (seq >= this.known.seq) this.known = { seq, leads };
    if (price !== undefined) this.price = price;
    if (minimum !== undefined) this.minimum = minimum;
    else if (typeof price === "number") this.minimum = price + this.terms.step_minor;
    this.bid.minimum.textContent = this.money(this.minimum);
    const written = readAmount(this.amountField.value);
    this.bid["use-minimum"].hidden = written === null || written >= this.minimum;
    if (this.state === "review") this.sayMoved();
  }

  /** What is left, beside the amount under review: the clock may be out of sight there. */
  showLeft(text) {
    this.review["now-left"].textContent = text;
  }

  /** Somebody else leads now: "you lead" must not stay on the page. */
  outbid() {
    if (this.state !== "accepted") return;
    const inside = this.part.accepted.contains(document.activeElement);
    this.show("ready", { focus: false });
    if (inside) this.amountField.focus();
  }

  setLink(link) {
    const lost = link === "lost";
    this.bid.reconnect.hidden = !lost;
    this.bid.go.hidden = lost;
    this.bid.presets.hidden = lost;
    this.review.place.hidden = lost;
    this.review.reconnect.hidden = !lost;
  }

  useMinimum() {
    this.write(plain(this.minimum));
    this.bid["use-minimum"].hidden = true;
    this.showError("");
    this.amountField.focus();
  }

  write(text) {
    this.amountField.value = text;
    pending.keepAmount(this.terms.sale, text);
  }

  preset(button) {
    if (button.dataset.steps === undefined) return;
    const steps = Number(button.dataset.steps);
    const amount = steps ? this.minimum + (steps - 1) * this.terms.step_minor : this.price;
    this.write(plain(amount));
    this.bid["use-minimum"].hidden = true;
    if (this.fast.on) this.open(this.amountField.value);
    else this.amountField.focus();
  }

  /** Open the review of an amount, or say what is wrong with it and what would be right. */
  open(text) {
    const amount = readAmount(text);
    const wrong = this.wrongWith(amount);
    this.write(text);
    this.showError(wrong ?? "");
    if (wrong) {
      this.show("ready", { focus: false });
      this.amountField.focus();
      return;
    }
    this.amount = amount;
    this.key = pending.newKey();
    this.pricedAt = this.price;
    this.fillReview();
    this.show("review");
    if (this.fast.on && this.review.again.hidden) this.review.place.focus();
  }

  wrongWith(amount) {
    const { words, terms, minimum } = this;
    if (amount === null) return words.not_a_number;
    if (this.fast.on && amount > this.fast.ceiling) {
      return fill(words.over_ceiling, { ceiling: this.money(this.fast.ceiling) });
    }
    if (terms.may_match && amount === this.price) return null;
    if (amount < minimum) return fill(words.too_low, { minimum: this.money(minimum) });
    const beyond = (amount - (this.price ?? terms.starting_price_minor)) % terms.step_minor;
    if (!terms.multiples_only || beyond === 0) return null;
    const below = this.money(amount - beyond);
    const above = this.money(amount - beyond + terms.step_minor);
    return fill(words.not_a_step, { below, above });
  }

  showError(text) {
    this.bid.error.hidden = !text;
    this.bid["error-text"].textContent = text;
    this.amountField.classList.toggle("govuk-input--error", Boolean(text));
    this.amountField.toggleAttribute("aria-invalid", Boolean(text));
  }

  fillReview() {
    const { amount, review, terms } = this;
    review.amount.textContent = this.money(amount);
    review.words.textContent = inWords(amount, terms.currency, settings.locale);
    review.place.textContent = fill(review.place.dataset.text, { amount: this.money(amount) });
    review.rows.replaceChildren(...costRows(this));
    review.again.hidden = !this.mayBeASlip();
    this.againField.value = "";
    review["again-error"].hidden = true;
    review.now.dataset.moved = false;
    review["moved-text"].textContent = "";
    this.writePriceNow();
  }

  writePriceNow() {
    const sentence = this.price === null ? this.words.no_price_now : this.words.price_now;
    const values = { price: this.price === null ? "" : this.money(this.price) };
    this.review["now-price"].textContent = fill(sentence, values);
  }

  // Far above the minimum or the appraisal: the amount is typed twice.
  mayBeASlip() {
    const { appraisal_minor: appraisal } = this.terms;
    return this.amount * 2 > this.minimum * 3 || (appraisal && this.amount * 10 > appraisal * 12);
  }

  // Before it is sent the panel says that the price moved; the place for it is kept free, so that
  // no button moves under a finger.
  sayMoved() {
    this.writePriceNow();
    if (this.price === this.pricedAt) return;
    const low = this.amount < this.minimum && !(this.terms.may_match && this.amount === this.price);
    const values = { price: this.money(this.price), minimum: this.money(this.minimum) };
    const text = fill(low ? this.words.moved_too_low : this.words.moved, values);
    if (this.review["moved-text"].textContent === text) return;
    this.review["moved-text"].textContent = text;
    this.review.now.dataset.moved = true;
    this.say(text, "moved");
  }

  close() {
    this.show("ready", { focus: false });
    this.update({});
    bringToSight(this.part.ready, this.amountField);
  }

  // ---------- the bid ----------

  place() {
    if (this.state !== "review") return; // a double click, Enter twice
    if (!this.review.again.hidden && readAmount(this.againField.value) !== this.amount) {
      this.review["again-error"].hidden = false;
      this.againField.focus();
      return;
    }
    const at = pending.steadyNow();
    this.sent = { sale: this.terms.sale, key: this.key, amount_minor: this.amount, at, last: at };
    this.part.unknown.querySelector("[data-panel-note=signed-out]").hidden = true;
    this.show("sending");
    this.settle(this.sent);
  }

  /** Follow one bid until its end is known. Whoever answers first, it is settled once. */
  async settle(sent, { onlyAsk = false } = {}) {
    const waiting = onlyAsk ? [] : this.startPatience(sent);
    while (this.sent === sent) {
      const young = pending.steadyNow() - sent.at < SEND_WITHIN;
      const maySend = !onlyAsk && young && !sent.arrived;
      if (maySend && this.take(sent, await this.send(sent))) break;
      // Perhaps only the answer was lost: ask before the same is sent again.
      if (this.sent !== sent || this.take(sent, await this.ask(sent))) break;
      await pause(sent.arrived ? ASK_EVERY : REPEAT_EVERY);
    }
    waiting.forEach(clearTimeout);
  }

  startPatience(sent) {
    const still = this.part.sending.querySelector("[data-panel-note=still]");
    still.hidden = true;
    const unless = (act) => () => this.sent === sent && this.state === "sending" && act();
    return [
      setTimeout(
        unless(() => {
          still.hidden = false;
          this.say(still.textContent, "still");
        }),
        STILL_AFTER,
      ),
      setTimeout(
        unless(() => this.show("unknown")),
        UNKNOWN_AFTER,
      ),
    ];
  }

  /** POST the bid. Null: nobody knows; anything else is the server's word. */
  async send(sent) {
    sent.last = pending.steadyNow();
    pending.keep(sent);
    const answer = await this.post(sent.key, sent.amount_minor);
    // The form's token went with its session: signed out, or signed in again in another window.
    if (answer?.code === 400) {
      const asked = await this.ask(sent);
      if (asked?.signedOut) return asked;
      answer.message = this.words.old_page;
    }
    const known = answer && answer.status !== "unknown";
    // What is turned away at the door says nothing about an earlier sending of the same bid.
    if (known && answer.entered === false && sent.inDoubt && !answer.signedOut) return null;
    sent.inDoubt ||= !known;
    pending.keep(sent);
    return known ? answer : null;
  }

  post(key, amount) {
    const { bid_url: url, csrf_token: csrf, terms_hash: terms } = this.terms;
    return answerOf(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "X-CSRFToken": csrf,
      },
      body: JSON.stringify({ amount, key, terms_hash: terms }),
    });
  }

  /** Ask what became of the key; only an answer that knows the bid is one. */
  async ask({ key, last }) {
    const { outcome_url: url } = this.terms;
    if (!url) return null;
    const answer = await answerOf(`${url}?key=${encodeURIComponent(key)}`, {});
    if (answer?.status === "unknown") {
      return pending.steadyNow() - last > LOST_AFTER ? this.giveUp(key) : null;
    }
    return answer?.entered === false && !answer.signedOut ? null : answer;
  }

  /** Nothing arrived: take the key out of use. If the bid came first after all, this is no answer,
   * and the next question tells what became of it. */
  async giveUp(key) {
    const answer = await this.post(key, GIVEN_UP);
    return answer?.status === "refused" && answer.entered !== false ? { status: "lost" } : null;
  }

  /** Show an answer; true when it is the last word. */
  take(sent, answer) {
    if (!answer || this.sent !== sent) return this.sent !== sent;
    if (answer.signedOut) return this.takeSignedOut(sent);
    if (answer.status === "waiting") {
      sent.arrived = true;
      this.fillOutcome("received", { amount_minor: sent.amount_minor, ...answer });
      if (this.state !== "received") this.show("received");
      return false;
    }
    if (!FINAL.has(answer.status)) return false;
    this.sent = null;
    pending.forget(sent);
    if (answer.status === "accepted") pending.forgetAmount(this.terms.sale);
    if (answer.minimum_minor) this.update({ minimum_minor: answer.minimum_minor });
    const amount = answer.amount_minor ?? sent.amount_minor;
    this.fillOutcome(answer.status, { ...answer, amount_minor: amount });
    this.show(answer.status);
    this.decided();
    if (answer.status === "refused") this.alarm.say(this.words.not_accepted);
    return true;
  }

  /** A bid turned away at the door was not sent; one that may have come before is still asked
   * about, and whoever signs in again comes back to the answer. */
  takeSignedOut(sent) {
    if (sent.inDoubt) {
      this.show("unknown", { focus: this.state !== "unknown" });
      this.part.unknown.querySelector("[data-panel-note=signed-out]").hidden = false;
      return false;
    }
    this.fillOutcome("signed_out", sent);
    this.show("signed_out");
    this.sent = null;
    pending.forget(sent);
    this.alarm.say(this.words.not_sent);
    return true;
  }

  fillOutcome(state, decision) {
    const arrived = decision.arrived_at ? Date.parse(decision.arrived_at) : null;
    const texts = {
      amount: this.money(decision.amount_minor),
      arrived: arrived ? exactMoment(arrived) : "",
      seq: decision.seq,
      reason: decision.message ?? decision.reason ?? this.words.refused,
      rule: decision.rule,
      "what-now": decision.what_now,
    };
    for (const place of this.part[state].querySelectorAll("[data-fill]")) {
      const { fill: name } = place.dataset;
      if (name === "receipt") setLink(place, decision.receipt_url);
      else place.textContent = texts[name] ?? "";
    }
    if (state === "accepted") this.showWhetherItLeads(decision);
    if (state !== "refused") return;
    this.bid.fresh.hidden = !decision.minimum_minor;
    const amount = this.money(decision.minimum_minor ?? 0);
    this.bid.fresh.textContent = fill(this.bid.fresh.dataset.text, { amount });
  }

  // On a slow link the news that somebody bid higher may be here before our own answer.
  showWhetherItLeads({ seq }) {
    const leads = this.known.leads || !(this.known.seq > seq);
    const { accepted } = this.part;
    accepted.querySelector("[data-leads=yes]").hidden = !leads;
    accepted.querySelector("[data-leads=no]").hidden = leads;
    const outcome = accepted.querySelector(".luo-outcome");
    outcome.classList.toggle("luo-outcome--jade", leads);
    outcome.classList.toggle("luo-outcome--amber", !leads);
  }

  show(state, { focus = true } = {}) {
    this.state = state;
    this.root.dataset.state = state;
    for (const [name, part] of Object.entries(this.part)) part.hidden = name !== state;
    for (const place of this.part[state].querySelectorAll("[data-fill=amount]")) {
      if (this.sent) place.textContent = this.money(this.sent.amount_minor);
    }
    if (focus) bringToSight(this.part[state], this.part[state].querySelector("[data-focus]"));
  }

  money(minor) {
    return money(minor, this.terms.currency);
  }
}

/** Fetch, and turn everything that happens into the server's word or into null. */
async function answerOf(url, options) {
  try {
    const answer = await fetch(url, {
      ...options,
      headers: { Accept: "application/json", ...options.headers },
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(UNKNOWN_AFTER),
    });
    const known = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.status === 401) return { status: "refused", entered: false, signedOut: true };
    if (known.status && typeof known.status === "string") return known;
    // Turned away without our words: nothing was entered. A failure or a redirect is no answer.
    if (answer.status < 400 || answer.status >= 500) return null;
    const message = known.message ?? known.error;
    return { status: "refused", entered: false, code: answer.status, message };
  } catch {
    return null;
  }
}

function costRows({ amount, terms, words }) {
  const costs = terms.costs.map((cost) => ({
    text: cost.text,
    minor: cost.amount_minor ?? basisPoints(amount, cost.basis_points),
  }));
  const total = costs.reduce((sum, { minor }) => sum + minor, amount);
  const rows = costs.map(({ text, minor }) => [text, minor]);
  if (costs.length) rows.push([words.in_all, total]);
  rows.push([words.deposit_used, terms.deposit_minor]);
  rows.push([words.left_to_pay, Math.max(0, amount - terms.deposit_minor)]);
  return rows.map(([text, minor]) => factRow(text, money(minor, terms.currency)));
}

function factRow(term, value) {
  const row = document.createElement("div");
  row.className = "luo-facts__row";
  const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
  dt.textContent = term;
  dd.textContent = value;
  row.append(dt, dd);
  return row;
}

function fastMode(panel) {
  const { bid, terms, words } = panel;
  const place = `luochui.ceiling.${terms.sale}`;
  const fast = { on: false, ceiling: null };
  const apply = (ceiling) => {
    fast.on = ceiling !== null;
    fast.ceiling = ceiling;
    bid["fast-on"].hidden = fast.on;
    bid["fast-off"].hidden = !fast.on;
    const known = fast.on && fill(words.fast_on, { ceiling: panel.money(ceiling) });
    bid["fast-note"].textContent = known || "";
  };
  bid.fast.hidden = false;
  bid["fast-on"].addEventListener("click", () => {
    const ceiling = readAmount(bid.ceiling.value);
    if (ceiling === null || !bid.terms.checked) {
      bid["fast-note"].textContent = words.fast_needs;
      return;
    }
    sessionStorage.setItem(place, ceiling);
    apply(ceiling);
  });
  bid["fast-off"].addEventListener("click", () => {
    sessionStorage.removeItem(place);
    apply(null);
  });
  const before = Number(sessionStorage.getItem(place));
  apply(before || null);
  return fast;
}

// Beside the pictures the panel stays where it is. On a telephone price and clock stay in sight
// with it, but for what needs the whole window: the review has both in itself.
function bringToSight(part, held) {
  held?.focus({ preventScroll: true });
  const room = part.closest(".luo-room") ?? part;
  const beside = getComputedStyle(part.closest(".luo-room__now") ?? part).position === "sticky";
  if (beside) return part.scrollIntoView({ block: "nearest" });
  const end = part.dataset.panel === "review" ? part.getBoundingClientRect().bottom : 0;
  const low = Math.max(end, held?.getBoundingClientRect().bottom ?? 0);
  const fits = low - room.getBoundingClientRect().top <= window.innerHeight;
  return (fits ? room : part).scrollIntoView();
}

function setLink(link, url) {
  link.hidden = !url;
  if (url) link.href = url;
}

function named(root, kind) {
  const parts = {};
  for (const part of root.querySelectorAll(`[data-${kind}]`)) parts[part.dataset[kind]] = part;
  return parts;
}

function pause(length) {
  return new Promise((done) => setTimeout(done, length));
}
