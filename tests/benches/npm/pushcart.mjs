// The package as a contender: a cart as `createCart` gives it, its conditions inside it.
//
// Drivers save after each change. To time a change and a save apart, the driver here keeps nothing by itself: `save` and `load`
// do then what the session driver does at its own time, with the same calls.
const KEY = "pushcart";

/** The usual limits are for shoppers: a thousand lines, ten thousand pieces. */
const LIMITS = { maxItems: 10_000, maxQuantity: 2 ** 31 };

/** @param {(typeof import("./work.mjs").CONDITIONS)[number]} condition */
const written = ({ name, type, bps, minor }) => {
  const value = bps === undefined ? String(minor) : `${bps / 100}%`;
  return { name, type, value: value.startsWith("-") ? value : `+${value}` };
};

/**
 * @param {(options: object) => Promise<any>} createCart
 * @param {number} [count] how many carts can be made: `createCart` is asynchronous, and a benchmark is not
 * @returns {Promise<import("./work.mjs").Contender>}
 */
export async function pushcart(createCart, count = 400) {
  /** A cart and its home, where a driver finds what it is to keep. */
  const open = async () => {
    /** @type {any} */
    let home;
    const driver = { open: (/** @type {any} */ given) => ((home = given), { reload() {}, close() {} }) };
    const cart = await createCart({ driver, taxShipping: false, ...LIMITS });
    return { cart, home, /** @type {unknown} */ conditions: undefined };
  };
  const carts = await Promise.all(Array.from({ length: count }, open));
  /** One cart that is loaded again and again, and another for whoever wants to see two. */
  const loaded = [await open(), await open()];
  return {
    name: "pushcart",
    seed(n, line) {
      const h = carts.pop();
      if (!h) throw new Error(`expected at most ${count} carts`);
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
        h.cart.batch((/** @type {any} */ draft) => {
          draft.clearConditions();
          for (const condition of conditions) draft.addCondition(written(condition));
        });
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
