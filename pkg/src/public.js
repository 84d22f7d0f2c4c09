/**
 * Everything public but `createCart`, which each entry makes with its own way to load the core.
 *
 * @import { AsyncCart as AsyncCart_ } from "./types.js"
 */
export { CartError } from "./errors.js";
export { localDriver } from "./local.js";
export { memoryDriver } from "./memory.js";
export { currencyExponent, formatMoney } from "./money.js";
export { sessionDriver } from "./session.js";
export { emptySnapshot } from "./snapshot.js";
