// What is measured: the same lines, the same conditions and the same operations for every contender.

/**
 * A contender: a cart behind the operations that a shop's page needs. `h` is whatever it calls a cart.
 * @typedef {object} Contender
 * @property {string} name
 * @property {(n: number, line: (i: number) => Line) => any} seed a cart of `n` lines
 * @property {(h: any, line: Line) => unknown} inc one more of a line that is in the cart
 * @property {(h: any, line: Line) => unknown} addNew a line that is not
 * @property {(h: any, id: string) => unknown} remove
 * @property {(h: any, id: string, quantity: number) => unknown} setQty
 * @property {(h: any) => number} subtotal before conditions, in minor units
 * @property {(h: any, conditions: typeof CONDITIONS) => number} total
 * @property {(h: any, storage: Pick<Storage, "setItem">) => unknown} save the whole cart as text, into storage
 * @property {(storage: Pick<Storage, "getItem">) => any} load a cart that can be used, from what `save` wrote
 */

/** @typedef {{id: string, name: string, price: number, quantity: number, attributes: Record<string, string>}} Line */

/** How many lines a cart has. */
export const SIZES = [1, 10, 100, 1000];

/** @param {number} i @returns {Line} */
export const line = (i) => ({
  id: `article-${i}`,
  name: `Article number ${i}`,
  price: 250 + ((i * 6007) % 9000),
  quantity: 1 + (i % 4),
  attributes: { colour: i % 2 ? "green" : "blue", size: i % 3 ? "M" : "L" },
});

/**
 * Five conditions, each on what the ones before it left, each rounded half up. A rate is in basis points, so that nobody
 * needs a fraction.
 */
export const CONDITIONS = [
  { name: "Member", type: "discount", target: "subtotal", bps: -1000 },
  { name: "Coupon", type: "discount", target: "subtotal", minor: -500 },
  { name: "VAT", type: "tax", target: "subtotal", bps: 825 },
  { name: "Shipping", type: "shipping", target: "total", minor: 999 },
  { name: "Service", type: "fee", target: "total", bps: 150 },
];

/** A storage of texts with the two methods that matter, over a Map. */
export class MapStorage {
  #texts = new Map();
  /** @param {string} key @returns {string | null} */
  getItem(key) {
    return this.#texts.get(key) ?? null;
  }
  /** @param {string} key @param {string} text */
  setItem(key, text) {
    this.#texts.set(key, String(text));
  }
}

/**
 * Each operation as a function of contender, size and storage that gives the function to time.
 * @type {Record<string, (contender: Contender, n: number, storage: Pick<Storage, "getItem" | "setItem">) => () => unknown>}
 */
export const OPERATIONS = {
  "one more of a line": (c, n) => {
    const h = c.seed(n, line);
    const more = line(n >> 1);
    return () => c.inc(h, more);
  },
  "a new line, and out again": (c, n) => {
    const h = c.seed(n, line);
    const other = line(n + 5);
    return () => {
      c.addNew(h, other);
      c.remove(h, other.id);
    };
  },
  "set a quantity": (c, n) => {
    const h = c.seed(n, line);
    const { id } = line(n >> 1);
    let i = 0;
    return () => c.setQty(h, id, 1 + (i++ & 7));
  },
  "the total, nothing changed": (c, n) => {
    const h = c.seed(n, line);
    return () => c.total(h, CONDITIONS);
  },
  "set a quantity, the total": (c, n) => {
    const h = c.seed(n, line);
    const { id } = line(n >> 1);
    let i = 0;
    return () => {
      c.setQty(h, id, 1 + (i++ & 7));
      return c.total(h, CONDITIONS);
    };
  },
  save: (c, n, storage) => {
    const h = c.seed(n, line);
    return () => c.save(h, storage);
  },
  load: (c, n, storage) => {
    c.save(c.seed(n, line), storage);
    return () => c.load(storage);
  },
  "the click: set a quantity, the total, save": (c, n, storage) => {
    const h = c.seed(n, line);
    const { id } = line(n >> 1);
    let i = 0;
    return () => {
      c.setQty(h, id, 1 + (i++ & 7));
      const total = c.total(h, CONDITIONS);
      c.save(h, storage);
      return total;
    };
  },
};

/**
 * Who is fast with other totals is not fast: all contenders must agree on carts of all sizes, before and after storage.
 * @param {Contender[]} contenders
 * @param {() => Pick<Storage, "getItem" | "setItem">} storage
 */
export function agree(contenders, storage) {
  for (const n of SIZES) {
    const said = contenders.map((c) => {
      const h = c.seed(n, line);
      c.inc(h, line(0));
      c.addNew(h, line(n + 5));
      c.setQty(h, line(n - 1).id, 4);
      c.remove(h, line(n + 5).id);
      const before = [c.subtotal(h), c.total(h, CONDITIONS)];
      const kept = storage();
      c.save(h, kept);
      const back = c.load(kept);
      return JSON.stringify([before, [c.subtotal(back), c.total(back, CONDITIONS)]]);
    });
    for (const [i, answer] of said.entries()) {
      if (answer !== said[0]) throw new Error(`${n} lines: ${contenders[i].name} says ${answer}, ${contenders[0].name} says ${said[0]}`);
    }
  }
}
