import assert from "node:assert/strict";
import { test } from "node:test";
import { CartError, createCart, emptySnapshot, item } from "./support/pushcart.js";

const now = (ms) => ({ clock: () => ms });
const refusal = (facts) => (error) => {
  assert.ok(error instanceof CartError, String(error));
  for (const [name, value] of Object.entries(facts))
    if (value instanceof RegExp) assert.match(error[name], value);
    else assert.deepEqual(error[name], value, `${name}: ${error.message}`);
  return true;
};

test("five lines make a cart with an exact total", async () => {
  const cart = await createCart({ currency: "USD" });
  assert.equal(cart.add({ id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 }), 2);
  cart.addCondition({ name: "Sale", type: "discount", value: "-10%" });
  cart.addCondition({ name: "Standard", type: "shipping", value: 599 });
  cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
  assert.equal(cart.totals().total, 4994);
  assert.equal(cart.total, 4994);
  assert.deepEqual(cart.totals().byType, { discount: -400, shipping: 599, tax: 797 });
  assert.equal(cart.breakdown().length, 3);
  assert.match(cart.explain().text, /797\.43|7\.9743/);
});

test("every command has its method, and each says what came of it", async () => {
  const cart = await createCart();
  assert.deepEqual(cart.add([item("a"), item("b", 500, 3)]), [1, 3]);
  assert.equal(cart.add(item("a")), 2);
  assert.equal(cart.setQuantity("a", 7), 7);
  assert.equal(cart.increase("a"), 8);
  assert.equal(cart.increase("a", 2), 10);
  assert.equal(cart.decrease("a", 4), 6);
  assert.equal(cart.update("a", { name: "New", price: "12.50", delta: 1, attributes: { size: "M" } }), 7);
  assert.deepEqual(cart.item("a"), { id: "a", name: "New", price: 1250, quantity: 7, subtotal: 8750, attributes: { size: "M" } });
  assert.equal(cart.addCondition({ name: "D", type: "discount", value: "-10%" }), "D");
  assert.equal(cart.addCondition({ name: "I", type: "discount", value: "-1.00" }, { item: "b" }), "I");
  assert.deepEqual(cart.addPreset("free-shipping-over", { name: "Free", with: { minimum: 5000 } }), ["Free"]);
  assert.deepEqual(cart.conditions.map(({ name }) => name), ["D", "Free"]);
  assert.equal(cart.removeCondition("D"), true);
  assert.equal(cart.removeCondition("D"), false);
  assert.deepEqual(cart.removeConditionsByType("discount", { item: "b" }), ["I"]);
  assert.deepEqual(cart.clearConditions(), ["Free"]);
  assert.deepEqual(cart.setMetadata({ note: "gift", old: 1 }), { set: ["note", "old"], removed: [] });
  assert.deepEqual(cart.setMetadata({ old: null }), { set: [], removed: ["old"] });
  assert.deepEqual(cart.metadata, { note: "gift" });
  assert.deepEqual(cart.clearMetadata(), ["note"]);
  assert.deepEqual(cart.reprice({ b: 400, c: 1 }, { policy: "ask" }), { policy: "ask", applied: false, changed: [{ id: "b", old: 500, new: 400, quantity: 3 }], missing: ["c"] });
  assert.equal(cart.reprice({ b: 400 }).applied, true);
  assert.equal(cart.remove("zzz"), false);
  assert.equal(cart.remove("a"), true);
  assert.equal(cart.move("b", "wishlist"), 3);
  const wishlist = cart.instance("wishlist");
  assert.equal(cart.instance("wishlist"), wishlist);
  assert.equal(wishlist.instance("default"), cart);
  assert.deepEqual(wishlist.items.map(({ id, price }) => [id, price]), [["b", 400]]);
  assert.equal(wishlist.clear(), true);
  assert.equal(wishlist.exists, true);
  assert.equal(wishlist.destroy(), true);
  assert.equal(wishlist.destroy(), false);
  assert.equal(wishlist.exists, false);
  cart.add(item("z"));
  assert.deepEqual(cart.checkOut({ order: "A-1001" }), { order: "A-1001" });
  assert.ok(cart.getSnapshot().checkedOutAt);
  assert.throws(() => cart.setMetadata({ a: 1 }), refusal({ kind: "conflict", reason: "converted" }));
});

