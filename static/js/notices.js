// A message of the system itself when one is outbid and looks elsewhere. Only whoever presses the
// button is asked for it; whoever does not, or whose browser has none, misses nothing on the page.

const SETTING = "luochui.notices";

export function startNotices(box) {
  if (!("Notification" in window)) return;
  const parts = {};
  for (const part of box.querySelectorAll("[data-notices]")) parts[part.dataset.notices] = part;
  const draw = () => {
    const blocked = Notification.permission === "denied";
    parts.on.hidden = blocked || isOn();
    parts.off.hidden = blocked || !isOn();
    parts.blocked.hidden = !blocked;
  };
  parts.on.addEventListener("click", async () => {
    const answer = await Notification.requestPermission();
    choose(answer === "granted");
    draw();
    [parts.on, parts.off, parts.blocked].find((part) => !part.hidden).focus();
  });
  parts.off.addEventListener("click", () => {
    choose(false);
    draw();
    parts.on.focus();
  });
  box.hidden = false;
  draw();
}

/** Tell it outside the page, unless the page is being looked at; one lot has one message. */
export function tellOutside(title, body) {
  if (!isOn() || (!document.hidden && document.hasFocus())) return;
  try {
    const notice = new Notification(title, { body, tag: location.pathname, renotify: true });
    notice.addEventListener("click", () => {
      window.focus();
      notice.close();
    });
  } catch {
    // Some telephones allow it to installed programs alone; the page and the sound remain.
  }
}

function isOn() {
  const chosen = store((kept) => kept.getItem(SETTING)) === "on";
  return chosen && "Notification" in window && Notification.permission === "granted";
}

function choose(on) {
  store((kept) => kept.setItem(SETTING, on ? "on" : "off"));
}

// Storage may be forbidden; then there are no such messages.
function store(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}
