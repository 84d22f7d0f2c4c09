/** Formatters by locale and currency: making one costs more than a hundred calls of it. @type {Map<string, Intl.NumberFormat>} */
const formats = /* @__PURE__ */ new Map();

/** Currencies whose minor unit is not what Intl says: it follows CLDR where the cart follows ISO 4217. */
const EXPONENTS = "BIF0CLP0DJF0GNF0ISK0JPY0KMF0KRW0PYG0RWF0UGX0UYI0VND0VUV0XAF0XOF0XPF0BHD3IQD3JOD3KWD3LYD3OMR3TND3CLF4UYW4";

/**
 * How many decimals a major unit of `currency` has: 2 for USD, 0 for JPY, 3 for BHD.
 * @param {string} currency a code of ISO 4217
 */
export function currencyExponent(currency) {
  const at = EXPONENTS.indexOf(currency);
  return at >= 0 && at % 4 == 0 ? +EXPONENTS[at + 3] : 2;
}

/**
 * An amount as people read it: `formatMoney(1999, "EUR", "de-DE")` is `19,99 €`.
 * @param {number} minor minor units: cents
 * @param {string} currency a code of ISO 4217
 * @param {string | string[]} [locale] left out, the host's own
 */
export function formatMoney(minor, currency, locale) {
  const name = `${locale} ${currency}`;
  let format = formats.get(name);
  if (!format) {
    const digits = currencyExponent(currency);
    format = new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(name, format);
  }
  return format.format(/** @type {any} */ (decimal(minor, currencyExponent(currency))));
}

/**
 * The decimal text of an amount: exact, where dividing would round above 2^53 / 100.
 * @param {number} minor
 * @param {number} digits
 */
function decimal(minor, digits) {
  if (!digits) return minor;
  const text = String(Math.abs(minor)).padStart(digits + 1, "0");
  return `${minor < 0 ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