test("lines of one id and different attributes are told apart where the cart does", async () => {
  const cart = await createCart({ lineIdentity: "id_and_attributes" });
  cart.add([item("tee", 1000, 1, { attributes: { size: "M" } }), item("tee", 1000, 2, { attributes: { size: "L" } })]);
  assert.equal(cart.setQuantity("tee", 5, { where: { size: "L" } }), 5);
  assert.deepEqual(cart.items.map(({ quantity }) => quantity), [1, 5]);
  assert.equal(cart.remove("tee", { where: { size: "M" } }), true);
  assert.equal(cart.lines, 1);
});

test("a batch is one change, or none", async () => {
  const cart = await createCart();
  let calls = 0;
  cart.subscribe(() => calls++);
  const { results } = cart.batch((draft) => {
    draft.add(item("a"));
    draft.setQuantity("a", 4);
    draft.addCondition({ name: "VAT", type: "tax", value: "+10%" });
  });
  assert.deepEqual(results.map((result) => result.do), ["add", "update", "addCondition"]);
  assert.deepEqual([cart.version, cart.total, calls], [1, 4400, 1]);
  assert.throws(() => cart.batch((draft) => (draft.add(item("b")), draft.setQuantity("nope", 1))), refusal({ kind: "not_found", path: "commands[1].id" }));
  assert.deepEqual([cart.version, cart.lines, calls], [1, 1, 1]);
  assert.throws(() => cart.batch(async (draft) => draft.add(item("b"))), refusal({ kind: "invalid", message: /returns at once/ }));
});

test("a change is made once under its key, and refused on another version than it is based on", async () => {
  const cart = await createCart();
  const request = { commands: [{ do: "add", item: item("a") }], idempotencyKey: "k" };
  cart.change(request);
  assert.equal(cart.change(request).replayed, true);
  assert.equal(cart.quantity, 1);
  const basedOn = cart.revision;
  cart.increase("a");
  assert.throws(
    () => cart.change({ commands: [{ do: "clear" }], basedOn }),
    (error) => refusal({ kind: "conflict" })(error) && assert.deepEqual(error.conflict.changed, ["items.a"]) === undefined,
  );
  assert.throws(() => cart.checkOut({ basedOn }), refusal({ kind: "conflict" }));
});

test("a snapshot is frozen, the same until something changes, and shares what did not", async () => {
  const cart = await createCart();
  assert.equal(cart.getSnapshot(), emptySnapshot("USD"));
  cart.add([item("a"), item("b", 1, 1, { attributes: { deep: { er: [1, 2] } } })]);
  cart.setMetadata({ tags: ["x"] });
  const before = cart.getSnapshot();
  assert.equal(cart.getSnapshot(), before);
  for (const part of [before, before.items, before.items[0], before.items[1].attributes.deep.er, before.totals, before.totals.lineTotals, before.metadata.tags]) assert.ok(Object.isFrozen(part));
  cart.setQuantity("a", 2);
  const after = cart.getSnapshot();
  assert.notEqual(after, before);
  assert.notEqual(after.items[0], before.items[0]);
  assert.equal(after.items[1], before.items[1]);
  assert.equal(after.metadata, before.metadata);
  assert.equal(after.conditions, before.conditions);
  cart.remove("a");
  assert.equal(cart.getSnapshot().items[0], before.items[1], "a line that moved up is the same line");
  cart.destroy();
  assert.equal(cart.getSnapshot(), emptySnapshot("USD"));
  assert.deepEqual(cart.getSnapshot().totals, cart.totals({ at: 0 }), "the empty cart costs what the core says");
});

