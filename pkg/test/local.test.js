/** localStorage and its tabs, over a model of a browser in which everything arrives late, and in any order that it may. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCart, item, localDriver } from "./support/pushcart.js";
import { Browser } from "./support/browser.js";
import { storageOf } from "./support/storage.js";

/** A generator of numbers that begins the same way for the same seed. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const shape = (cart) => ({ items: cart.items.map(({ id, quantity, price }) => [id, quantity, price]).sort(), metadata: cart.metadata, conditions: cart.conditions.map(({ name }) => name).sort(), total: cart.total });

/** A browser, its tabs and its clock. */
function world(t, seed) {
  const random = randomOf(seed);
  const browser = new Browser();
  let now = Date.UTC(2026, 0, 1);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => t.mock.timers.reset());
  const tabs = [];
  return {
    random,
    browser,
    tabs,
    pick: (list) => list[Math.floor(random() * list.length)],
    pass(ms) {
      now += ms;
      t.mock.timers.tick(ms);
    },
    async open(process = browser.process(), options = {}) {
      const storage = process.tab();
      const cart = await createCart({ driver: localDriver({ storage, ...options }), clock: () => now });
      const tab = { cart, storage };
      tabs.push(tab);
      return tab;
    },
    kill(tab) {
      tab.storage.kill();
      tabs.splice(tabs.indexOf(tab), 1);
    },
    /** Everything arrives, and whatever waits for its time has it. */
    settle() {
      for (let rounds = 0; ; rounds++) {
        assert.ok(rounds < 200, "expected the tabs to come to rest");
        let any = false;
        while (browser.step(random)) any = true;
        this.pass(200);
        if (!any && !browser.step(random)) return;
      }
    },
  };
}

test("carts are there in the next tab, and under one key", async (t) => {
  const w = world(t, 1);
  const one = await w.open();
  one.cart.add(item("a", 500, 2));
  one.cart.instance("wishlist").add(item("w"));
  w.settle();
  const two = await w.open();
  assert.deepEqual(shape(two.cart), shape(one.cart));
  assert.equal(two.cart.instance("wishlist").quantity, 1);
  const keys = [...w.browser.store.keys()];
  assert.deepEqual(keys.filter((key) => key === "cart"), ["cart"]);
  const stored = JSON.parse(w.browser.store.get("cart"));
  assert.deepEqual(Object.keys(stored), ["", "default", "wishlist"]);
});

test("open tabs follow, and their listeners are told", async (t) => {
  const w = world(t, 2);
  const process = w.browser.process();
  const [one, two, three] = [await w.open(process), await w.open(process), await w.open()];
  const calls = [0, 0];
  two.cart.subscribe(() => calls[0]++);
  three.cart.subscribe(() => calls[1]++);
  one.cart.add(item("a"));
  w.settle();
  assert.deepEqual([two.cart.quantity, three.cart.quantity, calls], [1, 1, [1, 1]]);
  const before = w.browser.store.get("cart");
  w.pass(1000);
  w.settle();
  assert.equal(w.browser.store.get("cart"), before, "who only follows does not write");
});

test("two tabs that add at once lose nothing and double nothing", async (t) => {
  for (let seed = 0; seed < 50; seed++) {
    const w = world(t, seed);
    const [one, two] = [await w.open(), await w.open()];
    one.cart.add(item("shared", 100, 2));
    two.cart.add(item("shared", 100, 3));
    one.cart.add(item("one"));
    two.cart.add(item("two"));
    w.settle();
    for (const { cart } of [one, two, await w.open()]) assert.deepEqual(shape(cart).items, [["one", 1, 1000], ["shared", 5, 100], ["two", 1, 1000]], `seed ${seed}`);
    assert.equal(one.storage.getItem("cart"), two.storage.getItem("cart"));
    t.mock.timers.reset();
  }
});

