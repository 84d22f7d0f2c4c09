/**
 * @import { ItemInput, ItemUpdate, ListedCondition, ConditionInput, Preset, Command, Outcome, Price } from "./wire.js"
 */
import { invalid, shown } from "./errors.js";

/**
 * Which line is meant, where lines are told apart by id and attributes (`lineIdentity: "id_and_attributes"`) and several
 * have the id.
 * @typedef {object} Which
 * @property {Record<string, unknown>} [where] the attributes of the line that is meant, whole
 */

/**
 * Where a condition is: on the cart, or on one of its lines.
 * @typedef {Which & {item?: string}} On
 */

/**
 * What carries commands out, or keeps them for later. Every change of a cart goes through `run`.
 * @typedef {<R>(commands: Command[], pick: (results: Outcome[]) => R, rest?: {basedOn?: string}) => R} Run
 */

/**
 * Everything that changes a cart, each as one command.
 *
 * A cart carries a command out at once; the draft of a batch keeps it until the batch is complete.
 */
export class Commands {
  /** @type {Run} */
  #run;

  /** @param {Run} run */
  constructor(run) {
    this.#run = run;
  }

  /**
   * Puts pieces of a thing into the cart: onto its line if there is one, else onto a new one. Name, price and attributes
   * of this call win over the line's.
   *
   * `price` is in minor units: 1999 is 19.99 dollars. Text with a point is major units: `"19.99"`.
   * @overload
   * @param {ItemInput} item
   * @returns {number} the pieces on the line now
   */
  /**
   * Puts several things into the cart, all or none.
   * @overload
   * @param {ItemInput[]} item
   * @returns {number[]} the pieces on each line now
   */
  /**
   * @param {ItemInput | ItemInput[]} item
   * @returns {any}
   */
  add(item) {
    return Array.isArray(item)
      ? this.#run(item.map((item) => ({ do: "add", item })), (results) => results.map((result) => result.quantity))
      : this.#one({ do: "add", item }, (result) => result.quantity);
  }

  /**
   * Sets how many pieces a line has. 0 or less takes it out.
   * @param {string} id
   * @param {number} quantity a whole number
   * @param {Which} [which]
   * @returns {number} the pieces on the line now
   */
  setQuantity(id, quantity, which) {
    return this.#one({ ...which, do: "update", id, quantity: whole(quantity, "quantity") }, (result) => /** @type {number} */ (result.quantity));
  }

  /**
   * Adds pieces to a line that is there.
   * @param {string} id
   * @param {number} [by] a whole number; 1 when left out
   * @param {Which} [which]
   * @returns {number} the pieces on the line now
   */
  increase(id, by = 1, which) {
    return this.#one({ ...which, do: "update", id, delta: whole(by, "by") }, (result) => /** @type {number} */ (result.quantity));
  }

  /**
   * Takes pieces off a line. At 0 the line goes.
   * @param {string} id
   * @param {number} [by] a whole number; 1 when left out
   * @param {Which} [which]
   * @returns {number} the pieces on the line now
   */
  decrease(id, by = 1, which) {
    return this.increase(id, -whole(by, "by"), which);
  }

  /**
   * Changes a line: `quantity` sets, `delta` adds; `price`, `name` and `attributes` replace.
   * @param {string} id
   * @param {ItemUpdate} changes
   * @returns {number} the pieces on the line now
   */
  update(id, changes) {
    return this.#one({ ...changes, do: "update", id }, (result) => /** @type {number} */ (result.quantity));
  }

  /**
   * Takes a line out.
   * @param {string} id
   * @param {Which} [which]
   * @returns {boolean} whether there was one
   */
  remove(id, which) {
    return this.#one({ ...which, do: "remove", id }, (result) => /** @type {boolean} */ (result.removed));
  }

  /**
   * Drops lines, metadata and conditions without rules. The cart itself goes on.
   * @returns {boolean} whether there was anything
   */
  clear() {
    return this.#one({ do: "clear" }, (result) => result.cleared ?? false);
  }

  /**
   * Ends the cart. The next change begins a new one.
   * @returns {boolean} whether there was one
   */
  destroy() {
    return this.#one({ do: "destroy" }, (result) => result.destroyed ?? false);
  }

