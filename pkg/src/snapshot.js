/** @import { Item, Condition, Content, Totals } from "./wire.js" */

/**
 * How far what is shown has come.
 *
 * - `ready`: it is what is kept.
 * - `saving`: changes are on their way.
 * - `offline`: changes wait for the network.
 * - `unsaved`: storage cannot keep it; the cart lives in memory.
 * @typedef {"ready" | "saving" | "offline" | "unsaved"} Status
 */

/**
 * A cart at one moment. Frozen, and the same object until something changes; a line that did not change is the same
 * object in the next snapshot. All amounts are in minor units.
 * @typedef {object} Snapshot
 * @property {boolean} exists whether there is a cart: there is one from its first change on
 * @property {number} version 1 when the cart began, and one more with each change; 0 when there is none
 * @property {string | undefined} revision `INCARNATION.VERSION`: exactly this state; what `basedOn` takes
 * @property {string} currency ISO 4217
 * @property {readonly Item[]} items the lines, in order of insertion
 * @property {readonly Condition[]} conditions those on the cart
 * @property {Readonly<Record<string, any>>} metadata
 * @property {Totals} totals
 * @property {number} total what it costs, in minor units: `totals.total`
 * @property {number} quantity pieces
 * @property {number} lines
 * @property {string | undefined} checkedOutAt when the cart was checked out (RFC 3339); it is read-only then
 * @property {Status} status
 */

/** The empty ones, by currency: the same object each time. @type {Map<string, Snapshot>} */
const empty = /* @__PURE__ */ new Map();

/**
 * The snapshot of a cart that is not there: what a server renders, and a page before its cart is ready.
 * @param {string} [currency] ISO 4217
 * @returns {Snapshot}
 */
export function emptySnapshot(currency = "USD") {
  let snapshot = empty.get(currency);
  if (!snapshot) {
    const totals = /** @type {Totals} */ ({ currency, quantity: 0, lines: 0 });
    for (const name of FIGURES) totals[name] = 0;
    Object.assign(totals, { byType: Object.freeze({}), lineTotals: none, breakdown: none });
    snapshot = Object.freeze({
      ...absent,
      currency,
      totals: Object.freeze(totals),
    });
    empty.set(currency, snapshot);
  }
  return snapshot;
}

/** @type {("subtotalWithoutConditions" | "subtotal" | "discount" | "shipping" | "fees" | "tax" | "taxIncluded" | "adjustments" | "total" | "savings")[]} */
const FIGURES = ["subtotalWithoutConditions", "subtotal", "discount", "shipping", "fees", "tax", "taxIncluded", "adjustments", "total", "savings"];

/** @type {any} */
const none = /* @__PURE__ */ Object.freeze([]);

const absent = {
  exists: false,
  version: 0,
  revision: undefined,
  items: none,
  conditions: none,
  metadata: /* @__PURE__ */ Object.freeze({}),
  total: 0,
  quantity: 0,
  lines: 0,
  checkedOutAt: undefined,
  /** @type {Status} */
  status: "ready",
};

/**
 * The snapshot of a cart as its content says, not yet frozen.
 * @param {Content} content
 * @param {Status} status
 * @returns {Snapshot}
 */
export const snapshotOf = ({ version, incarnation, currency, items, conditions, metadata, totals, convertedAt }, status) => ({
  exists: true,
  version,
  revision: `${incarnation}.${version}`,
  currency,
  items,
  conditions,
  metadata,
  totals,
  total: totals.total,
  quantity: totals.quantity,
  lines: totals.lines,
  checkedOutAt: convertedAt,
  status,
});
