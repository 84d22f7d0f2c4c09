/**
 * Carts in any of unstorage's drivers: file system, Redis, Cloudflare KV, S3, …
 *
 * @import { Storage } from "unstorage"
 * @import { Address, Committed, ScriptDriver, Slot, Write } from "./types.js"
 */
import { CartError } from "./errors.js";
import { holds, revisionOf } from "./slot.js";

/** Stands before each value: unstorage would read bare JSON by itself, and drop names like `__proto__`. */
const MARK = "cart ";

/**
 * Keeps carts in an unstorage storage.
 *
 * unstorage cannot compare and set: between reading a cart and writing it, another process may write, and its change is lost. So
 * it must be said who writes: `this-process` alone (its own writers wait for each other), or several, where the last one wins.
 * Moving a line between two carts needs one write of both, which unstorage has not; it is refused.
 * @param {Storage<any>} storage
 * @param {{writers: "this-process" | "last-write-wins", base?: string}} options `base`: what the keys begin with, `cart` when left out
 * @returns {ScriptDriver & {commit(writes: Write[], context: {nowMs: number}): Promise<Committed>}}
 */
export function unstorageDriver(storage, { writers, base = "cart" }) {
  if (writers !== "this-process" && writers !== "last-write-wins")
    throw new CartError({
      kind: "unsupported",
      reason: "no_compare_and_set",
      message: 'expected to be told who writes, since unstorage cannot compare and set: writers: "this-process" if only this process does, or "last-write-wins" if a lost change is acceptable',
    });

  /** @param {Address} address */
  const key = async ({ owner, identifier, instance }) => `${await folder(owner, identifier)}:${await encoded(instance)}`;
  const folder = async (/** @type {string} */ owner, /** @type {string} */ identifier) => `${base}:${await encoded(owner)}:${await encoded(identifier)}`;

  /** @param {string} name @returns {Promise<{instance: string, slot: Slot} | null>} */
  const read = async (name) => {
    const value = await storage.getItem(name);
    if (value === null || value === undefined) return null;
    try {
      if (typeof value != "string" || !value.startsWith(MARK)) throw new Error("its beginning is another's");
      return JSON.parse(value.slice(MARK.length));
    } catch (cause) {
      throw new CartError({ kind: "corrupt", reason: "unreadable", message: "expected a stored cart, found what cannot be read; it was left as it is" }, { cause });
    }
  };

  return {
    capabilities: { compareAndSet: writers === "this-process", lastWriteWins: true, atomic: "cart", shared: writers !== "this-process" },
    load: async (address) => (await read(await key(address)))?.slot ?? null,
    commit(writes, { nowMs }) {
      if (writes.length > 1) return Promise.reject(new CartError({ kind: "unsupported", message: `expected one cart in a commit, since unstorage writes one key at a time, found ${writes.length}` }));
      return inTurn(storage, async () => {
        for (const [index, { address, precondition, slot }] of writes.entries()) {
          const name = await key(address);
          const current = (await read(name))?.slot ?? null;
          if (!holds(precondition, current, nowMs)) return { conflict: index, current };
          await storage.setItem(name, MARK + JSON.stringify({ instance: address.instance, slot }));
        }
        return { done: true };
      });
    },
    async instances(owner, identifier, { nowMs }) {
      const names = await storage.getKeys(await folder(owner, identifier));
      const found = await Promise.all(names.map(read));
      return found.flatMap((one) => (one && revisionOf(one.slot, nowMs) !== undefined ? [one.instance] : []));
    },
  };
}

/** The last commit of each storage, whoever opened it. @type {WeakMap<object, Promise<unknown>>} */
const turns = /* @__PURE__ */ new WeakMap();

/**
 * @template T
 * @param {object} storage
 * @param {() => Promise<T>} f
 * @returns {Promise<T>}
 */
function inTurn(storage, f) {
  const turn = (turns.get(storage) ?? Promise.resolve()).then(f, f);
  turns.set(
    storage,
    turn.catch(() => {}),
  );
  return turn;
}

/**
 * A name as a part of a key that every store keeps apart from every other: hexadecimal, since some stores fold cases, cut at
 * slashes or spaces; of a long name its hash, since file systems take no long ones.
 * @param {string} name
 */
async function encoded(name) {
  const bytes = new TextEncoder().encode(name);
  const short = bytes.length <= 60;
  const shown = short ? bytes : new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
  return (short ? "n" : "h") + [...shown].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
