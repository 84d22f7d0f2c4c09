/**
 * @import { HttpOptions, StoredCart } from "../types.js"
 * @import { Changed, Content } from "../wire.js"
 */
import { CartError, invalid } from "../errors.js";

/** What may be otherwise in a moment, whatever was asked. */
const PASSING = [408, 423, 425, 429, 500, 502, 503, 504];

/**
 * The server's API, as far as carts need it. Every failure is a `CartError`; one with `passing` may be asked again.
 * @param {string} identifier
 * @param {HttpOptions} options
 */
export function requests(identifier, { url, headers, fetch, timeoutMs = 15_000 }) {
  const base = `${url.replace(/\/+$/, "")}/v1/carts/${part(identifier, "identifier")}`;
  const UNCHANGED = /** @type {const} */ ("unchanged");

  /**
   * @param {string} path
   * @param {{method?: string, body?: string, headers?: Record<string, string>}} [init]
   * @returns {Promise<{status: number, json: any}>}
   */
  async function ask(path, init = {}) {
    let response;
    let json;
    try {
      const own = typeof headers == "function" ? await headers() : headers;
      response = await (fetch ?? globalThis.fetch)(base + path, {
        ...init,
        headers: { Accept: "application/json", ...Object.fromEntries(new Headers(own)), ...init.headers },
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.status == 304) return { status: 304, json: undefined };
      json = await response.json();
    } catch (cause) {
      // No answer, or one that is no JSON: a proxy's, or that of a hotel's door.
      throw failure({ kind: "unavailable", reason: "network", message: `expected an answer of the server, found ${response ? `status ${response.status} without JSON` : "none"}` }, true, cause);
    }
    if (response.ok) return { status: response.status, json };
    const { kind = "unavailable", detail = `status ${response.status}`, path: where, reason, conflict, retryAfterMs } = Object(json);
    if (response.status == 404 && kind == "not_found" && !init.method) return { status: 404, json };
    // Data that cannot be read stays so until an operator has looked.
    const passing = kind != "corrupt" && (PASSING.includes(response.status) || response.status == 401 || !Object(json).kind);
    throw failure({ kind, message: detail, path: where, reason: reason ?? (passing ? "server" : undefined), conflict, retryAfterMs, malformed: response.status == 400 }, passing);
  }

  return {
    base,
    UNCHANGED,

    /**
     * A cart as the server has it; `undefined` for none.
     * @param {string} name
     * @param {string} [known] the revision that is known already
     * @returns {Promise<any>}
     */
    async load(name, known) {
      const { status, json } = await ask(`/${part(name, "instance")}`, known ? { headers: { "If-None-Match": `"${known}"` } } : {});
      return status == 304 ? UNCHANGED : status == 404 ? undefined : stored(json);
    },

    /**
     * Makes a change, once under the key in its body.
     * @param {string} name
     * @param {string} body
     * @returns {Promise<{slot: StoredCart | undefined, changed: Changed}>}
     */
    async change(name, body) {
      const { json: changed } = await ask(`/${part(name, "instance")}/commands`, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json" },
      });
      if (!changed?.results) throw failure({ kind: "unavailable", reason: "network", message: "expected the answer to a change, found another: is this address a Pushcart server's?" }, true);
      return { slot: changed.cart.exists === false ? undefined : stored(changed.cart), changed };
    },

    /** @returns {Promise<string[]>} */
    instances: async () => (await ask("")).json.instances,
  };
}

/**
 * @param {import("../errors.js").ErrorFacts} facts
 * @param {boolean} passing
 * @param {unknown} [cause]
 */
const failure = (facts, passing, cause) => Object.assign(new CartError(facts, { cause }), passing && { passing });

/**
 * A name as a part of a path. Two names cannot be one: whoever writes URLs takes them for steps.
 * @param {string} name
 * @param {string} what
 */
function part(name, what) {
  if (name === "." || name === "..") throw invalid(`expected a name that can stand in a URL, found ${JSON.stringify(name)}`, what);
  return encodeURIComponent(name);
}

/**
 * What the server shows of a cart, in the shape in which carts are stored.
 * @param {Content} content
 * @returns {StoredCart}
 */
const stored = ({ id, version, incarnation, currency, rounding, items, conditions, metadata, totals, createdAt, updatedAt, expiresAt, convertedAt, order }) => ({
  format: 1,
  id,
  revision: `${incarnation}.${version}`,
  currency,
  rounding,
  items: items.map(({ subtotal: _, ...item }) => item),
  conditions,
  metadata,
  journal: [],
  createdAt,
  updatedAt,
  ...(expiresAt && { expiresAt }),
  ...(convertedAt && { convertedAt }),
  ...(order && { order }),
  summary: { quantity: totals.quantity, lines: totals.lines, total: totals.total },
  // Not a cart's own: what the server says it costs. Whoever reads a stored cart passes over it.
  totals,
});
