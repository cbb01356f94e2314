// What every page does: GOV.UK Frontend's own behaviour, and the islands the page asks for.
import { settings } from "./settings.js";

// An island is loaded only where its mark stands, so that a plain page is one small file.
const ISLANDS = {
  room: () => import("./room.js"),
  clock: () => import("./clock.js"),
  bid: () => import("./bid.js"),
  curve: () => import("./curve.js"),
  verify: () => import("./verify.js"),
  session: () => import("./session.js"),
  alarms: () => import("./alarms.js"),
};

// Until then the page works as plain markup, and a press goes the way without scripts.
function begin(root, start) {
  start(root);
  root.dataset.ready = "";
}

import(settings.vendor.govuk).then(({ initAll }) => initAll());

for (const [name, load] of Object.entries(ISLANDS)) {
  const roots = [...document.querySelectorAll(`[data-luo="${name}"]`)].filter(
    // The room starts what stands inside it, and tells it the news.
    (root) => name === "room" || !root.closest("[data-luo=room]"),
  );
  if (roots.length) load().then(({ start }) => roots.forEach((root) => begin(root, start)));
}
