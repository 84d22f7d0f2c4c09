// The same in a page, with the browser's own sessionStorage; and the click as a shop has it, with the session driver.
import { createCart, sessionDriver } from "./pushcart/dist/browser.js";
import { measure } from "./measure.mjs";
import { plain } from "./plain.mjs";
import { pushcart } from "./pushcart.mjs";
import { agree, CONDITIONS, line } from "./work.mjs";

const CLICK = "the click: set a quantity, the total, save";

const storage = () => sessionStorage;

/** @param {{slices?: number, sliceMs?: number}} options */
window.bench = async (options) => {
  const ours = await pushcart(createCart);
  agree([plain, ours], storage);
  const rows = measure([plain, ours], storage, { ...options, operations: ["save", "load", CLICK] });

  // The session driver: a change is kept at once, without being asked. One cart for each size, under keys of their own.
  /** @type {Map<number, any>} */
  const carts = new Map();
  for (const n of [1, 10, 100, 1000]) {
    const kept = await pushcart((options) => createCart({ ...options, driver: sessionDriver({ key: `cart-${n}` }) }), 1);
    const h = kept.seed(n, line);
    kept.total(h, CONDITIONS);
    carts.set(n, h);
  }
  /** @type {import("./work.mjs").Contender} */
  const driven = { ...ours, name: "pushcart", seed: (n) => carts.get(n), save: () => {} };
  const click = measure([plain, driven], storage, { ...options, operations: [CLICK] });
  return [...rows, ...click.map((row) => ({ ...row, operation: "the click, kept by the session driver" }))];
};