  /**
   * Puts a condition on the cart, or on a line: a discount, a tax, shipping, a fee. One of the same name is replaced.
   * @param {ListedCondition} condition
   * @param {On} [on]
   * @returns {string} the condition's name
   */
  addCondition(condition, on) {
    return this.#one({ ...on, do: "addCondition", condition }, (result) => /** @type {string} */ (result.name));
  }

  /**
   * Puts the conditions of a preset on the cart, or on a line: `addPreset("free-shipping-over", {with: {minimum: 5000}})`.
   * @param {Preset} preset
   * @param {On & {name?: string, with?: Record<string, unknown>}} [options] `name`: left out, the preset's
   * @returns {string[]} the names of its conditions
   */
  addPreset(preset, options) {
    return this.#one({ ...options, do: "addPreset", preset }, (result) => /** @type {string[]} */ (result.added));
  }

  /**
   * Takes a condition off.
   * @param {string} name
   * @param {On} [on]
   * @returns {boolean} whether there was one
   */
  removeCondition(name, on) {
    return this.#one({ ...on, do: "removeCondition", name }, (result) => names(result).length > 0);
  }

  /**
   * Takes all conditions of a type off.
   * @param {string} type
   * @param {On} [on]
   * @returns {string[]} their names
   */
  removeConditionsByType(type, on) {
    return this.#one({ ...on, do: "removeConditionsByType", type }, names);
  }

  /**
   * Takes all conditions off.
   * @param {On} [on]
   * @returns {string[]} their names
   */
  clearConditions(on) {
    return this.#one({ ...on, do: "clearConditions" }, names);
  }

  /**
   * Sets metadata: any values that JSON can hold. `null` removes.
   * @param {Record<string, unknown>} values
   * @returns {{set: string[], removed: string[]}} the keys that were
   */
  setMetadata(values) {
    return this.#one({ do: "setMetadata", values }, (result) => ({ set: result.set ?? [], removed: names(result) }));
  }

  /**
   * Drops all metadata.
   * @returns {string[]} the keys that were
   */
  clearMetadata() {
    return this.#one({ do: "clearMetadata" }, names);
  }

  /**
   * Gives lines new unit prices, or says what would change.
   * @param {Record<string, Price>} prices by line id
   * @param {{policy?: "refresh" | "keep" | "ask"}} [options] `refresh` (the default) applies them; `keep` and `ask` leave the
   *   old ones and say what differs
   * @returns {{policy: string, applied: boolean, changed: {id: string, old: number, new: number, quantity: number}[], missing: string[]}}
   */
  reprice(prices, options) {
    return this.#one({ ...options, do: "reprice", prices }, (/** @type {any} */ { do: _, ...result }) => result);
  }

  /**
   * Closes the cart as bought; after it the cart is read-only, and the next add begins a new one.
   *
   * It is refused when the cart is not the one that the shopper saw: `basedOn` is its revision, what the cart shows now when
   * left out.
   * @param {{order?: string, basedOn?: string}} [options] `order`: the shop's reference
   * @returns {{order?: string}}
   */
  checkOut({ order, basedOn } = {}) {
    return this.#run([{ do: "checkOut", order }], ([result]) => ({ order: result.order }), { basedOn });
  }

  /**
   * Moves a line to another cart of the same shopper: `move("tee-m", "wishlist")`.
   * @param {string} id
   * @param {string} to an instance
   * @param {Which} [which]
   * @returns {number} the pieces that were moved
   */
  move(id, to, which) {
    return this.#one({ ...which, do: "move", id, to }, (result) => /** @type {number} */ (result.quantity));
  }

  /**
   * @template R
   * @param {Command} command
   * @param {(result: Outcome) => R} pick
   */
  #one(command, pick) {
    return this.#run([command], ([result]) => pick(result));
  }
}

/** @param {Outcome} result */
const names = (result) => /** @type {string[]} */ (result.removed);

/**
 * @param {number} number
 * @param {string} path
 */
function whole(number, path) {
  // The core checks it too, but JSON turns NaN into null, and what was found should be said.
  if (!Number.isSafeInteger(number)) throw invalid(`expected a whole number, found ${shown(number)}`, path);
  return number;
}