test("of two that set the same, the later one wins, in every tab", async (t) => {
  for (let seed = 0; seed < 50; seed++) {
    const w = world(t, seed);
    const [one, two] = [await w.open(), await w.open()];
    one.cart.add(item("a"));
    w.settle();
    one.cart.setQuantity("a", 3);
    w.pass(1);
    two.cart.setQuantity("a", 7);
    w.pass(1);
    one.cart.update("a", { price: 5 });
    two.cart.setMetadata({ from: "two" });
    w.pass(1);
    one.cart.setMetadata({ from: "one" });
    w.settle();
    for (const { cart } of [one, two, await w.open()]) assert.deepEqual(shape(cart), { items: [["a", 7, 5]], metadata: { from: "one" }, conditions: [], total: 35 }, `seed ${seed}`);
    t.mock.timers.reset();
  }
});

test("a tab that dies right after its answer has added", async (t) => {
  for (let seed = 0; seed < 50; seed++) {
    const w = world(t, seed);
    const [one, two] = [await w.open(), await w.open()];
    one.cart.add(item("a"));
    two.cart.add(item("b"));
    w.kill(one);
    if (seed % 2) w.kill(two);
    w.settle();
    const late = await w.open();
    assert.deepEqual(shape(late.cart).items.map(([id]) => id), ["a", "b"], `seed ${seed}: also when both are gone`);
    w.settle();
    const later = await w.open();
    assert.deepEqual(shape(later.cart), shape(late.cart));
    t.mock.timers.reset();
  }
});

describe("random schedules", () => {
  const rounds = process.env.TESTS_FULL === "1" ? 2000 : 150;
  test(`in ${rounds} of them every acknowledged add is there exactly once, and all tabs are the same in the end`, async (t) => {
    const first = Number(process.env.SEED ?? Date.now() % 1e9);
    for (let round = 0; round < rounds; round++) {
      const seed = first + round;
      const w = world(t, seed);
      const added = new Map();
      const processes = [w.browser.process(), w.browser.process(), w.browser.process()];
      await w.open(w.pick(processes));
      for (let step = 0; step < 40; step++) {
        const dice = w.random();
        const tab = w.pick(w.tabs);
        if (dice < 0.35 && tab) {
          const id = w.pick(["a", "b", "__proto__"]);
          const quantity = 1 + Math.floor(w.random() * 3);
          if (w.random() < 0.3 && tab.cart.has(id)) tab.cart.increase(id, quantity);
          else tab.cart.add(item(id, 10, quantity));
          added.set(id, (added.get(id) ?? 0) + quantity);
        } else if (dice < 0.4 && tab) tab.cart.setMetadata({ [w.pick(["x", "y"])]: step });
        else if (dice < 0.5) await w.open(w.pick(processes));
        else if (dice < 0.56 && tab) w.kill(tab);
        else if (dice < 0.65) {
          const ms = w.pick([1, 50, 150, 5_000, 70_000, 700_000]);
          // Writes between processes take no minutes; a tab that is asleep may hear of them as late as it likes.
          if (ms > 10_000) w.browser.deliver();
          w.pass(ms);
        }
        else for (let n = Math.floor(w.random() * 8); n > 0; n--) w.browser.step(w.random);
      }
      w.settle();
      if (!w.tabs.length) await w.open(w.pick(processes));
      w.settle();
      const expected = [...added].map(([id, quantity]) => [id, quantity, 10]).sort();
      const late = await w.open(w.browser.process());
      w.settle();
      for (const { cart } of w.tabs) assert.deepEqual(shape(cart).items, expected, `SEED=${seed}`);
      for (const { cart } of w.tabs) assert.deepEqual(shape(cart), shape(late.cart), `SEED=${seed}`);
      const texts = new Set(w.tabs.map(({ storage }) => storage.getItem("cart")));
      assert.equal(texts.size, 1, `SEED=${seed}: one text in all processes`);
      t.mock.timers.reset();
    }
  });

  test("with everything that carts can do, all tabs are the same in the end", async (t) => {
    const first = Number(process.env.SEED ?? Date.now() % 1e9);
    for (let round = 0; round < rounds; round++) {
      const seed = first + round;
      const w = world(t, seed);
      const processes = [w.browser.process(), w.browser.process()];
      for (let n = 0; n < 3; n++) await w.open(w.pick(processes));
      for (let step = 0; step < 40; step++) {
        const { cart } = w.pick(w.tabs);
        const id = w.pick(["a", "b", "c"]);
        const acts = [
          () => cart.add(item(id, 1 + Math.floor(w.random() * 9), 1, { stock: 6 })),
          () => cart.setQuantity(id, Math.floor(w.random() * 5)),
          () => cart.remove(id),
          () => cart.clear(),
          () => cart.destroy(),
          () => cart.addCondition({ name: w.pick(["x", "y"]), type: "discount", value: `-${1 + Math.floor(w.random() * 50)}%` }),
          () => cart.clearConditions(),
          () => cart.move(id, "wishlist"),
          () => cart.instance("wishlist").move(id, "default"),
          () => cart.batch((draft) => (draft.add(item("z")), draft.setMetadata({ step }))),
        ];
        try {
          w.pick(acts)();
        } catch (error) {
          assert.ok(["not_found", "not_purchasable"].includes(error.kind), error.message);
        }
        w.pass(w.pick([0, 1, 1, 30, 150]));
        for (let n = Math.floor(w.random() * 6); n > 0; n--) w.browser.step(w.random);
      }
      w.settle();
      const late = await w.open(w.browser.process());
      w.settle();
      for (const { cart } of w.tabs)
        for (const instance of ["default", "wishlist"]) assert.deepEqual(shape(cart.instance(instance)), shape(late.cart.instance(instance)), `SEED=${seed}`);
      t.mock.timers.reset();
    }
  });
});

