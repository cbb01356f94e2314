// What the page tells its scripts: addresses, language, time zone, a few words.

export const settings = JSON.parse(document.getElementById("luo-settings").textContent);

/** Fill {name} places of a sentence the server wrote. */
export function fill(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}

/** Read a JSON data attribute; an element without it gives an empty object. */
export function dataOf(element, name) {
  return element.dataset[name] ? JSON.parse(element.dataset[name]) : {};
}
