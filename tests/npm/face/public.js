// The ways that a shop's own code goes: `createCart` and its methods. They hand out objects, so what they say is compared as
// JavaScript writes it: `like` says what a way must say where the core says `text`.
import { memoryDriver, sessionDriver } from "../../../pkg/src/public.js";
import { mapDriver } from "./memory.js";

/** @import { Setup } from "./binding.js" */

/**
 * What a snapshot says, and every getter beside it, of a cart that the wire has as `content`.
 * @param {any} content
 */
function seenOf(content) {
  if (!content?.version) return { exists: false };
  const { version, incarnation, currency, items, conditions, metadata, totals, convertedAt } = content;
  const revision = `${incarnation}.${version}`;
  const { total, quantity, lines } = totals;
  const getters = { exists: true, version, revision, currency, total, quantity, lines, isEmpty: !lines };
  return { exists: true, version, revision, currency, items, conditions, metadata, totals, total, quantity, lines, checkedOutAt: convertedAt, status: "ready", getters };
}

/** @param {any} cart */
function seenIn(cart) {
  const snapshot = cart.getSnapshot();
  const { exists, version, revision, currency, total, quantity, lines, isEmpty } = cart;
  const getters = { exists, version, revision, currency, total, quantity, lines, isEmpty };
  if (exists != snapshot.exists) throw new Error(`expected the snapshot of a cart that ${exists ? "exists" : "does not exist"}, found ${JSON.stringify(snapshot)}`);
  return exists ? { ...snapshot, getters } : { exists };
}

/** `cart.change`, with somebody who listens to what happens. */
export class Changes {
  static exact = false;

  /** @param {Setup} setup */
  constructor(setup) {
    this.setup = setup;
    /** @type {any} */
    this.first = undefined;
    this.known = new Set();
  }

  driver() {
    return memoryDriver();
  }

  async open() {
    const { createCart, options, clock, random } = this.setup;
    this.first = await createCart({ ...options, clock, random, driver: /** @type {any} */ (this.driver()) });
    this.known = new Set();
  }

  /** @param {string} instance */
  async cart(instance) {
    if (!this.first) await this.open();
    const cart = instance == "default" ? this.first : this.first.instance(instance);
    if (!this.known.has(instance)) {
      this.known.add(instance);
      this.meet(cart);
      await cart.reload();
    }
    return cart;
  }

  /** What is done to a cart when it is first seen. @param {any} cart */
  meet(cart) {
    cart.on("*", () => {});
  }

  /** @param {string} instance @param {string} body */
  async change(instance, body) {
    const cart = await this.cart(instance);
    const answer = await cart.change(JSON.parse(body));
    return JSON.stringify({ answer, cart: seenIn(cart) });
  }

  /** @param {string} instance */
  async show(instance) {
    return JSON.stringify(seenIn(await this.cart(instance)));
  }

  /** @param {string} instance @param {string} [at] */
  async totals(instance, at) {
    return JSON.stringify((await this.cart(instance)).totals({ at }));
  }

  /** @param {string} instance @param {string} [at] */
  async explain(instance, at) {
    return JSON.stringify((await this.cart(instance)).explain({ at }));
  }

  /**
   * @param {string} verb
   * @param {string | null} text
   */
  like(verb, text) {
    const said = JSON.parse(/** @type {string} */ (text));
    if (verb == "show") return JSON.stringify(seenOf(said));
    if (verb != "change") return JSON.stringify(said);
    const { cart, ...answer } = said;
    return JSON.stringify({ answer, cart: seenOf(cart) });
  }
}

/** `cart.change` over a driver in JavaScript that answers at once. */
export class Scripted extends Changes {
  #driver = mapDriver(false);
  driver() {
    return this.#driver;
  }
}

/** `cart.change` over a driver in JavaScript that answers with promises. */
export class ScriptedLater extends Changes {
  #driver = mapDriver(true);
  driver() {
    return this.#driver;
  }
}

/** `cart.change` over a tab's storage, and after changes another page in the same tab. Where there are no tabs, in a map. */
export class Kept extends Changes {
  changes = 0;
  /** @type {Map<string, string>} */
  #map = new Map();

