// Amounts as whole minor units: written, read, in words. The twin of app/web/formats.py and
// app/amount_words.py; tests/browser compares the two.

const SYMBOLS = { CNY: "¥", EUR: "€", USD: "$", GBP: "£" };

/** ¥14,534,399.94: always with the currency, always exact. */
export function money(minor, currency) {
  const whole = BigInt(minor);
  const sign = whole < 0n ? "-" : "";
  const size = whole < 0n ? -whole : whole;
  const grouped = (size / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const symbol = SYMBOLS[currency] ?? `${currency} `;
  return `${sign}${symbol}${grouped}.${twoDigits(size % 100n)}`;
}

/** 1,453.44 万元, or nothing below 10,000 yuan. */
export function wan(minor, currency) {
  const size = BigInt(minor);
  if (currency !== "CNY" || size < 1_000_000n) return "";
  const hundredths = (size * 2n + 10_000n) / 20_000n;
  const grouped = (hundredths / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${grouped}.${twoDigits(hundredths % 100n)} 万元`;
}

/** What a form field carries: 250000 or 250000.50. */
export function plain(minor) {
  const size = BigInt(minor);
  return size % 100n ? `${size / 100n}.${twoDigits(size % 100n)}` : `${size / 100n}`;
}

/** Read what a person typed; null when it is not an amount. Nothing is guessed. */
export function readAmount(text) {
  const narrow = text
    .normalize("NFKC")
    .trim()
    .replace(/^[¥€$£]/, "")
    .replace(/元$/, "")
    .trim();
  const plainForm = /^\d{1,15}(\.\d{1,2})?$/.test(narrow);
  const groupedForm = /^\d{1,3}([, ]\d{3}){1,4}(\.\d{1,2})?$/.test(narrow);
  if (!plainForm && !groupedForm) return null;
  const [whole, part = ""] = narrow.replace(/[, ]/g, "").split(".");
  const minor = BigInt(whole) * 100n + BigInt(part.padEnd(2, "0"));
  return minor <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(minor) : null;
}

/** A share of an amount in hundredths of a percent, half up. */
export function basisPoints(minor, points) {
  return Number((BigInt(minor) * BigInt(points) * 2n + 10_000n) / 20_000n);
}

export function inWords(minor, currency, locale) {
  return locale === "zh" && currency === "CNY"
    ? chineseCapitals(BigInt(minor))
    : englishWords(BigInt(minor), currency);
}

function chineseCapitals(minor) {
  const yuan = minor / 100n;
  const jiao = Number((minor / 10n) % 10n);
  const fen = Number(minor % 10n);
  let words = "人民币";
  if (yuan || (!jiao && !fen)) words += `${chineseWhole(yuan)}元`;
  if (!jiao && !fen) return `${words}整`;
  if (jiao) words += `${CAPITALS[jiao]}角`;
  else if (yuan) words += CAPITALS[0];
  return words + (fen ? `${CAPITALS[fen]}分` : "");
}

const CAPITALS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "万亿"];

function chineseWhole(number) {
  if (number === 0n) return CAPITALS[0];
  let words = "";
  let gap = false;
  for (let power = number.toString().length - 1; power >= 0; power -= 1) {
    const shifted = number / 10n ** BigInt(power);
    const digit = Number(shifted % 10n);
    if (digit) {
      words += (gap && words ? CAPITALS[0] : "") + CAPITALS[digit] + PLACES[power % 4];
    }
    gap = !digit;
    if (power % 4 === 0 && shifted % 10_000n) words += GROUPS[power / 4];
  }
  return words;
}

const UNITS = {
  CNY: ["yuan", "yuan", "fen", "fen"],
  EUR: ["euro", "euros", "cent", "cents"],
  USD: ["dollar", "dollars", "cent", "cents"],
  GBP: ["pound", "pounds", "penny", "pence"],
};
const SMALL = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen " +
  "fifteen sixteen seventeen eighteen nineteen"
).split(" ");
const TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const THOUSANDS = ["", "thousand", "million", "billion", "trillion", "quadrillion"];

function englishWords(minor, currency) {
  const whole = minor / 100n;
  const part = Number(minor % 100n);
  const [one, many, onePart, manyParts] = UNITS[currency] ?? [currency, currency, "", ""];
  const wholes = `${englishWhole(whole)} ${whole === 1n ? one : many}`;
  if (!part) return wholes;
  if (!manyParts) return `${wholes} and ${twoDigits(part)}/100`;
  const parts = `${belowThousand(part)} ${part === 1 ? onePart : manyParts}`;
  return whole ? `${wholes} and ${parts}` : parts;
}

function englishWhole(number) {
  if (number < 1000n) return belowThousand(Number(number));
  const words = [];
  for (let group = THOUSANDS.length - 1; group > 0; group -= 1) {
    const count = Number((number / 1000n ** BigInt(group)) % 1000n);
    if (count) words.push(`${belowThousand(count)} ${THOUSANDS[group]}`);
  }
  const last = Number(number % 1000n);
  if (last) words.push((last < 100 ? "and " : "") + belowThousand(last));
  return words.join(" ");
}

function belowThousand(number) {
  const hundreds = Math.trunc(number / 100);
  const below = number % 100;
  if (!hundreds) return belowHundred(below);
  return `${SMALL[hundreds]} hundred${below ? ` and ${belowHundred(below)}` : ""}`;
}

function belowHundred(number) {
  if (number < 20) return SMALL[number];
  const ones = number % 10;
  return TENS[Math.trunc(number / 10)] + (ones ? `-${SMALL[ones]}` : "");
}

function twoDigits(number) {
  return number.toString().padStart(2, "0");
}