test("a change that comes second in another tab may be refused there, and its own tab is told", async (t) => {
  const w = world(t, 3);
  const [one, two] = [await w.open(), await w.open()];
  one.cart.add(item("a", 1, 1, { stock: 10 }));
  w.settle();
  const refused = [];
  for (const { cart } of [one, two]) cart.on("refused", ({ error, commands }) => refused.push([cart === one.cart ? "one" : "two", error.reason, commands[0].delta]));
  one.cart.increase("a", 6);
  w.pass(1);
  two.cart.increase("a", 5);
  w.settle();
  assert.deepEqual([one.cart.quantity, two.cart.quantity, refused], [7, 7, [["two", "insufficient_stock", 5]]]);
});

test("what is not ours, newer or damaged is told and left as it is", async (t) => {
  for (const [raw, reason] of [["no json", "foreign"], ['["theme"]', "foreign"], ['{"default":{"format":99}}', "newer"], ['{"":{"tabs":{"00000000000000aa":[1,1]}},"default":{"format":1}}', "unreadable"]]) {
    const w = world(t, 4);
    w.browser.store.set("cart", raw);
    const { cart, storage } = await w.open();
    assert.deepEqual([cart.trouble?.reason, cart.status], [reason, "unsaved"], raw);
    cart.add(item("a"));
    w.settle();
    w.pass(5000);
    w.settle();
    assert.deepEqual([cart.quantity, w.browser.store.get("cart")], [1, raw]);
    storage.removeItem("cart");
    w.settle();
    cart.increase("a");
    w.settle();
    assert.deepEqual([cart.trouble, (await w.open()).cart.quantity], [undefined, 2]);
    t.mock.timers.reset();
  }
});

test("foreign data that comes later is not written over either", async (t) => {
  const w = world(t, 5);
  const { cart, storage } = await w.open();
  cart.add(item("a"));
  w.settle();
  storage.setItem("cart", '["theme"]');
  cart.increase("a");
  w.settle();
  assert.deepEqual([cart.quantity, w.browser.store.get("cart"), cart.trouble.reason], [2, '["theme"]', "foreign"]);
});

test("carts that somebody took away are gone, in every tab, and new ones begin", async (t) => {
  const w = world(t, 6);
  const [one, two] = [await w.open(), await w.open()];
  one.cart.add(item("a"));
  w.settle();
  two.storage.removeItem("cart");
  w.settle();
  assert.deepEqual([one.cart.exists, two.cart.exists, Object.keys(JSON.parse(w.browser.store.get("cart")))], [false, false, [""]]);
  two.cart.add(item("b"));
  one.cart.add(item("c"));
  w.settle();
  for (const { cart } of w.tabs) assert.deepEqual(shape(cart).items.map(([id]) => id), ["b", "c"]);
});

