// The same in a page, with the browser's own sessionStorage; and the click as a shop has it, with the session driver.
import { createCart, sessionDriver } from "./pushcart/dist/browser.js";
import { measure } from "./measure.mjs";
import { plain } from "./plain.mjs";
import { condition, pushcart, SETTINGS } from "./pushcart.mjs";
import { agree, CONDITIONS, line, SIZES } from "./work.mjs";

const CLICK = "the click: set a quantity, the total, save";

const storage = () => sessionStorage;

/** @param {{slices?: number, sliceMs?: number}} options */
window.bench = async (options) => {
  const ours = await pushcart(createCart);
  agree([plain, ours], storage);
  const rows = measure([plain, ours], storage, { ...options, operations: ["save", "load", CLICK] });

  // The session driver keeps a change at once, without being asked: each size under a key of its own.
  const carts = new Map();
  for (const n of SIZES) {
    const cart = await createCart({ ...SETTINGS, driver: sessionDriver({ key: `cart-${n}` }) });
    cart.add(Array.from({ length: n }, (_, i) => line(i)));
    condition(cart, CONDITIONS);
    carts.set(n, { cart, conditions: CONDITIONS });
  }
  /** @type {import("./work.mjs").Contender} */
  const driven = { ...ours, name: "pushcart", seed: (n) => carts.get(n), save: () => {} };
  const click = measure([plain, driven], storage, { ...options, operations: [CLICK] });
  return [...rows, ...click.map((row) => ({ ...row, operation: "the click, kept by the session driver" }))];
};
