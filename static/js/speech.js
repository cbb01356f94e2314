// What is said aloud. The ticking digits are silent; these are the only live regions that speak:
// the key moments of the clock, an extension, a change of lead, and the two alerts. Each person
// chooses on their device: key moments, every bid, or nothing.

const SETTING = "luochui.speech";
const SOUND = "luochui.sound";

export function level() {
  return read(SETTING) ?? "key";
}

/** A polite voice: role=status. The same words twice are still two messages. */
export class Voice {
  constructor(element) {
    this.element = element;
  }

  say(text, at = "key") {
    const chosen = level();
    if (chosen === "off" || (at === "all" && chosen !== "all")) return;
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
    if (passed && passed - seconds < 5) this.voice.say(this.sentence(passed));
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
