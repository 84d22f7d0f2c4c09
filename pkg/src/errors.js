/** @import { Conflict } from "./wire.js" */

/**
 * What the caller can do about an error, the same names as on every other wire.
 *
 * - `invalid`: the request is wrong as it stands; correct what `path` names.
 * - `not_found`: what it names is not there.
 * - `conflict`: the cart is not as the request assumed; `conflict` says what changed.
 * - `limit_exceeded`: a limit is passed; send less.
 * - `currency_mismatch`: the cart has another currency or rounding.
 * - `not_purchasable`: the item's purchase rules refuse this quantity; `reason` says which.
 * - `lock_timeout`, `unavailable`: try again later (`retryAfterMs`).
 * - `unsupported`: this driver or build cannot do that.
 * - `corrupt`: stored data cannot be read; it was left as it is.
 * - `unauthorized`: the caller may not do that.
 * @typedef {"invalid" | "not_found" | "conflict" | "limit_exceeded" | "currency_mismatch" | "not_purchasable" | "lock_timeout" | "unavailable" | "unsupported" | "corrupt" | "unauthorized"} Kind
 */

/**
 * What an error says beside its message.
 * @typedef {object} ErrorFacts
 * @property {Kind} kind
 * @property {string} message
 * @property {string} [path]
 * @property {string} [reason]
 * @property {boolean} [malformed]
 * @property {number} [retryAfterMs]
 * @property {Conflict} [conflict]
 * @property {{zones: string[], definitions: string[], atMs?: number}} [needs]
 */

/** The one class of everything that a cart refuses or cannot do. */
export class CartError extends Error {
  /**
   * @param {ErrorFacts} facts
   * @param {ErrorOptions} [options]
   */
  constructor(facts, options) {
    super(facts.message, options);
    /** What the caller can do about it. @type {Kind} */
    this.kind = facts.kind;
    /** Where in what was handed in, such as `item.price`; empty when nowhere in particular. */
    this.path = facts.path ?? "";
    /** The cause in one word, where there is one: `fraction`, `insufficient_stock`, `quota_exceeded`. */
    this.reason = facts.reason;
    /** True when the request could not be read at all, as opposed to read and refused. */
    this.malformed = facts.malformed ?? false;
    /** When trying again may help, in milliseconds from now. */
    this.retryAfterMs = facts.retryAfterMs;
    /** How the cart differs from what a request was based on. */
    this.conflict = facts.conflict;
  }

  /** On the prototype, where `Error` has it too: no own property that shows up in logs. */
  get name() {
    return "CartError";
  }
}

/**
 * A refusal of our own, before the core was asked.
 * @param {string} message
 * @param {string} [path]
 * @param {string} [reason]
 */
export const invalid = (message, path, reason) => new CartError({ kind: "invalid", message, path, reason });

/**
 * What was thrown, as an error: the core throws texts of JSON. What is neither is a fault of ours or of the caller's
 * own code, and stays what it is.
 * @param {unknown} thrown
 * @returns {any}
 */
export function fault(thrown) {
  if (typeof thrown != "string") return thrown;
  const facts = JSON.parse(thrown);
  const error = new CartError(facts);
  if (facts.needs) needed.set(error, facts.needs);
  return error;
}

/** What an error of kind `unavailable`, reason `needs`, asks for. Nobody outside this package sees one. */
const needed = /* @__PURE__ */ new WeakMap();

/**
 * @param {object} error
 * @returns {ErrorFacts["needs"]}
 */
export const needs = (error) => needed.get(error);

/**
 * What is shown of a value in a message: its type and a little of it.
 * @param {unknown} value
 */
export const shown = (value) =>
  typeof value == "string" ? JSON.stringify(value) : value === null || typeof value != "object" ? String(value) : Array.isArray(value) ? "a list" : "an object";
