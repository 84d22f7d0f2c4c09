/** How far ahead a change of offset is looked for. What lies beyond is asked for again then. */
const AHEAD_MS = 56 * 86_400_000;
/** No zone changes its offset twice within this: the shortest known is the month of Ramadan in Morocco. */
const STEP_MS = 14 * 86_400_000;

/** One formatter a zone: making one costs more than all that it is asked. @type {Map<string, Intl.DateTimeFormat>} */
const formats = /* @__PURE__ */ new Map();

/**
 * A zone's offset from UTC at a moment, and until when it holds; `undefined` for a name that is no zone's.
 * @param {string} zone an IANA name such as `Europe/Berlin`
 * @param {number} atMs milliseconds since 1970
 * @returns {{offsetSeconds: number, untilMs: number} | undefined}
 */
export function zoneAt(zone, atMs) {
  let format = formats.get(zone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    } catch {
      return undefined;
    }
    formats.set(zone, format);
  }
  const offset = offsetAt(format, atMs);
  let untilMs = atMs;
  while (untilMs < atMs + AHEAD_MS) {
    const next = untilMs + STEP_MS;
    if (offsetAt(format, next) != offset) {
      // Between the two: offsets change at whole seconds.
      let low = untilMs;
      let high = next;
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (offsetAt(format, middle) == offset) low = middle;
        else high = middle;
      }
      return { offsetSeconds: offset, untilMs: high };
    }
    untilMs = next;
  }
  return { offsetSeconds: offset, untilMs };
}

/**
 * @param {Intl.DateTimeFormat} format
 * @param {number} atMs
 */
function offsetAt(format, atMs) {
  // "GMT", "GMT+01:00", "GMT-00:44:30"
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?/.exec(format.format(atMs)) ?? [];
  const size = (+hours * 60 + +minutes) * 60 + +seconds;
  return sign == "-" ? -size : size;
}
