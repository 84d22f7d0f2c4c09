/** @import { Precondition, Slot } from "./types.js" */

/**
 * The revision of a living cart at a moment: what ended or expired is none.
 * @param {Slot | null | undefined} slot
 * @param {number} nowMs
 */
export const revisionOf = (slot, nowMs) =>
  !slot || "ended" in slot || (slot.expiresAt !== undefined && Date.parse(slot.expiresAt) <= nowMs) ? undefined : slot.revision;

/**
 * Whether a precondition holds for what stands in storage.
 * @param {Precondition} precondition
 * @param {Slot | null | undefined} slot
 * @param {number} nowMs
 */
export const holds = (precondition, slot, nowMs) => precondition === "any" || (revisionOf(slot, nowMs) ?? "absent") === precondition;
