// A driver as a shop would write one in JavaScript: a map, compare and set, all writes or none.

/** @param {{owner: string, identifier: string, instance: string}} address */
const keyOf = ({ owner, identifier, instance }) => JSON.stringify([owner, identifier, instance]);

/** @param {any} slot @param {number} nowMs */
const lives = (slot, nowMs) => slot && !slot.ended && !(slot.expiresAt && Date.parse(slot.expiresAt) <= nowMs);

/**
 * What `ScriptDriver` promises, over texts: nothing that was handed in is shared with anybody.
 * @param {boolean} later whether it answers with promises
 */
export function mapDriver(later) {
  /** @type {Map<string, string>} */
  const slots = new Map();
  /** @template T @param {T} value @returns {T | Promise<T>} */
  const answered = (value) => (later ? new Promise((done) => queueMicrotask(() => done(value))) : value);
  /** @param {string} key */
  const slotAt = (key) => (slots.has(key) ? JSON.parse(/** @type {string} */ (slots.get(key))) : null);
  return {
    slots,
    keyOf,
    /** @param {any} address */
    load: (address) => answered(slotAt(keyOf(address))),
    /** @param {any[]} writes @param {{nowMs: number}} context */
    commit(writes, { nowMs }) {
      for (const [conflict, { address, precondition }] of writes.entries()) {
        const current = slotAt(keyOf(address));
        const revision = lives(current, nowMs) ? current.revision : "absent";
        if (precondition != "any" && precondition != revision) return answered({ conflict, current });
      }
      for (const { address, slot } of writes) slots.set(keyOf(address), JSON.stringify(slot));
      return answered({ done: true });
    },
    /** @param {string} owner @param {string} identifier @param {{nowMs: number}} context */
    instances(owner, identifier, { nowMs }) {
      const names = [];
      for (const key of slots.keys()) {
        const [itsOwner, its, instance] = JSON.parse(key);
        if (itsOwner == owner && its == identifier && lives(slotAt(key), nowMs)) names.push(instance);
      }
      return answered(names.sort());
    },
  };
}
