import { CartError, invalid, shown } from "./errors.js";

/**
 * The JSON text of what a caller handed in.
 *
 * `JSON.stringify` alone would turn NaN and Infinity into null in silence, wherever they stand.
 * @param {unknown} value
 */
export function toJson(value) {
  let text;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CartError({ kind: "invalid", message: `expected values that JSON can hold, found others: ${why}` }, { cause });
  }
  if (text === undefined) throw invalid(`expected values that JSON can hold, found ${shown(value)}`);
  // A null is rare; only then it is worth looking where it comes from.
  if (text.includes("null")) finite(value, "");
  return text;
}

/**
 * @param {any} value
 * @param {string} path
 */
function finite(value, path) {
  if (typeof value == "number" && !Number.isFinite(value)) throw invalid(`expected a finite number, found ${value}`, path, "not_finite");
  if (value && typeof value == "object" && !value.toJSON) {
    const list = Array.isArray(value);
    for (const key of Object.keys(value)) finite(value[key], list ? `${path}[${key}]` : path ? `${path}.${key}` : key);
  }
}

/**
 * `next`, frozen, with every part that equals the same part of `before` replaced by that: what did not change stays the
 * same object. Both are JSON. In lists, things with an `id` find their
 * counterpart wherever it stands.
 * @template T
 * @param {any} before
 * @param {T} next
 * @returns {T}
 */
export function share(before, next) {
  if (before === next || typeof next != "object" || next === null) return next;
  const parts = /** @type {any} */ (next);
  const list = Array.isArray(parts);
  const like = typeof before == "object" && before !== null && Array.isArray(before) == list ? before : undefined;
  const keys = Object.keys(parts);
  let same = like !== undefined && Object.keys(like).length == keys.length;
  /** @type {Map<string, any> | undefined} */
  let byId;
  for (const key of keys) {
    const part = parts[key];
    // Own properties only: `__proto__` is a name like any other, and is one of its own after JSON.parse.
    let old = like && Object.hasOwn(like, key) ? like[key] : undefined;
    if (list && like && part?.id !== old?.id) {
      byId ??= new Map(like.map((/** @type {any} */ other) => [other?.id, other]));
      old = byId.get(part?.id);
    }
    const shared = share(old, part);
    if (shared !== part) parts[key] = shared;
    same &&= Object.hasOwn(/** @type {object} */ (like), key) && like[key] === shared;
  }
  return same ? before : Object.freeze(next);
}

/**
 * `then(value, f)`: at once for a value, later for a promise.
 * @template T, R
 * @param {T | PromiseLike<T>} value
 * @param {(value: T) => R | PromiseLike<R>} f
 * @returns {R | Promise<R>}
 */
export const then = (value, f) =>
  isPromise(value) ? /** @type {Promise<R>} */ (value.then(f)) : /** @type {R} */ (f(/** @type {T} */ (value)));

/**
 * @param {any} value
 * @returns {value is PromiseLike<any>}
 */
export const isPromise = (value) => typeof value?.then == "function";