test("what the server rendered is what the first render shows, whatever is in the cart", async () => {
  const cart = await createCart({ currency: "EUR" });
  cart.add(item("a"));
  assert.equal(cart.getServerSnapshot(), emptySnapshot("EUR"));
  const snapshot = structuredClone(cart.getSnapshot());
  const hydrated = await createCart({ currency: "EUR", snapshot });
  hydrated.add(item("b"));
  assert.equal(hydrated.getServerSnapshot(), snapshot);
});

test("listeners hear of changes, of refusals nothing, and stop when told", async () => {
  const cart = await createCart();
  const heard = [];
  const stop = cart.subscribe(() => heard.push(cart.quantity));
  cart.add(item("a"));
  cart.setQuantity("a", 5);
  cart.setQuantity("a", 5);
  assert.throws(() => cart.setQuantity("a", 20_000));
  cart.remove("nope");
  assert.deepEqual(heard, [1, 5]);
  stop();
  stop();
  cart.remove("a");
  assert.deepEqual(heard, [1, 5]);
});

test("a listener may change the cart, and one that fails fails for itself", async (t) => {
  const cart = await createCart();
  const uncaught = [];
  const catcher = (error) => uncaught.push(error.message);
  process.setUncaughtExceptionCaptureCallback(catcher);
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  const seen = [];
  cart.subscribe(() => {
    throw new Error("mine");
  });
  cart.subscribe(() => {
    seen.push(cart.quantity);
    if (cart.quantity < 3) cart.increase("a");
  });
  cart.add(item("a"));
  assert.equal(cart.quantity, 3);
  assert.deepEqual(seen, [1, 2, 3]);
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(uncaught, ["mine", "mine", "mine"]);
});

test("a selection's listeners are called when their part changed", async () => {
  const cart = await createCart();
  cart.add([item("a"), item("b")]);
  const calls = { a: 0, big: 0 };
  const line = cart.select((snapshot) => snapshot.items.find(({ id }) => id === "a"));
  const big = cart.select((snapshot) => snapshot.items.filter(({ quantity }) => quantity > 2), (x, y) => x.length === y.length);
  line.subscribe(() => calls.a++);
  big.subscribe(() => calls.big++);
  const before = big.getSnapshot();
  assert.equal(big.getSnapshot(), before);
  cart.setQuantity("b", 2);
  assert.deepEqual(calls, { a: 0, big: 0 });
  assert.equal(big.getSnapshot(), before, "equal, so the same");
  cart.setQuantity("a", 3);
  assert.deepEqual(calls, { a: 1, big: 1 });
  assert.equal(line.getServerSnapshot(), undefined);
});

test("events say what happened, to the cart that it happened to", async () => {
  const cart = await createCart();
  const wishlist = cart.instance("wishlist");
  const heard = [];
  cart.on("*", ({ type }) => heard.push(type));
  wishlist.on("*", ({ type }) => heard.push(`wishlist ${type}`));
  const added = [];
  const stop = cart.on("cart.item.added", (event) => added.push([event.itemId, event.quantity]));
  cart.add(item("a", 1, 2));
  stop();
  cart.add(item("b"));
  wishlist.add(item("w"));
  assert.deepEqual(added, [["a", 2]]);
  assert.deepEqual(heard, ["cart.created", "cart.item.added", "cart.updated", "cart.item.added", "cart.updated", "wishlist cart.created", "wishlist cart.item.added", "wishlist cart.updated"]);
  // The short cuts of the three quick ones give way to whoever listens.
  cart.setQuantity("a", 3);
  cart.increase("a");
  cart.remove("a");
  assert.deepEqual(heard.slice(8), ["cart.item.updated", "cart.updated", "cart.item.updated", "cart.updated", "cart.item.removed", "cart.updated"]);
});

