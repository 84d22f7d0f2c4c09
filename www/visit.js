// What the page remembers of a visit besides the cart: who is signed in, and whether a guest's cart stays on
// this device. Where the browser forbids storage it is remembered as long as the page lives, and no longer.

const remembered = new Map();

function remember(area, key, value) {
  remembered.set(key, value);
  try {
    if (value === null) globalThis[area].removeItem(key);
    else globalThis[area].setItem(key, value);
  } catch {
    // Full or forbidden: the cart's own notice says so.
  }
}

function recall(area, key) {
  if (remembered.has(key)) return remembered.get(key);
  try {
    return globalThis[area].getItem(key);
  } catch {
    return null;
  }
}

/** The name of who is signed in in this tab, or null. */
export const user = () => recall("sessionStorage", "shop.user");
/** Remembers who is signed in. */
export const rememberUser = (name) => remember("sessionStorage", "shop.user", name);
/** Whether a guest's cart outlives the tab. */
export const keeps = () => recall("localStorage", "shop.keep") === "yes";
/** Remembers that. */
export const rememberKeeping = (keep) => remember("localStorage", "shop.keep", keep ? "yes" : null);