  driver() {
    const { key } = this.setup;
    if (typeof sessionStorage == "object") return sessionDriver({ key });
    return sessionDriver({ key, storage: { getItem: (key) => this.#map.get(key) ?? null, setItem: (key, text) => void this.#map.set(key, text) } });
  }

  /** @param {string} instance @param {string} body */
  async change(instance, body) {
    const answer = await super.change(instance, body);
    if (++this.changes % this.setup.reload == 0) {
      this.first.close();
      await this.open();
    }
    return answer;
  }
}

/**
 * The method of each command, where the command has nothing that the method's arguments have no place for.
 * @type {Record<string, (command: any) => [name: string, ...rest: any[]] | undefined>}
 */
const METHODS = {
  add: ({ item, ...rest }) => (none(rest) ? ["add", item] : undefined),
  update: ({ id, ...rest }) => {
    const [field, second] = Object.keys(rest);
    const alone = second === undefined && Number.isSafeInteger(rest[field]);
    if (alone && field == "quantity") return ["setQuantity", id, rest.quantity];
    if (alone && field == "delta") return rest.delta < 0 ? ["decrease", id, -rest.delta] : ["increase", id, rest.delta];
    return ["update", id, rest];
  },
  remove: ({ id, ...rest }) => (none(rest) ? ["remove", id] : ["remove", id, rest]),
  clear: (rest) => (none(rest) ? ["clear"] : undefined),
  destroy: (rest) => (none(rest) ? ["destroy"] : undefined),
  addCondition: ({ condition, ...on }) => (none(on) ? ["addCondition", condition] : ["addCondition", condition, on]),
  addPreset: ({ preset, ...options }) => (none(options) ? ["addPreset", preset] : ["addPreset", preset, options]),
  removeCondition: ({ name, ...on }) => (none(on) ? ["removeCondition", name] : ["removeCondition", name, on]),
  removeConditionsByType: ({ type, ...on }) => (none(on) ? ["removeConditionsByType", type] : ["removeConditionsByType", type, on]),
  clearConditions: (on) => (none(on) ? ["clearConditions"] : ["clearConditions", on]),
  setMetadata: ({ values, ...rest }) => (none(rest) ? ["setMetadata", values] : undefined),
  clearMetadata: (rest) => (none(rest) ? ["clearMetadata"] : undefined),
  reprice: ({ prices, ...options }) => ["reprice", prices, options],
  checkOut: ({ order, ...rest }) => (none(rest) ? ["checkOut", { order }] : undefined),
  move: ({ id, to, ...which }) => (none(which) ? ["move", id, to] : ["move", id, to, which]),
};

/** @param {object} rest */
const none = (rest) => Object.keys(rest).length == 0;

/** Lines are named by text; anything else is refused before the core is asked, in words of its own. @param {any} call */
const plain = (call) => !["setQuantity", "increase", "decrease", "remove"].includes(call[0]) || typeof call[1] == "string";

/**
 * The methods, each command by its own and lists as batches, while nobody listens: the short cuts are open. What no method says is
 * said by `change`.
 */
export class Methods extends Changes {
  meet() {}

  /** @param {string} instance @param {string} body */
  async change(instance, body) {
    const cart = await this.cart(instance);
    const { commands, ...rest } = JSON.parse(body);
    const { currency, rounding, ...options } = rest;
    const known = Array.isArray(commands) && commands.every((command) => Object.hasOwn(METHODS, command?.do));
    const calls = known ? commands.map(({ do: name, ...command }) => METHODS[name](command)) : [undefined];
    if (currency || rounding || !calls.length || !calls.every((call) => call && plain(call))) {
      cart.change(JSON.parse(body));
    } else if (calls.length == 1 && none(options)) {
      const [[name, ...rest]] = calls;
      try {
        this.returned = [name, cart[name](...rest)];
      } catch (error) {
        // A method's caller wrote no list.
        if (typeof (/** @type {any} */ (error).path) == "string") /** @type {any} */ (error).alone = true;
        throw error;
      }
    } else {
      cart.batch((/** @type {any} */ draft) => {
        for (const [name, ...rest] of calls) draft[name](...rest);
      }, options);
    }
    return JSON.stringify({ cart: seenIn(cart) });
  }

  /**
   * @param {string} verb
   * @param {string | null} text
   */
  like(verb, text) {
    if (verb != "change") return super.like(verb, text);
    const { cart, results } = JSON.parse(/** @type {string} */ (text));
    const [name, value] = this.returned ?? [];
    this.returned = undefined;
    if (typeof value == "number" && value !== (results[0].quantity ?? 0)) return `${name} to return ${results[0].quantity}, not ${value}`;
    return JSON.stringify({ cart: seenOf(cart) });
  }
}
