// All ways to one cart through the package, side by side.
import { InHand, Served, ServedLater, Stored } from "./binding.js";
import { Changes, Kept, Methods, Scripted, ScriptedLater } from "./public.js";
import { surroundings } from "./surroundings.js";

/** The first is what is answered; the others must agree with it. */
const WAYS = {
  "in hand": InHand,
  "stored and read again": Stored,
  "over a driver in JavaScript": Served,
  "over a driver in JavaScript that answers later": ServedLater,
  "cart.change": Changes,
  "cart.change over a driver in JavaScript": Scripted,
  "cart.change over a driver in JavaScript that answers later": ScriptedLater,
  "cart.change, page after page": Kept,
  "the cart's methods": Methods,
};

/**
 * A request, as the tests in Rust write it.
 * @typedef {object} Request
 * @property {number} id
 * @property {"change" | "show" | "totals" | "explain"} do
 * @property {number} store which world of carts
 * @property {number} call the number of this call in it
 * @property {number} nowMs
 * @property {Record<string, unknown>} options
 * @property {Record<string, number>} zones
 * @property {string} identifier
 * @property {string} instance
 * @property {string} [body]
 * @property {string} [at]
 */

/**
 * Answers requests, each a line of JSON, one after the other.
 * @param {typeof import("../../../pkg/src/inline.js").createCart} createCart
 * @param {number} reload
 */
export async function player(createCart, reload) {
  // The core is loaded when the first cart is made.
  await createCart();
  /** @type {Map<string, {call: {number: number, nowMs: number}, ways: [string, any][]}>} */
  const carts = new Map();

  /** @param {Request} request */
  const cartsOf = ({ store, identifier, options, zones }) => {
    const key = `${store} ${identifier}`;
    let found = carts.get(key);
    if (!found) {
      const { call, clock, random } = surroundings();
      const setup = { createCart, options: { ...options, identifier }, zones, clock, random, reload, key };
      carts.set(key, (found = { call, ways: Object.entries(WAYS).map(([name, Way]) => [name, new Way(setup)]) }));
    }
    return found;
  };

  /** @param {string} line */
  return async (line) => {
    /** @type {Request} */
    const request = JSON.parse(line);
    const { id } = request;
    const { call, ways } = cartsOf(request);
    [call.number, call.nowMs] = [request.call, request.nowMs];
    const [[, first], ...others] = ways;
    const said = await ask(first, request);
    const apart = [];
    for (const [way, other] of others) {
      // What JavaScript's own values cannot hold, the methods cannot be handed. It is refused, so the cart stays the same.
      const exact = other.constructor.exact;
      if (!exact && "refused" in said && !holds(request.body)) continue;
      const its = await ask(other, request);
      const wanted = exact || !("ok" in said) ? said : { ok: other.like(request.do, said.ok) };
      if (!same(wanted, its)) apart.push({ way, wanted, said: its });
    }
    return JSON.stringify({ id, ...said, ...(apart.length ? { apart } : {}) });
  };
}

/** Whether a request is the same after it was read into JavaScript's values. @param {string | undefined} body */
function holds(body) {
  try {
    return body === undefined || JSON.stringify(JSON.parse(body)) === body;
  } catch {
    return false;
  }
}

/** @typedef {{ok: string | null} | {refused: {kind: string, path: string, message: string, reason?: string, alone?: boolean}} | {broken: string}} Said */

/**
 * @param {any} way
 * @param {Request} request
 * @returns {Promise<Said>}
 */
async function ask(way, { do: verb, instance, body, at }) {
  try {
    return { ok: await (verb == "change" ? way.change(instance, body) : way[verb](instance, at)) };
  } catch (thrown) {
    const error = typeof thrown == "string" ? JSON.parse(thrown) : thrown;
    const { kind, path, message, reason, alone } = /** @type {any} */ (error);
    if (kind) return { refused: { kind, path, message, reason, alone } };
    return { broken: String(/** @type {any} */ (error)?.stack ?? error) };
  }
}

/**
 * @param {Said} wanted
 * @param {Said} its
 */
function same(wanted, its) {
  if ("ok" in wanted) return "ok" in its && its.ok === wanted.ok;
  if (!("refused" in wanted) || !("refused" in its)) return false;
  const { kind, path, message, reason } = wanted.refused;
  const found = its.refused;
  const where = found.alone ? path.replace(/^commands\[0\]\.?/, "") : path;
  return found.kind == kind && found.path == where && found.message == message && found.reason == reason;
}
