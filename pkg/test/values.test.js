import assert from "node:assert/strict";
import { test } from "node:test";
import { currencyExponent, formatMoney } from "../src/money.js";
import { share, toJson } from "../src/json.js";
import { zoneAt } from "../src/zones.js";

test("amounts are exact in every exponent and size", () => {
  assert.equal(formatMoney(1999, "USD", "en-US"), "$19.99");
  assert.equal(formatMoney(-1999, "USD", "en-US"), "-$19.99");
  assert.equal(formatMoney(7, "USD", "en-US"), "$0.07");
  assert.equal(formatMoney(0, "USD", "en-US"), "$0.00");
  assert.equal(formatMoney(1999, "JPY", "en-US"), "¥1,999");
  assert.equal(formatMoney(1999, "BHD", "en-US"), "BHD\u00a01.999");
  assert.equal(formatMoney(1999, "CLF", "en-US"), "CLF\u00a00.1999");
  assert.equal(formatMoney(1999, "HUF", "en-US"), "HUF\u00a019.99", "ISO 4217 says two where Intl says none");
  assert.equal(formatMoney(Number.MAX_SAFE_INTEGER, "USD", "en-US"), "$90,071,992,547,409.91");
  assert.equal(formatMoney(Number.MIN_SAFE_INTEGER, "USD", "en-US"), "-$90,071,992,547,409.91");
  assert.deepEqual(["USD", "JPY", "BHD", "CLF", "XAF", "EUR"].map(currencyExponent), [2, 0, 3, 4, 0, 2]);
});

test("offsets are those of the zone's own clock, up to the second of its next change", () => {
  const berlin = zoneAt("Europe/Berlin", Date.UTC(2026, 9, 20));
  assert.deepEqual(berlin, { offsetSeconds: 7200, untilMs: Date.UTC(2026, 9, 25, 1) });
  assert.equal(zoneAt("Europe/Berlin", Date.UTC(2026, 9, 25, 1) - 1).offsetSeconds, 7200);
  assert.equal(zoneAt("Europe/Berlin", Date.UTC(2026, 9, 25, 1)).offsetSeconds, 3600);
  assert.equal(zoneAt("Asia/Kolkata", 0).offsetSeconds, 19_800);
  assert.equal(zoneAt("America/St_Johns", Date.UTC(2026, 0, 1)).offsetSeconds, -12_600);
  assert.equal(zoneAt("UTC", 0).offsetSeconds, 0);
  assert.equal(zoneAt("Africa/Monrovia", Date.UTC(1960, 0, 1)).offsetSeconds, -2670);
  assert.equal(zoneAt("Mars/Phobos", 0), undefined);
  // Morocco goes back for the month of Ramadan: both changes are found.
  const morocco = zoneAt("Africa/Casablanca", Date.UTC(2026, 1, 1));
  assert.equal(morocco.offsetSeconds, 3600);
  const ramadan = zoneAt("Africa/Casablanca", morocco.untilMs);
  assert.equal(ramadan.offsetSeconds, 0);
  assert.ok(ramadan.untilMs - morocco.untilMs < 40 * 86_400_000);
});

test("texts of JSON lose nothing in silence", () => {
  assert.equal(toJson({ a: null, b: [null, 1] }), '{"a":null,"b":[null,1]}');
  for (const [value, path] of [[{ a: { b: [0, Number.NaN] } }, "a.b[1]"], [[Infinity], "[0]"], [-Infinity, ""]])
    assert.throws(() => toJson(value), (error) => error.path === path && error.reason === "not_finite");
});

test("what equals is the same, wherever it stands", () => {
  const before = share(undefined, JSON.parse('{"list":[{"id":"a","v":{"w":[1]}},{"id":"b"}],"__proto__":{"x":1},"n":1}'));
  assert.equal(share(before, JSON.parse(JSON.stringify(before))), before);
  const after = share(before, JSON.parse('{"list":[{"id":"b"},{"id":"a","v":{"w":[2]}}],"__proto__":{"x":1},"n":2}'));
  assert.equal(after.list[0], before.list[1]);
  assert.notEqual(after.list[1], before.list[0]);
  assert.equal(Object.getOwnPropertyDescriptor(after, "__proto__").value, Object.getOwnPropertyDescriptor(before, "__proto__").value);
  assert.deepEqual(after.list[1], { id: "a", v: { w: [2] } });
  assert.ok(Object.isFrozen(after) && Object.isFrozen(after.list[1].v.w));
  const shorter = share(before, JSON.parse('{"list":[{"id":"a","v":{"w":[1]}}]}'));
  assert.equal(shorter.list[0], before.list[0]);
  assert.notEqual(shorter.list, before.list);
});