test("refusals say what was expected, what was found, and where", async () => {
  const cart = await createCart();
  cart.add(item("a", 1, 1, { stock: 3, maxQuantity: 5, step: 1 }));
  const cases = [
    [() => cart.add({ id: "x", name: "X", price: 19.99 }), { kind: "invalid", path: "item.price", reason: "fraction", message: /minor units \(1999\).*found 19\.99/ }],
    [() => cart.add({ id: "x", name: "X" }), { kind: "invalid", path: "item.price", message: /missing price is not 0/ }],
    [() => cart.add({ id: "x", name: "X", price: "20" }), { kind: "invalid", path: "item.price" }],
    [() => cart.add({ id: "x", name: "X", price: 1, colour: "red" }), { kind: "invalid", path: "item.colour" }],
    [() => cart.add([item("y"), { id: "x" }]), { kind: "invalid", path: "commands[1].item.name" }],
    [() => cart.addCondition({ name: "c", type: "discount", value: "much" }), { kind: "invalid", path: "condition.value" }],
    [() => cart.setQuantity("a", 4), { kind: "not_purchasable", reason: "insufficient_stock" }],
    [() => cart.setQuantity("zz", 4), { kind: "not_found" }],
    [() => cart.setQuantity("a", 1.5), { kind: "invalid", path: "quantity", message: /whole number/ }],
    [() => cart.setQuantity("a", Number.NaN), { kind: "invalid", path: "quantity" }],
    [() => cart.setQuantity("a", Infinity), { kind: "invalid", path: "quantity" }],
    [() => cart.setQuantity("a", "2"), { kind: "invalid", path: "quantity", message: /found "2"/ }],
    [() => cart.increase("a", 2 ** 53), { kind: "invalid" }],
    [() => cart.setQuantity(7, 1), { kind: "invalid", path: "id" }],
    [() => cart.remove(undefined), { kind: "invalid", path: "id" }],
    [() => cart.change({ commands: [], based: 1 }), { kind: "invalid", path: "based" }],
    [() => cart.change(undefined), { kind: "invalid" }],
    [() => cart.totals({ at: "yesterday" }), { kind: "invalid", path: "at" }],
  ];
  for (const [f, facts] of cases) assert.throws(f, refusal(facts), f.toString());
  assert.equal(cart.quantity, 1, "nothing of that changed anything");
  const error = (() => {
    try {
      cart.add({ id: "x", name: "X", price: 19.99 });
    } catch (error) {
      return error;
    }
  })();
  assert.equal(error.name, "CartError");
  assert.match(error.stack, /^CartError: expected/);
  assert.ok(error instanceof Error);
});

test("options are refused by name", async () => {
  await assert.rejects(createCart({ curency: "EUR" }), refusal({ kind: "invalid", path: "curency", message: /currency/ }));
  await assert.rejects(createCart({ currency: "EURO" }), refusal({ kind: "invalid", path: "currency" }));
  await assert.rejects(createCart({ emptyCart: "explode" }), refusal({ kind: "invalid", path: "emptyCart" }));
  await assert.rejects(createCart({ instance: "" }), refusal({ kind: "invalid" }));
  await assert.rejects(createCart({ driver: {} }), refusal({ kind: "invalid", path: "driver.load" }));
  await assert.rejects(createCart({ driver: null }), refusal({ kind: "invalid" }));
});

