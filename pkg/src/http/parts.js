/**
 * @import { Command } from "../wire.js"
 * @import { StoredCart } from "../types.js"
 */

/**
 * The parts that a list of commands sets, whatever was there before; `*` for all of the cart. What adds or takes away is none.
 * @param {any[]} commands
 * @returns {string[]}
 */
export const absoluteParts = (commands) =>
  commands.flatMap((command) => {
    switch (command.do) {
      case "update":
        return ["quantity", "price", "name", "attributes"].some((field) => command[field] !== undefined) ? [`items.${command.id}`] : [];
      case "reprice":
        return Object.keys(command.prices).map((id) => `items.${id}`);
      case "clear":
      case "destroy":
      case "checkOut":
        return ["*"];
      default:
        return [];
    }
  });

/**
 * The parts in which two states of a cart differ: `items.tee-m`, `conditions.VAT`, `metadata.note`.
 * @param {StoredCart | undefined} one
 * @param {StoredCart | undefined} other
 * @returns {string[]}
 */
export function differences(one, other) {
  const [left, right] = [partsOf(one), partsOf(other)];
  return [...new Set([...left.keys(), ...right.keys()])].filter((part) => left.get(part) !== right.get(part));
}

/** @param {any} slot */
function partsOf(slot) {
  /** @type {Map<string, string>} */
  const parts = new Map();
  /** @param {string} part @param {unknown} value */
  const put = (part, value) => parts.set(part, (parts.get(part) ?? "") + JSON.stringify(value));
  for (const item of slot?.items ?? []) put(`items.${item.id}`, item);
  for (const condition of slot?.conditions ?? []) put(`conditions.${condition.name}`, condition);
  for (const [name, value] of Object.entries(slot?.metadata ?? {})) put(`metadata.${name}`, value);
  return parts;
}
