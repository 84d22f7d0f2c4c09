// Amounts as people read them, in the words of the visitor's own language.

import { formatMoney } from "./pushcart/dist/browser.js";

/** The currency of the shop. */
export const CURRENCY = "EUR";

/** An amount in cents, formatted. */
export const money = (minor, currency = CURRENCY) => formatMoney(minor, currency);

/** An amount that is added to others, with its sign. */
export const change = (minor, currency = CURRENCY) => (minor > 0 ? "+" : "") + money(minor, currency);
