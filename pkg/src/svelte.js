/**
 * Svelte: `$cart` and `$total`, stores that follow the cart. Needs nothing of Svelte's: a store is a contract.
 *
 * @import { Cart } from "./cart.js"
 * @import { AsyncCart } from "./types.js"
 * @import { Snapshot } from "./snapshot.js"
 */
import { emptySnapshot } from "./snapshot.js";

/**
 * A store of the cart's snapshot, or of the part of it that `selector` picks: `const total = cartStore(cart, (cart) => cart.total)`,
 * then `$total`; with runes, `fromStore(total).current`.
 *
 * Until the cart is ready, and in the first render of a page that a server rendered, it holds `snapshot`: what the server
 * rendered, the empty cart when left out.
 * @template [T=Snapshot]
 * @param {Cart | AsyncCart | PromiseLike<Cart | AsyncCart> | undefined} cart a cart, or what `createCart` gave; nothing on a server
 * @param {(snapshot: Snapshot) => T} [selector]
 * @param {{snapshot?: Snapshot, equal?: (a: T, b: T) => boolean}} [options] `equal`: when two are the same, `Object.is` when left
 *   out; `snapshot`: give it where a server rendered
 * @returns {{subscribe(run: (value: T) => void): () => void}}
 */
export function cartStore(cart, selector = /** @type {any} */ ((/** @type {Snapshot} */ snapshot) => snapshot), { snapshot, equal = Object.is } = {}) {
  return {
    subscribe(run) {
      /** @type {T} */
      let last;
      let stop = () => {};
      let over = false;
      /** @param {Snapshot} snapshot @param {boolean} [first] */
      const show = (snapshot, first) => {
        const next = selector(snapshot);
        if (first || !equal(last, next)) run((last = next));
      };
      /** @param {any} cart */
      const follow = (cart, first = false) => {
        if (over) return;
        stop = cart.subscribe(() => show(cart.getSnapshot()));
        show(cart.getSnapshot(), first);
      };
      if (cart && !snapshot && !("then" in cart)) follow(cart, true);
      else {
        show(snapshot ?? emptySnapshot(), true);
        if (cart) void Promise.resolve(cart).then((cart) => follow(cart));
      }
      return () => {
        over = true;
        stop();
      };
    },
  };
}
