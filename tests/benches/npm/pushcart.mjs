// The package as a contender: a cart as `createCart` gives it, its conditions inside it.
//
// Drivers save after each change. To time a change and a save apart, the driver here keeps nothing by itself: `save` and `load`
// do then what the session driver does at its own time, with the same calls.
const KEY = "pushcart";

/** So many carts can be made: `createCart` is asynchronous, and a benchmark is not. */
const CARTS = 400;

/** Shipping is not taxed in these carts; and the usual limits are for shoppers: a thousand lines, ten thousand pieces. */
export const SETTINGS = { taxShipping: false, maxItems: 10_000, maxQuantity: 2 ** 31 };

/**
 * Puts the conditions into a cart, in the place of those that it has.
 * @param {any} cart
 * @param {typeof import("./work.mjs").CONDITIONS} conditions
 */
export function condition(cart, conditions) {
  cart.batch((/** @type {any} */ draft) => {
    draft.clearConditions();
    for (const { name, type, bps, minor } of conditions) {
      const value = bps === undefined ? String(minor) : `${bps / 100}%`;
      draft.addCondition({ name, type, value: value.startsWith("-") ? value : `+${value}` });
    }
  });
}

/**
 * @param {(options: object) => Promise<any>} createCart
 * @returns {Promise<import("./work.mjs").Contender>}
 */
export async function pushcart(createCart) {
  /** A cart and its home, where a driver finds what it is to keep. */
  const open = async () => {
    /** @type {any} */
    let home;
    const driver = { open: (/** @type {any} */ given) => ((home = given), { reload() {}, close() {} }) };
    const cart = await createCart({ ...SETTINGS, driver });
    return { cart, home, /** @type {unknown} */ conditions: undefined };
  };
  const carts = await Promise.all(Array.from({ length: CARTS }, open));
  /** One cart that is loaded again and again, and another for whoever wants to see two. */
  const loaded = [await open(), await open()];
  return {
    name: "pushcart",
    seed(n, line) {
      const h = carts.pop();
      if (!h) throw new Error(`expected at most ${CARTS} carts`);
      h.cart.add(Array.from({ length: n }, (_, i) => line(i)));
      return h;
    },
    inc: ({ cart }, line) => cart.increase(line.id),
    addNew: ({ cart }, line) => cart.add(line),
    remove: ({ cart }, id) => cart.remove(id),
    setQty: ({ cart }, id, quantity) => cart.setQuantity(id, quantity),
    subtotal: ({ cart }) => cart.totals().subtotalWithoutConditions,
    total(h, conditions) {
      // They are part of the cart, and are put into it once.
      if (h.conditions !== conditions) {
        condition(h.cart, conditions);
        h.conditions = conditions;
      }
      return h.cart.total;
    },
    save: ({ home }, storage) => storage.setItem(KEY, home.shelf.text()),
    load(storage) {
      const h = loaded[0];
      loaded.reverse();
      h.home.shelf.read(storage.getItem(KEY) ?? undefined);
      // Its conditions came with it, if there were any.
      h.conditions = undefined;
      return h;
    },
  };
}