test("a full storage keeps the cart in memory, and is tried again with the next change", async (t) => {
  const w = world(t, 7);
  const { cart, storage } = await w.open();
  const heard = [];
  cart.on("storage", ({ ok, reason }) => heard.push(reason ?? ok));
  cart.add(item("a"));
  storage.quota = 5;
  cart.increase("a");
  cart.increase("a");
  w.settle();
  w.pass(10_000);
  assert.deepEqual([heard, cart.quantity, cart.status], [["quota_exceeded"], 3, "unsaved"]);
  storage.quota = Infinity;
  cart.increase("a");
  w.settle();
  assert.deepEqual([heard, (await w.open()).cart.quantity], [["quota_exceeded", true], 4]);
});

test("what tabs leave behind is tidied up, and what is remembered of them stays small", async (t) => {
  const w = world(t, 8);
  for (let n = 0; n < 30; n++) {
    const tab = await w.open();
    tab.cart.add(item("a"));
    w.settle();
    w.kill(tab);
    w.pass(25 * 60_000);
  }
  const last = await w.open();
  w.settle();
  assert.equal(last.cart.quantity, 30);
  assert.ok([...w.browser.store.keys()].length <= 3, [...w.browser.store.keys()].join());
  w.pass(3 * 86_400_000);
  last.cart.add(item("a"));
  w.settle();
  assert.equal(Object.keys(JSON.parse(w.browser.store.get("cart"))[""].tabs).length, 1);
  assert.equal((await w.open()).cart.quantity, 31);
});

test("a codec hides all that is stored, and one that takes its time is refused", async (t) => {
  const w = world(t, 9);
  const codec = { encode: (text) => Buffer.from(text).toString("base64"), decode: (text) => Buffer.from(text, "base64").toString() };
  const [one, two] = [await w.open(undefined, { codec }), await w.open(undefined, { codec })];
  one.cart.add(item("a", 1, 1, { name: "Secret" }));
  two.cart.add(item("b"));
  w.settle();
  assert.deepEqual([one.cart.lines, two.cart.lines], [2, 2]);
  for (const value of w.browser.store.values()) assert.ok(!value.includes("Secret"));
  await assert.rejects(createCart({ driver: localDriver({ storage: storageOf(), codec: { encode: async () => "", decode: async () => "" } }) }), { kind: "invalid", path: "codec" });
});

test("carts that sessionDriver wrote are read, and carried on", async (t) => {
  const w = world(t, 10);
  const plain = await createCart();
  plain.add(item("a", 5, 2));
  const { sessionDriver } = await import("../src/session.js");
  const storage = storageOf();
  await plain.moveTo(sessionDriver({ storage }));
  w.browser.store.set("cart", storage.map.get("cart"));
  const { cart } = await w.open();
  assert.equal(cart.total, 10);
  cart.increase("a");
  w.settle();
  assert.equal((await w.open()).cart.quantity, 3);
});

test("carts move to localStorage and away from it", async (t) => {
  const w = world(t, 11);
  const cart = await createCart();
  cart.add(item("a", 5, 2));
  await cart.moveTo(localDriver({ storage: w.browser.process().tab() }));
  w.settle();
  const tab = await w.open();
  assert.equal(tab.cart.quantity, 2);
  cart.increase("a");
  w.settle();
  assert.equal(tab.cart.quantity, 3);
  const { memoryDriver } = await import("../src/memory.js");
  await cart.moveTo(memoryDriver());
  w.settle();
  assert.deepEqual([cart.quantity, tab.cart.exists], [3, false]);
});

test("on a server the cart is empty, in memory, and nothing is wrong", async () => {
  const cart = await createCart({ driver: localDriver() });
  cart.add(item("a"));
  assert.deepEqual([cart.quantity, cart.status, cart.trouble], [1, "ready", undefined]);
});
