/**
 * @import { HttpOptions, StoredCart, WebStorage } from "../types.js"
 * @import { Entry, Lane } from "../http.js"
 */
import { unwritten, webStorage } from "../web.js";

/**
 * What must survive a reload of the page: the carts as the server confirmed them, and the changes that it has not confirmed.
 *
 * Each change stands under a key of its own. So pages that share a storage never overwrite each other's, and one that finds a
 * change which another left behind may send it too: under the same key and in the same words it is made once.
 * @param {HttpOptions} options
 * @param {string} identifier
 * @param {(error: unknown) => void} tell what is in the way of it, or that nothing is any more
 */
export function keeping({ url, keep, key = "cart.pending" }, identifier, tell) {
  /** @type {WebStorage | undefined} */
  let storage;
  try {
    storage = keep === false ? undefined : (keep ?? webStorage("session"));
  } catch {
    // A server, or a browser that forbids it: what waits, waits in memory.
  }
  const whose = JSON.stringify([url, identifier]);
  let failed = false;
  /** @param {string} name @param {unknown} value */
  const write = (name, value) => {
    if (!storage) return;
    try {
      if (value === undefined) return storage.removeItem?.(name);
      storage.setItem(name, JSON.stringify({ whose, value }));
      if (failed) tell(undefined);
      failed = false;
    } catch (error) {
      if (!failed) tell(unwritten(error));
      failed = true;
    }
  };
  /** @param {string} name */
  const read = (name) => {
    try {
      const { whose: its, value } = JSON.parse(storage?.getItem(name));
      return its === whose ? value : undefined;
    } catch {
      return undefined;
    }
  };
  const names = () => Array.from({ length: storage?.length ?? 0 }, (_, n) => storage?.key?.(n) ?? "").filter((name) => name.startsWith(`${key}:`));
  /** Found in storage, perhaps another page's. */
  const found = new Set();

  return {
    /** The changes that wait, oldest first. @returns {Entry[]} */
    entries() {
      /** @type {Entry[]} */
      const entries = names().flatMap((name) => read(name) ?? []);
      for (const entry of entries) {
        entry.late = true;
        found.add(entry.key);
      }
      return entries.sort((a, b) => a.made - b.made);
    },
    /** @returns {Record<string, StoredCart | undefined>} */
    carts: () => Object.fromEntries(read(key) ?? []),
    /** @param {Map<string, Lane>} lanes */
    keepCarts: (lanes) => write(key, [...lanes].filter(([, { known }]) => known).map(([name, { slot }]) => [name, slot])),
    /** @param {Entry} entry */
    keep: (entry) => write(`${key}:${entry.key}`, entry),
    /** @param {Entry} entry */
    drop: (entry) => write(`${key}:${entry.key}`, undefined),
    /** Another page settled it meanwhile. @param {Entry} entry */
    isSettled: (entry) => found.has(entry.key) && storage !== undefined && read(`${key}:${entry.key}`) === undefined,
  };
}
