/** @import { Driver, KeyOptions } from "./types.js" */
/** @param {KeyOptions} [_] @returns {Driver<"now">} */
export const localDriver = (_) => ({ open: () => ({ reload() {}, close() {} }) });
