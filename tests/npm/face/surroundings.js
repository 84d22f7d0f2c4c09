// Clock and randomness of a call, the same as in every other face of the tests: see `entropy` in tests/support/lib.rs.

const BITS = (1n << 64n) - 1n;

/** The finaliser of splitmix64, as in src/id.rs. @param {bigint} z */
function mix(z) {
  z = (z + 0x9e3779b97f4a7c15n) & BITS;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & BITS;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & BITS;
  return z ^ (z >> 31n);
}

const SEED = [0x5eedn, 0xca57n, 0xb0b0n, 0xf00dn];

/**
 * The randomness of the `n`-th call.
 * @param {number} n
 */
export const entropy = (n) => BigUint64Array.from(SEED, (word, i) => mix(word ^ mix((BigInt(n) * 4n + BigInt(i) + 1n) & BITS)));

/**
 * The clock and the randomness of whatever call is under way. How often a way draws within a call is its own affair: a call
 * has one time and one randomness.
 */
export function surroundings() {
  const call = { number: 0, nowMs: 0 };
  return { call, clock: () => call.nowMs, random: () => entropy(call.number) };
}