test("names of JavaScript's own are names like any other", async () => {
  const cart = await createCart();
  for (const id of ["__proto__", "constructor", "toString", "hasOwnProperty", "then", "length"]) {
    cart.add(item(id, 5, 1, { attributes: JSON.parse(`{"__proto__": {"x": 1}, "constructor": 2}`) }));
    cart.setMetadata(JSON.parse(`{${JSON.stringify(id)}: {"__proto__": 7}}`));
    assert.equal(cart.setQuantity(id, 2), 2);
    const found = cart.item(id);
    assert.equal(found.quantity, 2);
    assert.equal(Object.getPrototypeOf(found.attributes), Object.prototype);
    assert.deepEqual(Object.keys(found.attributes), ["__proto__", "constructor"]);
    assert.ok(Object.hasOwn(cart.metadata, id));
    assert.equal(Object.getPrototypeOf(cart.metadata), Object.prototype);
  }
  const before = cart.getSnapshot();
  cart.increase("then");
  const after = cart.getSnapshot();
  assert.equal(after.items[0], before.items[0]);
  assert.equal(after.metadata, before.metadata);
  assert.equal({}.x, undefined);
  cart.reprice(JSON.parse('{"__proto__": 9}'));
  assert.equal(cart.item("__proto__").price, 9);
  cart.instance("__proto__").add(item("p"));
  assert.deepEqual(cart.instances(), ["__proto__", "default"]);
});

test("hostile values are refused or kept as they are, and change nothing by the way", async () => {
  const cart = await createCart();
  const bad = [
    { ...item("x"), price: Number("1e400") },
    { ...item("x"), price: Number.NaN },
    { ...item("x"), price: -1 },
    { ...item("x"), price: 2 ** 53 },
    { ...item("x"), price: 1n },
    { ...item("x"), quantity: 1.5 },
    { ...item("x"), quantity: 1e9 },
    { ...item("x"), quantity: "2" },
    { ...item("x"), attributes: { weight: Number.NaN } },
    { ...item("x"), attributes: [Infinity] },
    { ...item("x"), attributes: "text" },
    { ...item("x"), name: "\ud800" },
    { ...item("x"), id: "\udc00x" },
    { ...item("x"), id: "" },
    { ...item("x"), name: "n".repeat(256) },
    { ...item("x"), attributes: { toJSON: () => { throw new Error("no"); } } },
    null,
    7,
    "x",
    [[]],
    undefined,
  ];
  for (const value of bad) assert.throws(() => cart.add(value), (error) => error instanceof CartError, JSON.stringify(String(value)));
  const circular = item("x");
  circular.attributes = { circular };
  assert.throws(() => cart.add(circular), refusal({ kind: "invalid" }));
  const trap = Object.defineProperty(item("x"), "attributes", { enumerable: true, get() { throw new RangeError("trap"); } });
  assert.throws(() => cart.add(trap), (error) => error instanceof CartError && error.cause instanceof RangeError);
  assert.throws(() => cart.add({ ...item("x"), attributes: { weight: Number.NaN } }), refusal({ reason: "not_finite", path: "item.attributes.weight", message: /NaN/ }));
  // Through the short cut a lone surrogate would become the replacement character, and another id.
  cart.add(item("\ufffd"));
  for (const f of [() => cart.setQuantity("\ud800", 5), () => cart.increase("\ud800"), () => cart.remove("\ud800")]) assert.throws(f, refusal({ kind: "invalid", path: "id" }));
  assert.deepEqual([cart.lines, cart.quantity], [1, 1]);
  // Frozen input is only read; null in attributes is a value.
  cart.add(Object.freeze({ ...item("f"), attributes: Object.freeze({ nothing: null }) }));
  assert.deepEqual(cart.item("f").attributes, { nothing: null });
  for (const id of ["\0", "😀", "a".repeat(255), " x", "a/b", "é", "e\u0301"]) {
    cart.add(item(id, 1, 1, { name: "n" }));
    assert.equal(cart.setQuantity(id, 3), 3, id);
  }
});

test("a sale that ends is told when it ends", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 10, 27, 23, 59, 58) });
  const cart = await createCart();
  cart.add(item("a", 10_000));
  cart.addPreset("flash-sale", { with: { percent: "50", start: "2026-11-27T00:00:00Z", end: "2026-11-27T23:59:59.000Z" } });
  const totals = [];
  cart.subscribe(() => totals.push(cart.getSnapshot().total));
  const during = cart.getSnapshot();
  assert.equal(during.total, 5000);
  t.mock.timers.tick(500);
  assert.equal(cart.getSnapshot(), during);
  t.mock.timers.tick(2000);
  assert.deepEqual(totals, [10_000]);
  assert.equal(cart.total, 10_000);
  assert.equal(cart.version, during.version, "time is no change of the cart");
  assert.equal(cart.totals({ at: "2026-11-27T12:00:00Z" }).total, 5000);
});

