// The ways that speak with the core as it is bound: texts go in, texts come out, and each is byte-equal with every other face.
import { settled } from "../../../pkg/src/task.js";
import { Service, Shelf } from "../../../pkg/wasm/pushcart.js";
import { mapDriver } from "./memory.js";

/**
 * What every way is made with.
 * @typedef {object} Setup
 * @property {typeof import("../../../pkg/src/inline.js").createCart} createCart
 * @property {Record<string, unknown>} options the settings and the identifier
 * @property {Record<string, number>} zones seconds east of UTC
 * @property {() => number} clock
 * @property {() => BigUint64Array} random
 * @property {number} reload after so many changes what is stored is read anew
 * @property {string} key a name that no other cart has
 */

/** A page's carts in hand. */
export class InHand {
  static exact = true;

  /** @param {Setup} setup */
  constructor(setup) {
    this.setup = setup;
    this.shelf = this.another();
    this.hands = new Map();
  }

  another() {
    const { options, zones, clock, random } = this.setup;
    const shelf = new Shelf(options);
    shelf.surroundings(clock, random);
    for (const [name, offset] of Object.entries(zones)) shelf.zone(name, offset);
    return shelf;
  }

  /** @param {string} instance */
  hand(instance) {
    if (!this.hands.has(instance)) this.hands.set(instance, this.shelf.cart(instance));
    return this.hands.get(instance);
  }

  /** @param {string} instance @param {string} body @returns {string | Promise<string>} */
  change(instance, body) {
    return this.hand(instance).changeFull(body);
  }

  /** @param {string} instance */
  show(instance) {
    return this.hand(instance).content() ?? null;
  }

  /** @param {string} instance @param {string} [at] */
  totals(instance, at) {
    return this.hand(instance).totals(at && Date.parse(at));
  }

  /** @param {string} instance @param {string} [at] */
  explain(instance, at) {
    return this.hand(instance).explain(at && Date.parse(at));
  }
}

/** The same, written out as storage keeps it and read into a fresh shelf after changes: as if the page was loaded again. */
export class Stored extends InHand {
  changes = 0;

  /** @param {string} instance @param {string} body */
  change(instance, body) {
    const answer = super.change(instance, body);
    if (++this.changes % this.setup.reload == 0) this.reload();
    return answer;
  }

  reload() {
    const text = this.shelf.text();
    for (const hand of this.hands.values()) hand.free();
    this.hands.clear();
    this.shelf.free();
    this.shelf = this.another();
    this.shelf.read(text);
    const again = this.shelf.text();
    if (again !== text) throw new Error(`expected what was read to be written again as it was\n  was: ${text}\n  is:  ${again}`);
  }
}

/** The use case over a driver in JavaScript that answers at once. What it holds is shown by a hand. */
export class Served extends InHand {
  static later = false;

  /** @param {Setup} setup */
  constructor(setup) {
    super(setup);
    const { options, zones, clock, random } = setup;
    const later = /** @type {typeof Served} */ (this.constructor).later;
    const driver = mapDriver(later);
    this.driver = driver;
    /** @template T @param {T} value @param {(value: any) => string} f */
    const then = (value, f) => (value instanceof Promise ? value.then(f) : f(value));
    this.service = new Service(options, {
      load: (/** @type {string} */ asked) => then(driver.load(JSON.parse(asked).address), (slot) => slot && JSON.stringify(slot)),
      commit: (/** @type {string} */ asked) => {
        const { nowMs, writes } = JSON.parse(asked);
        return then(driver.commit(writes, { nowMs }), JSON.stringify);
      },
      instances: (/** @type {string} */ owner, /** @type {string} */ identifier) => then(driver.instances(owner, identifier, { nowMs: clock() }), JSON.stringify),
      pause: () => (later ? Promise.resolve() : undefined),
    });
    this.service.surroundings(clock, random);
    for (const [name, offset] of Object.entries(zones)) this.service.zone(name, offset);
  }

  /** @param {string} instance @param {string} body */
  change(instance, body) {
    const answer = this.service.change(instance, body);
    const later = typeof answer != "string";
    if (later != /** @type {typeof Served} */ (this.constructor).later) throw new Error(`expected an answer ${later ? "at once" : "later"}, found ${answer}`);
    return settled(answer);
  }

  /** @param {string} instance */
  hand(instance) {
    const hand = super.hand(instance);
    const { owner = "", identifier } = /** @type {any} */ (this.setup.options);
    hand.load(this.driver.slots.get(this.driver.keyOf({ owner, identifier, instance })));
    return hand;
  }
}

/** The same over one that answers with promises. */
export class ServedLater extends Served {
  static later = true;
}
