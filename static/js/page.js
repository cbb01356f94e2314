// What every page does: GOV.UK Frontend's own behaviour, and the islands the page asks for.

export const settings = JSON.parse(document.getElementById("luo-settings").textContent);

// An island is started only where its mark stands, so that a plain page loads one small file.
const ISLANDS = {
};

import(settings.vendor.govuk).then(({ initAll }) => initAll());

for (const [name, load] of Object.entries(ISLANDS)) {
  const roots = document.querySelectorAll(`[data-luo="${name}"]`);
  if (roots.length > 0) {
    load().then(({ start }) => roots.forEach((root) => start(root, settings)));
  }
}
