// Moments as the server writes them: the day in words when it is near, the zone always.
import { settings } from "./settings.js";

/** today 15:04:31 (UTC+8). `now` decides what "today" is; both are milliseconds. */
export function moment(at, now) {
  const local = partsOf(at);
  const apart = Math.round((dayNumber(local) - dayNumber(partsOf(now))) / 86_400_000);
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[apart];
  const clock = `${local.hour}:${local.minute}:${local.second}`;
  if (settings.locale === "zh") {
    const day = near ? settings.words[near] : `${local.year}年${+local.month}月${+local.day}日`;
    return `${day} ${clock}（${zoneName(at)}）`;
  }
  if (near) return `${settings.words[near]} ${clock} (${zoneName(at)})`;
  return `${longDay(at)}, ${clock} (${zoneName(at)})`;
}

/** today 15:04:31.418 (UTC+8): for the arrival of one's own bid, where each moment counts. */
export function exactMoment(at) {
  const fraction = String(Math.floor(at) % 1_000).padStart(3, "0");
  return moment(at, at).replace(/(\d\d:\d\d:\d\d)/, `$1.${fraction}`);
}

/** 14:59:41, with the day only where it is not today: for columns whose head names the zone. */
export function shortMoment(at, now) {
  const [local, today] = [partsOf(at), partsOf(now)];
  const clock = `${local.hour}:${local.minute}:${local.second}`;
  if (dayNumber(local) === dayNumber(today)) return clock;
  if (settings.locale === "zh") return `${+local.month}月${+local.day}日 ${clock}`;
  return `${+local.day} ${SHORT_MONTH.format(at)} ${clock}`;
}

/** 14:59:41, for places where the day is plain. */
export function clockTime(at) {
  const local = partsOf(at);
  return `${local.hour}:${local.minute}:${local.second}`;
}

/** A <time> element, as the templates make it; `write` is `moment` or `shortMoment`. */
export function momentElement(at, now, write = moment) {
  const element = document.createElement("time");
  element.className = "luo-when";
  element.dateTime = new Date(at).toISOString();
  element.textContent = write(at, now);
  return element;
}

const PARTS = new Intl.DateTimeFormat("en-GB", {
  timeZone: settings.zone,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const LONG_DAY = new Intl.DateTimeFormat("en-GB", { timeZone: settings.zone, dateStyle: "long" });
const SHORT_MONTH = new Intl.DateTimeFormat("en-US", { timeZone: settings.zone, month: "short" });
const OFFSET = new Intl.DateTimeFormat("en", {
  timeZone: settings.zone,
  timeZoneName: "shortOffset",
});

function partsOf(at) {
  return Object.fromEntries(PARTS.formatToParts(at).map(({ type, value }) => [type, value]));
}

function dayNumber({ year, month, day }) {
  return Date.UTC(+year, +month - 1, +day);
}

function longDay(at) {
  return LONG_DAY.format(at);
}

function zoneName(at) {
  const offset = OFFSET.formatToParts(at).find(({ type }) => type === "timeZoneName").value;
  const name = offset.replace("GMT", "UTC");
  return name === "UTC" ? "UTC+0" : name;
}
