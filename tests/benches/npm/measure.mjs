// Times functions against each other, in Node.js and in a page alike.
//
// Contenders take turns in short slices, so that whatever else the machine does falls on all of them; a slice is long
// against the clock's grain. Of a contender's slices the lower quartile counts: other work only ever adds.
import { OPERATIONS, SIZES } from "./work.mjs";

/** @typedef {import("./work.mjs").Contender} Contender */
/** @typedef {{operation: string, n: number, ns: Record<string, number>}} Row */

/** Keeps what a function gives, so that nobody optimises the call away. */
const sink = { value: /** @type {unknown} */ (undefined) };

/**
 * @param {Contender[]} contenders
 * @param {() => Pick<Storage, "getItem" | "setItem">} storage where contenders save and load, each under a key of its own
 * @param {{slices?: number, sliceMs?: number, operations?: string[]}} [options]
 * @returns {Row[]} nanoseconds of one call
 */
export function measure(contenders, storage, { slices = 15, sliceMs = 8, operations = Object.keys(OPERATIONS) } = {}) {
  const rows = [];
  for (const operation of operations) {
    for (const n of SIZES) {
      const runs = contenders.map((contender) => {
        const f = OPERATIONS[operation](contender, n, storage());
        return { name: contender.name, f, calls: calls(f, sliceMs), ns: /** @type {number[]} */ ([]) };
      });
      for (let slice = 0; slice < slices; slice++) for (const run of runs) run.ns.push((time(run.f, run.calls) * 1e6) / run.calls);
      rows.push({ operation, n, ns: Object.fromEntries(runs.map(({ name, ns }) => [name, quartile(ns)])) });
    }
  }
  return rows;
}

/** How many calls fill a slice, once a compiler has seen enough of them. @param {() => unknown} f @param {number} sliceMs */
function calls(f, sliceMs) {
  let count = 1;
  for (let warm = 0; warm < 4; ) {
    const ms = time(f, count);
    if (ms < sliceMs) count = Math.ceil(count * Math.min(10, Math.max(1.2, (1.1 * sliceMs) / Math.max(ms, 0.05))));
    else warm++;
  }
  return count;
}

/** @param {() => unknown} f @param {number} count @returns {number} milliseconds */
function time(f, count) {
  const start = performance.now();
  for (let i = 0; i < count; i++) sink.value = f();
  return performance.now() - start;
}

/** @param {number[]} values */
function quartile(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 2];
}
