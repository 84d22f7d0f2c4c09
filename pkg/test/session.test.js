/**
 * What keeps the carts in Web storage, over a storage of the test's own. The browser's sessionStorage, which the core
 * writes by itself, is tried in a browser: browser.test.js.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCart, item, memoryDriver, sessionDriver } from "./support/pushcart.js";
import { storageOf } from "./support/storage.js";

const hex = { encode: (text) => Buffer.from(text).toString("hex"), decode: (text) => { if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error("no hex"); return Buffer.from(text, "hex").toString(); } };
const slow = { encode: async (text) => (await tick(), hex.encode(text)), decode: async (text) => (await tick(), hex.decode(text)) };
const tick = () => new Promise((done) => setTimeout(done, Math.random() * 4));
const notices = (cart) => {
  const heard = [];
  cart.on("storage", ({ ok, kind, reason }) => heard.push(ok ? "ok" : `${kind} ${reason}`));
  return heard;
};

for (const [name, codec] of Object.entries({ "no codec": undefined, "a codec": hex, "a codec that takes its time": slow }))
  describe(`with ${name}`, () => {
    test("all carts stand under one key and are there after a reload", async () => {
      const storage = storageOf();
      const cart = await createCart({ currency: "EUR", driver: sessionDriver({ storage, codec }) });
      assert.equal(cart.add(item("a", 500, 2)), 2);
      cart.instance("wishlist").add(item("w"));
      cart.setMetadata({ note: "x" });
      await cart.saved();
      assert.deepEqual([...storage.map.keys()], ["cart"]);
      const raw = storage.map.get("cart");
      const stored = JSON.parse(codec ? hex.decode(raw) : raw);
      assert.deepEqual(Object.keys(stored), ["default", "wishlist"]);
      assert.deepEqual(stored.default.items, [{ id: "a", name: "Thing a", price: 500, quantity: 2 }]);
      assert.deepEqual(stored.default.metadata, { note: "x" });
      const again = await createCart({ driver: sessionDriver({ storage, codec }) });
      assert.deepEqual([again.total, again.currency, again.revision, again.status], [1000, "EUR", cart.revision, "ready"]);
      assert.deepEqual(again.instances(), ["default", "wishlist"]);
      assert.equal(again.instance("wishlist").quantity, 1);
      const other = await createCart({ driver: sessionDriver({ storage, codec, key: "other" }) });
      assert.equal(other.exists, false);
    });

    test("what is not ours, newer or damaged is told and left as it is, and the cart lives on", async () => {
      const encode = codec ? hex.encode : (text) => text;
      const cases = {
        "corrupt foreign": encode('["theme"]'),
        "corrupt newer": encode('{"default":{"format":99}}'),
        "corrupt unreadable": encode('{"default":{"format":1,"id":"x"}}'),
        ...(codec ? { "corrupt unreadable ": "zzz" } : { "corrupt foreign ": "no json" }),
      };
      for (const [expected, raw] of Object.entries(cases)) {
        const storage = storageOf({ cart: raw });
        const cart = await createCart({ driver: sessionDriver({ storage, codec }) });
        const heard = notices(cart);
        assert.deepEqual([cart.status, `${cart.trouble.kind} ${cart.trouble.reason}`, cart.exists], ["unsaved", expected.trim(), false], raw);
        assert.equal(cart.add(item("a")), 1);
        cart.setQuantity("a", 3);
        await cart.saved();
        await tick();
        assert.equal(storage.map.get("cart"), raw);
        assert.deepEqual(heard, [expected.trim()], "who listens late is told what stands in the way");
        // Somebody took it away: what lived in memory is the cart.
        storage.map.delete("cart");
        await cart.reload();
        cart.increase("a");
        await cart.saved();
        assert.deepEqual(heard, [expected.trim(), "ok"]);
        const again = await createCart({ driver: sessionDriver({ storage, codec }) });
        assert.equal(again.quantity, 4);
      }
    });

    test("a full storage is told once, keeps the cart in memory, and is tried again with each change", async () => {
      const storage = storageOf();
      const cart = await createCart({ driver: sessionDriver({ storage, codec }) });
      const heard = notices(cart);
      cart.add(item("a"));
      await cart.saved();
      const before = storage.map.get("cart");
      storage.quota = 10;
      assert.equal(cart.increase("a"), 2);
      await cart.saved();
      assert.equal(cart.increase("a"), 3);
      await cart.saved();
      assert.deepEqual([heard, cart.status, cart.quantity, storage.map.get("cart")], [["unavailable quota_exceeded"], "unsaved", 3, before]);
      storage.quota = Infinity;
      cart.increase("a");
      await cart.saved();
      assert.deepEqual([heard, cart.status], [["unavailable quota_exceeded", "ok"], "ready"]);
      assert.equal((await createCart({ driver: sessionDriver({ storage, codec }) })).quantity, 4);
    });

    test("a forbidden storage is told, and the cart lives in memory", async () => {
      const storage = storageOf();
      storage.forbidden = true;
      const cart = await createCart({ driver: sessionDriver({ storage, codec }) });
      const heard = notices(cart);
      assert.equal(cart.add(item("a")), 1);
      await tick();
      assert.deepEqual([heard, cart.status, cart.quantity], [["unavailable storage_forbidden"], "unsaved", 1]);
    });

    test("reload takes over what others wrote, and tells the listeners", async () => {
      const storage = storageOf();
      const cart = await createCart({ driver: sessionDriver({ storage, codec }) });
      cart.add(item("a"));
      await cart.saved();
      const copy = storageOf(Object.fromEntries(storage.map));
      const other = await createCart({ driver: sessionDriver({ storage: copy, codec, key: "cart" }) });
      other.add(item("b"));
      await other.saved();
      storage.map.set("cart", copy.map.get("cart"));
      let calls = 0;
      cart.subscribe(() => calls++);
      const line = cart.getSnapshot().items[0];
      await cart.reload();
      assert.deepEqual([cart.items.map(({ id }) => id), calls], [["a", "b"], 1]);
      assert.equal(cart.items[0], line, "what is the same is the same");
      await cart.reload();
      assert.equal(calls, 1);
      storage.map.delete("cart");
      await cart.reload();
      assert.deepEqual([cart.exists, calls], [false, 2]);
    });

    test("carts of the oldest format are upgraded", async () => {
      const encode = codec ? hex.encode : (text) => text;
      const storage = storageOf({ cart: encode('{"default":{"items":{"a":{"name":"A","price":500,"quantity":2}},"conditions":[],"metadata":{"n":1}}}') });
      const cart = await createCart({ currency: "EUR", driver: sessionDriver({ storage, codec }) });
      assert.deepEqual([cart.total, cart.currency, cart.metadata], [1000, "EUR", { n: 1 }]);
      cart.increase("a");
      await cart.saved();
      assert.equal(JSON.parse(codec ? hex.decode(storage.map.get("cart")) : storage.map.get("cart")).default.format, 1);
    });
  });

test("two carts of one page under one key do not overwrite each other", async () => {
  const storage = storageOf();
  const open = () => createCart({ driver: sessionDriver({ storage }) });
  const [one, two] = [await open(), await open()];
  let calls = 0;
  two.subscribe(() => calls++);
  one.add(item("a"));
  assert.deepEqual([two.quantity, calls], [1, 1]);
  two.add(item("b"));
  one.increase("a");
  assert.deepEqual([one.lines, two.quantity, JSON.parse(storage.map.get("cart")).default.items.length], [2, 3, 2]);
  two.close();
  one.increase("a");
  assert.equal(two.quantity, 3);
});

test("a slow codec writes in order, the newest state last, and one write serves many changes", async () => {
  const storage = storageOf();
  const seen = [];
  const codec = { encode: async (text) => (seen.push(text.length), await tick(), hex.encode(text)), decode: slow.decode };
  const cart = await createCart({ driver: sessionDriver({ storage, codec }) });
  for (let n = 0; n < 50; n++) cart.add(item("a"));
  assert.equal(cart.status, "saving");
  await cart.saved();
  assert.deepEqual([JSON.parse(hex.decode(storage.map.get("cart"))).default.items[0].quantity, cart.status], [50, "ready"]);
  assert.ok(seen.length <= 3, `${seen.length} writes`);
});

test("every change is written, a batch once", async () => {
  const storage = storageOf();
  const cart = await createCart({ driver: sessionDriver({ storage }) });
  cart.add(item("a"));
  cart.setQuantity("a", 2);
  assert.equal(storage.writes, 2);
  cart.batch((draft) => {
    for (let n = 0; n < 10; n++) draft.add(item(`b${n}`));
  });
  assert.equal(storage.writes, 3);
  cart.remove("nope");
});

test("on a server the cart is empty, in memory, and nothing is wrong", async () => {
  const cart = await createCart({ driver: sessionDriver() });
  const heard = notices(cart);
  cart.add(item("a"));
  await tick();
  assert.deepEqual([cart.quantity, cart.status, cart.trouble, heard], [1, "ready", undefined, []]);
  cart.reload();
  assert.equal(cart.quantity, 1);
});

describe("moving", () => {
  const fill = async (driver, rest = {}) => {
    const cart = await createCart({ driver, currency: "EUR", ...rest });
    cart.add([item("a", 500, 2), item("__proto__", 100)]);
    cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
    cart.setMetadata({ note: "x" });
    cart.instance("wishlist").add(item("w"));
    return cart;
  };

  test("takes every cart along, as it is, and leaves tombstones that say where to", async () => {
    const [from, to] = [storageOf(), storageOf()];
    const cart = await fill(sessionDriver({ storage: from }));
    const wishlist = cart.instance("wishlist");
    const before = cart.getSnapshot();
    let calls = 0;
    cart.subscribe(() => calls++);
    const moved = await cart.moveTo(sessionDriver({ storage: to, codec: hex }));
    assert.equal(moved, cart);
    assert.deepEqual(cart.getSnapshot(), before);
    assert.equal(cart.getSnapshot().items, before.items, "who looks sees no difference");
    const left = JSON.parse(from.map.get("cart"));
    assert.deepEqual([left.default.ended, left.default.successor], ["swapped", { owner: "", identifier: "guest", instance: "default" }]);
    cart.increase("a");
    wishlist.increase("w");
    const stored = JSON.parse(hex.decode(to.map.get("cart")));
    assert.deepEqual([stored.default.items[0].quantity, stored.wishlist.items[0].quantity], [3, 2]);
    assert.deepEqual(JSON.parse(from.map.get("cart")), left, "the old one is not written any more");
    assert.ok(calls >= 1);
    assert.equal((await createCart({ driver: sessionDriver({ storage: from }) })).exists, false);
  });

  test("of one instance leaves the others where they are", async () => {
    const [from, to] = [storageOf(), storageOf()];
    const cart = await fill(sessionDriver({ storage: from }));
    const wishlist = cart.instance("wishlist");
    await cart.moveTo(sessionDriver({ storage: to }), { instance: "default" });
    wishlist.increase("w");
    cart.increase("a");
    assert.deepEqual([JSON.parse(from.map.get("cart")).wishlist.items[0].quantity, Object.keys(JSON.parse(to.map.get("cart")))], [2, ["default"]]);
  });

  test("that fails leaves everything as it was", async () => {
    const from = storageOf();
    const cart = await fill(sessionDriver({ storage: from }));
    const before = [from.map.get("cart"), cart.getSnapshot()];
    const full = storageOf();
    full.quota = 10;
    const forgetful = { ...storageOf(), getItem: () => null };
    const wrong = storageOf({ cart: '["theme"]' });
    for (const storage of [full, wrong]) await assert.rejects(cart.moveTo(sessionDriver({ storage })), (error) => ["quota_exceeded", "foreign"].includes(error.reason));
    await assert.rejects(cart.moveTo(sessionDriver({ storage: forgetful })), { reason: "not_verified" });
    const taken = storageOf();
    await fill(sessionDriver({ storage: taken }));
    const there = taken.map.get("cart");
    await assert.rejects(cart.moveTo(sessionDriver({ storage: taken })), { kind: "conflict", reason: "cart_exists" });
    assert.equal(taken.map.get("cart"), there);
    assert.deepEqual([from.map.get("cart"), cart.getSnapshot()], before);
    cart.increase("a");
    assert.equal(JSON.parse(from.map.get("cart")).default.items[0].quantity, 3);
  });

  test("onto a cart that is there replaces it or adds to it, as it is told", async () => {
    const target = async () => {
      const storage = storageOf();
      const cart = await createCart({ driver: sessionDriver({ storage }), currency: "EUR" });
      cart.add([item("a", 500, 5), item("b", 50)]);
      return storage;
    };
    const one = await fill(memoryDriver());
    await one.moveTo(sessionDriver({ storage: await target() }), { existing: "replace" });
    assert.deepEqual(one.items.map(({ id, quantity }) => [id, quantity]), [["a", 2], ["__proto__", 1]]);
    const two = await fill(memoryDriver());
    await two.moveTo(sessionDriver({ storage: await target() }), { existing: "add" });
    assert.deepEqual(two.items.map(({ id, quantity }) => [id, quantity]), [["a", 7], ["b", 1], ["__proto__", 1]]);
    assert.deepEqual([two.metadata, two.conditions.map(({ name }) => name)], [{ note: "x" }, ["VAT"]]);
    const dollars = await createCart({ currency: "USD" });
    dollars.add(item("a"));
    await assert.rejects(dollars.moveTo(sessionDriver({ storage: await target() }), { existing: "add" }), { kind: "currency_mismatch" });
    assert.equal(dollars.currency, "USD");
    await assert.rejects(dollars.moveTo(memoryDriver(), { existing: "maybe" }), { kind: "invalid" });
  });

  test("sees a change that is made meanwhile", async () => {
    const cart = await fill(memoryDriver());
    const slots = new Map();
    let disturbed = false;
    const driver = {
      load: async ({ instance }) => (await tick(), slots.get(instance)),
      commit: async (writes) => {
        await tick();
        if (!disturbed) cart.increase("a", 10);
        disturbed = true;
        for (const { address, slot } of writes) slots.set(address.instance, slot);
        return { done: true };
      },
      instances: () => [...slots.keys()],
    };
    const moved = await cart.moveTo(driver);
    assert.equal(await moved.increase("a"), 13);
    assert.equal(slots.get("default").items[0].quantity, 13);
  });
});
