/**
 * Everything public but `createCart`, which each entry makes with its own way to load the core.
 */
/** @typedef {import("./cart.js").Cart} Cart */
/** @typedef {import("./commands.js").Commands} Commands */
/** @typedef {import("./errors.js").Kind} Kind */
/** @typedef {import("./snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./snapshot.js").Status} Status */
/** @typedef {import("./types.js").AsyncCart} AsyncCart */
/** @typedef {import("./types.js").CartEvent} CartEvent */
/** @typedef {import("./types.js").CartEvents} CartEvents */
/** @template {"now" | "later"} [When="now" | "later"] @typedef {import("./types.js").Codec<When>} Codec */
/** @typedef {import("./types.js").Conflicted} Conflicted */
/** @template {import("./types.js").Driver} [D=import("./types.js").Driver] @typedef {import("./types.js").CreateOptions<D>} CreateOptions */
/** @typedef {import("./types.js").Definition} Definition */
/** @template {"now" | "later"} [When="now" | "later"] @typedef {import("./types.js").Driver<When>} Driver */
/** @typedef {import("./types.js").MoveOptions} MoveOptions */
/** @typedef {import("./types.js").Notice} Notice */
/** @typedef {import("./types.js").Provided} Provided */
/** @typedef {import("./types.js").Refused} Refused */
/** @typedef {import("./types.js").ScriptDriver} ScriptDriver */
/** @typedef {import("./types.js").Slot} Slot */
/** @typedef {import("./types.js").WebStorage} WebStorage */
/** @typedef {import("./types.js").Write} Write */
/** @typedef {import("./wire.js").ChangeRequest} ChangeRequest */
/** @typedef {import("./wire.js").Changed} Changed */
/** @typedef {import("./wire.js").Command} Command */
/** @typedef {import("./wire.js").Condition} Condition */
/** @typedef {import("./wire.js").ConditionInput} ConditionInput */
/** @typedef {import("./wire.js").Conflict} Conflict */
/** @typedef {import("./wire.js").Content} Content */
/** @typedef {import("./wire.js").Event} Event */
/** @typedef {import("./wire.js").Explanation} Explanation */
/** @typedef {import("./wire.js").Item} Item */
/** @typedef {import("./wire.js").ItemInput} ItemInput */
/** @typedef {import("./wire.js").ItemUpdate} ItemUpdate */
/** @typedef {import("./wire.js").Outcome} Outcome */
/** @typedef {import("./wire.js").Preset} Preset */
/** @typedef {import("./wire.js").Rule} Rule */
/** @typedef {import("./wire.js").Totals} Totals */
export { CartError } from "./errors.js";
export { localDriver } from "./local.js";
export { memoryDriver } from "./memory.js";
export { currencyExponent, formatMoney } from "./money.js";
export { sessionDriver } from "./session.js";
export { emptySnapshot } from "./snapshot.js";
