// A bid whose fate is not known yet, kept so that a reload asks about it instead of forgetting it;
// and the amount being written, so that a reload or a sign-in on the way does not lose it.

const place = (sale) => `luochui.bid.${sale}`;
const amountPlace = (sale) => `luochui.amount.${sale}`;

/** Milliseconds that outlive a reload and do not follow the user's clock when it is set. */
export function steadyNow() {
  return performance.timeOrigin + performance.now();
}

export function keep(sent) {
  write((store) => store.setItem(place(sent.sale), JSON.stringify(sent)));
}

export function forget(sent) {
  write((store) => store.removeItem(place(sent.sale)));
}

export function kept(sale) {
  try {
    return JSON.parse(sessionStorage.getItem(place(sale)));
  } catch {
    return null;
  }
}

export function keepAmount(sale, text) {
  write((store) => store.setItem(amountPlace(sale), text));
}

export function forgetAmount(sale) {
  write((store) => store.removeItem(amountPlace(sale)));
}

export function keptAmount(sale) {
  try {
    return sessionStorage.getItem(amountPlace(sale));
  } catch {
    return null;
  }
}

/** A fresh key; randomUUID is missing where the page is not served securely. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Storage may be forbidden; the bid does not depend on it.
function write(act) {
  try {
    act(sessionStorage);
  } catch {
    // Nothing to remember it with.
  }
}
