// The yardstick: what a good front-end developer writes by hand in an afternoon. Whole minor units, lines in a Map that are
// changed in place, totals when they are asked for, JSON in storage. No version, no checks, no history.
const KEY = "plain";

/** Basis points of an amount, rounded half away from zero, in integers. @param {number} amount @param {number} bps */
function share(amount, bps) {
  const exact = amount * bps;
  const rounded = Math.floor((Math.abs(exact) + 5000) / 10000);
  return exact < 0 ? -rounded : rounded;
}

class Cart {
  /** @type {Map<string, import("./work.mjs").Line>} */
  lines = new Map();

  /** @param {import("./work.mjs").Line} line */
  add(line) {
    const known = this.lines.get(line.id);
    if (known) known.quantity += line.quantity;
    else this.lines.set(line.id, { ...line });
  }

  /** @param {string} id @param {number} quantity */
  setQuantity(id, quantity) {
    const known = this.lines.get(id);
    if (!known) return;
    if (quantity > 0) known.quantity = quantity;
    else this.lines.delete(id);
  }

  subtotal() {
    let sum = 0;
    for (const { price, quantity } of this.lines.values()) sum += price * quantity;
    return sum;
  }

  /** @param {typeof import("./work.mjs").CONDITIONS} conditions */
  total(conditions) {
    let total = this.subtotal();
    for (const { bps, minor } of conditions) {
      total += bps === undefined ? (minor ?? 0) : share(total, bps);
      if (total < 0) total = 0;
    }
    return total;
  }

  text() {
    return JSON.stringify([...this.lines.values()]);
  }

  /** @param {string | null} text */
  static of(text) {
    const cart = new Cart();
    for (const line of text ? JSON.parse(text) : []) cart.lines.set(line.id, line);
    return cart;
  }
}

/** @type {import("./work.mjs").Contender} */
export const plain = {
  name: "plain",
  seed(n, line) {
    const cart = new Cart();
    for (let i = 0; i < n; i++) cart.add(line(i));
    return cart;
  },
  inc: (cart, line) => cart.add({ ...line, quantity: 1 }),
  addNew: (cart, line) => cart.add(line),
  remove: (cart, id) => cart.lines.delete(id),
  setQty: (cart, id, quantity) => cart.setQuantity(id, quantity),
  subtotal: (cart) => cart.subtotal(),
  total: (cart, conditions) => cart.total(conditions),
  save: (cart, storage) => storage.setItem(KEY, cart.text()),
  load: (storage) => Cart.of(storage.getItem(KEY)),
};