test("zones are looked up when a cart names them", async () => {
  // 21:30 UTC is 22:30 in Berlin in winter.
  const cart = await createCart(now(Date.UTC(2026, 10, 21, 21, 30)));
  cart.add(item("a", 10_000));
  cart.addCondition({ name: "Late", type: "discount", value: "-10%", rules: { "time-window": { start: "22:00", end: "23:00", zone: "Europe/Berlin" } } });
  assert.equal(cart.total, 9000);
  const later = await createCart(now(Date.UTC(2026, 6, 21, 21, 30)));
  later.add(item("a", 10_000));
  later.addCondition({ name: "Late", type: "discount", value: "-10%", rules: { "time-window": { start: "22:00", end: "23:00", zone: "Europe/Berlin" } } });
  assert.equal(later.total, 10_000, "23:30 in summer");
  // Asked in summer about winter, and the other way round: the offset is that of the moment.
  assert.equal(later.totals({ at: Date.UTC(2026, 10, 21, 21, 30) }).total, 9000);
  assert.equal(cart.totals({ at: Date.UTC(2026, 6, 21, 21, 30) }).total, 10_000);
  assert.equal(cart.totals({ at: Date.UTC(2026, 6, 21, 20, 30) }).total, 9000);
  assert.match(cart.explain({ at: Date.UTC(2026, 6, 21, 20, 30) }).text, /90\.00/);
  assert.deepEqual([cart.total, later.total], [9000, 10_000]);
  cart.addCondition({ name: "Far", type: "discount", value: "-10%", rules: { "time-window": { start: "22:00", end: "23:00", zone: "Mars/Phobos" } } });
  assert.equal(cart.total, 9000);
  assert.equal(cart.breakdown().find(({ name }) => name === "Far").reason, "zone_unavailable");
  assert.equal(cart.setQuantity("a", 2), 2);
});

test("the catalogue and the providers are handed in, and again", async () => {
  const bare = await createCart();
  assert.throws(() => bare.addCondition({ catalogue: "SUMMER" }), { kind: "not_found" });
  const definition = (value, active = true) => [{ key: "SUMMER", active, condition: { name: "Summer", type: "discount", value } }];
  const cart = await createCart({ catalogue: definition("-10%") });
  cart.add(item("a", 1000));
  cart.addCondition({ catalogue: "SUMMER" });
  assert.equal(cart.total, 900);
  let calls = 0;
  cart.subscribe(() => calls++);
  cart.provide({ catalogue: definition("-20%") });
  assert.deepEqual([cart.total, calls], [800, 1]);
  cart.provide({ catalogue: definition("-20%", false), provided: [{ provider: "vouchers", conditions: [{ name: "V", type: "discount", value: -100 }] }] });
  assert.equal(cart.total, 900);
  cart.provide({ catalogue: [] });
  assert.equal(cart.breakdown().find(({ name }) => name === "Summer").reason, "not_in_catalogue");
  cart.provide({ provided: [{ provider: "vouchers", failed: "down" }] });
  assert.deepEqual([cart.total, cart.breakdown().find(({ provider }) => provider)?.reason], [1000, "provider_failed"]);
});

test("amounts are shown as people read them", async () => {
  const cart = await createCart({ currency: "EUR" });
  cart.add(item("a", 123_456));
  assert.equal(cart.format(undefined, { locale: "de-DE" }), "1.234,56\u00a0€");
  assert.equal(cart.format(5, { locale: "en-US" }), "€0.05");
});
