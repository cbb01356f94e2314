// What is said aloud. The ticking digits are silent; these are the only live regions that speak:
// the key moments of the clock, an extension, a change of lead, and the two alerts. Each person
// chooses on their device: key moments, every bid, or nothing.

const SETTING = "luochui.speech";
const SOUND = "luochui.sound";

export function level() {
  return read(SETTING) ?? "key";
}

const GATHER = 250; // what comes together is said together
const REST = 4_000; // and what follows waits until that has been heard

/** A polite voice: role=status. Of each kind only the newest is said, so that ten bids in a few
 * seconds are one sentence and not ten; what must be on time is said at once. */
export class Voice {
  constructor(element) {
    this.element = element;
    this.waiting = new Map();
    this.spokenAt = -Infinity;
  }

  say(text, { at = "key", kind = text, soon = false } = {}) {
    const chosen = level();
    if (chosen === "off" || (at === "all" && chosen !== "all")) return;
    this.waiting.delete(kind);
    this.waiting.set(kind, text);
    const now = performance.now();
    const rest = soon ? 0 : this.spokenAt + REST - now;
    // Nothing that waits is put off by what comes after it.
    this.dueAt = Math.min(this.dueAt ?? Infinity, now + Math.max(GATHER, rest));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.speak(), this.dueAt - now);
  }

  unsay(kind) {
    this.waiting.delete(kind);
  }

  speak() {
    const text = [...this.waiting.values()].join(" ");
    this.waiting.clear();
    this.dueAt = null;
    if (!text) return;
    this.spokenAt = performance.now();
    // The same words twice are still two messages.
    this.element.textContent = this.element.textContent === text ? `${text}\u00a0` : text;
  }
}

/** An urgent voice: role=alert, for "outbid" and "not accepted" alone; it is never turned off. */
export class Alarm {
  constructor(element) {
    this.element = element;
  }

  say(text) {
    this.element.textContent = "";
    this.element.textContent = text;
    if (read(SOUND) === "on") beep();
  }
}

const MOMENTS = [3_600, 900, 300, 120, 60, 30, 10];

/** Speaks once when the time left passes a key moment; not for those already past on arrival. */
export class KeyMoments {
  constructor(words, voice) {
    this.words = words;
    this.voice = voice;
    this.left = null;
  }

  reset() {
    this.left = null;
  }

  at(left) {
    const seconds = Math.ceil(left / 1_000);
    const passed =
      this.left !== null && MOMENTS.find((moment) => this.left > moment && seconds <= moment);
    this.left = seconds;
    // A moment passed while the page slept is not news any more.
    if (passed && passed - seconds < 5) this.voice.say(this.sentence(passed), { kind: "left", soon: true });
  }

  sentence(seconds) {
    if (seconds === 3_600) return this.words.left_hour;
    if (seconds === 60) return this.words.left_minute;
    if (seconds > 60) return this.words.left_minutes.replace("{n}", seconds / 60);
    return this.words.left_seconds.replace("{n}", seconds);
  }
}

/** Wire the settings' form, which is hidden until there is a script to serve it. */
export function startSettings(form) {
  form.hidden = false;
  const chosen = form.querySelector(`[value="${level()}"]`);
  if (chosen) chosen.checked = true;
  const sound = form.querySelector("[data-room=sound]");
  sound.checked = read(SOUND) === "on";
  form.addEventListener("change", ({ target }) => {
    if (target === sound) write(SOUND, sound.checked ? "on" : "off");
    else write(SETTING, target.value);
  });
}

function beep() {
  try {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = 660;
    volume.gain.value = 0.15;
    tone.connect(volume).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.25);
    tone.onended = () => context.close();
  } catch {
    // A browser without sound has the words.
  }
}

// Storage may be forbidden; then the choice lasts as long as nothing.
function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The page works without it.
  }
}
