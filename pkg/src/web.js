/** @import { Codec, WebStorage } from "./types.js" */
import { CartError } from "./errors.js";

/**
 * A refusal of Web storage, with one of the reasons that programs can compare.
 * @param {"quota_exceeded" | "storage_forbidden" | "no_storage"} reason
 * @param {string} message
 * @param {unknown} [cause]
 */
const unavailable = (reason, message, cause) => new CartError({ kind: "unavailable", reason, message }, { cause });

/**
 * The browser's own storage. Throws where there is none, or where the browser forbids it.
 * @param {"session" | "local"} area
 * @returns {WebStorage}
 */
export function webStorage(area) {
  let storage;
  try {
    storage = globalThis[`${area}Storage`];
  } catch (cause) {
    throw unavailable("storage_forbidden", `expected ${area}Storage to be allowed, found it forbidden`, cause);
  }
  if (!storage) throw unavailable("no_storage", `expected ${area}Storage, found none: this is no browser's window`);
  return storage;
}

/**
 * What a storage threw, as an error with a reason.
 * @param {any} cause
 */
export function unwritten(cause) {
  if (cause instanceof CartError) return cause;
  // Browsers name it differently, and the oldest only by its number.
  const full = /quota/i.test(cause?.name) || cause?.code === 22;
  return full
    ? unavailable("quota_exceeded", "expected room in the browser's storage, found its quota used up", cause)
    : unavailable("storage_forbidden", `expected storage to take the cart, found it refused: ${cause?.message ?? cause}`, cause);
}

/**
 * That what is kept cannot be decoded: another key, or not ours.
 * @param {unknown} cause
 */
export const undecoded = (cause) =>
  new CartError({ kind: "corrupt", reason: "unreadable", message: "expected the codec to decode what is stored, found that it cannot; it was left as it is" }, { cause });

/** A codec that does nothing. @type {Codec} */
export const plainText = { encode: (text) => text, decode: (text) => text };

/**
 * Listens on the window, where there is one.
 * @param {Record<string, (event: any) => void>} listeners
 * @returns {() => void} stops it
 */
export function listen(listeners) {
  const target = typeof document == "undefined" ? undefined : globalThis;
  for (const [type, listener] of Object.entries(listeners)) target?.addEventListener?.(type, listener);
  return () => {
    for (const [type, listener] of Object.entries(listeners)) target?.removeEventListener?.(type, listener);
  };
}
