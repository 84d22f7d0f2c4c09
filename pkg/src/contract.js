/**
 * The contract of drivers as named cases, for whoever writes one:
 *
 * ```js
 * import { contract } from "pushcart/contract";
 * for (const { name, run } of contract(() => myDriver())) test(name, run);
 * ```
 *
 * It works with any runner: a case fails by throwing. Each case asks for a driver and uses names that no other case uses, so
 * the drivers may stand over one store, and the store may keep what former runs left.
 *
 * @import { Address, Committed, ContractOptions, Precondition, ScriptDriver, Slot, StoredCart, StoredTombstone, Write } from "./types.js"
 */
import { CartError } from "./errors.js";
import { holds, revisionOf } from "./slot.js";

export { holds, revisionOf };

/** The time that the cases live in. Nothing of a driver may ask another clock. */
const NOW = Date.UTC(2026, 0, 1);

/**
 * The contract's cases for a driver.
 * @param {() => ScriptDriver | Promise<ScriptDriver>} make a driver; called for each case, and more than once where several pages
 *   share a store
 * @param {ContractOptions} [options]
 * @returns {{name: string, run: () => Promise<void>}[]}
 */
export function contract(make, options = {}) {
  return CASES.filter(([, , needs]) => !needs || needs(options)).map(([name, run]) => ({
    name: `driver: ${name}`,
    run: async () => {
      const driver = await make();
      const bench = new Bench(driver, make, { ...driver.capabilities, ...options });
      try {
        await run(bench);
      } finally {
        await bench.close();
      }
    },
  }));
}

/** What a case works with. */
class Bench {
  #names = 0;
  #run = globalThis.crypto.randomUUID();
  /** @type {ScriptDriver[]} */
  #others = [];

  /**
   * @param {ScriptDriver} driver
   * @param {() => ScriptDriver | Promise<ScriptDriver>} make
   * @param {ContractOptions} can
   */
  constructor(driver, make, can) {
    this.driver = driver;
    this.make = make;
    this.can = can;
  }

  /** Another driver over the same store. */
  async other() {
    const driver = await this.make();
    if (driver !== this.driver) this.#others.push(driver);
    return driver;
  }

  async close() {
    for (const driver of [this.driver, ...this.#others]) await driver.close?.();
  }

  /**
   * An address of nobody else's.
   * @param {string} [instance]
   * @returns {Address}
   */
  address(instance = "default") {
    return { owner: "", identifier: `${this.#run}-${++this.#names}`, instance };
  }

  /**
   * @param {Address} address
   * @param {number} [nowMs]
   */
  async load(address, nowMs = NOW) {
    return (await this.driver.load(structuredClone(address), { nowMs })) ?? null;
  }

  /**
   * @param {Write[]} writes
   * @param {{nowMs?: number, by?: ScriptDriver}} [options]
   * @returns {Promise<Committed>}
   */
  async commit(writes, { nowMs = NOW, by = this.driver } = {}) {
    return by.commit(structuredClone(writes), { nowMs });
  }

  /**
   * @param {Write[]} writes
   * @param {{nowMs?: number, by?: ScriptDriver}} [options]
   */
  async done(writes, options) {
    const answer = await this.commit(writes, options);
    check("done" in answer && answer.done === true, `expected {done: true}, found ${JSON.stringify(answer)}`);
  }

  /**
   * A conflict that names `index` and carries `current`.
   * @param {Write[]} writes
   * @param {number} index
   * @param {Slot | null} current
   * @param {{nowMs?: number}} [options]
   */
  async conflict(writes, index, current, options) {
    const answer = /** @type {any} */ (await this.commit(writes, options));
    check(answer.conflict === index, `expected {conflict: ${index}, current}, found ${JSON.stringify(answer)}`);
    same(answer.current ?? null, current, "the conflict's current");
  }
}

let carts = 0;

/**
 * A cart as the core stores it.
 * @param {{version?: number, incarnation?: string, expiresAt?: number, items?: unknown[], metadata?: unknown}} [facts]
 * @returns {StoredCart}
 */
function cart({ version = 1, incarnation = (++carts).toString(16).padStart(16, "0"), expiresAt, items = [], metadata = {} } = {}) {
  return {
    format: 1,
    id: `cart-${incarnation}`,
    revision: `${incarnation}.${version}`,
    currency: "USD",
    rounding: "half_up",
    items,
    conditions: [],
    metadata,
    journal: [["i", "00", "", NOW, `${incarnation}.${version}`, ["items.a"], []]],
    createdAt: new Date(NOW).toISOString(),
    updatedAt: new Date(NOW).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    summary: { quantity: 0, lines: 0, total: 0 },
  };
}

/**
 * @param {StoredCart} of
 * @param {number} [expiresAt]
 * @returns {StoredTombstone}
 */
const tombstone = (of, expiresAt = NOW + 86_400_000) => ({
  format: 1,
  ended: "destroyed",
  revision: of.revision,
  journal: [],
  endedAt: new Date(NOW).toISOString(),
  expiresAt: new Date(expiresAt).toISOString(),
});

/**
 * @param {Address} address
 * @param {Slot} slot
 * @param {Precondition} [precondition]
 * @param {any[]} [events]
 * @returns {Write}
 */
const write = (address, slot, precondition = "absent", events = []) => ({ address, precondition, slot, events });

/** Everything that JSON can hold and that stores have been seen to change. */
const ODD = JSON.parse(
  `{"__proto__":{"constructor":1},"":"","a\\u0000b":"\\u0000","😀":"\\ud83d\\ude00 e\\u0301 é","big":9007199254740991,"small":-9007199254740991,"list":[[],{},null,true,0,"0"],"deep":${'{"d":'.repeat(28)}1${"}".repeat(28)},"text":"2026-01-01T00:00:00Z","quotes":"'\\"\`\\\\$\\n{}"}`,
);

/** @type {[name: string, run: (bench: Bench) => Promise<void>, needs?: (options: ContractOptions) => unknown][]} */
const CASES = [
  [
    "a cart that nobody wrote is absent",
    async (bench) => {
      same(await bench.load(bench.address()), null, "load");
    },
  ],
  [
    "what was written is read back as it was",
    async (bench) => {
      const address = bench.address();
      const slot = cart({ items: [{ id: "a", name: "😀", price: 1, quantity: 2, attributes: ODD }], metadata: ODD });
      await bench.done([write(address, slot)]);
      same(await bench.load(address), slot, "load");
    },
  ],
  [
    "a large cart is read back whole",
    async (bench) => {
      const address = bench.address();
      const slot = cart({ items: Array.from({ length: 1000 }, (_, n) => ({ id: `sku-${n}`, name: "n".repeat(200), price: n, quantity: 1 })) });
      await bench.done([write(address, slot)]);
      same(await bench.load(address), slot, "load");
    },
  ],
  [
    "what was handed in or out may change afterwards",
    async (bench) => {
      const address = bench.address();
      const slot = cart({ metadata: { list: [1] } });
      const writes = [write(address, structuredClone(slot))];
      await bench.driver.commit(writes, { nowMs: NOW });
      /** @type {any} */ (writes[0].slot).metadata.list.push(2);
      const loaded = /** @type {any} */ (await bench.load(address));
      same(loaded, slot, "load after the writer changed what it had written");
      try {
        loaded.metadata.list.push(3);
      } catch {
        // Frozen is as good.
      }
      same(await bench.load(address), slot, "load after a reader changed what it had read");
    },
  ],
  [
    "absent holds where there is no cart, and nowhere else",
    async (bench) => {
      const address = bench.address();
      const slot = cart();
      await bench.done([write(address, slot, "absent")]);
      await bench.conflict([write(address, cart(), "absent")], 0, slot);
      same(await bench.load(address), slot, "load");
    },
  ],
  [
    "a revision holds for exactly that state",
    async (bench) => {
      const address = bench.address();
      const [one, two] = [cart({ incarnation: "00000000000000aa", version: 1 }), cart({ incarnation: "00000000000000aa", version: 2 })];
      await bench.conflict([write(address, two, one.revision)], 0, null);
      await bench.done([write(address, one)]);
      for (const wrong of ["00000000000000aa.2", "00000000000000ab.1", "00000000000000aa.11", "00000000000000aa.0"]) await bench.conflict([write(address, two, wrong)], 0, one);
      await bench.done([write(address, two, one.revision)]);
      await bench.conflict([write(address, two, one.revision)], 0, two);
      same(await bench.load(address), two, "load");
    },
  ],
  [
    "any holds always",
    async (bench) => {
      const address = bench.address();
      const [one, two] = [cart(), cart()];
      await bench.done([write(address, one, "any")]);
      await bench.done([write(address, two, "any")]);
      same(await bench.load(address), two, "load");
    },
  ],
  [
    "a commit without writes is done",
    async (bench) => bench.done([]),
  ],
  [
    "a tombstone is kept, and is no living cart",
    async (bench) => {
      const address = bench.address();
      const slot = cart();
      await bench.done([write(address, slot)]);
      const ended = tombstone(slot);
      await bench.done([write(address, ended, slot.revision)]);
      same(await bench.load(address), ended, "load");
      await bench.conflict([write(address, slot, slot.revision)], 0, ended);
      const next = cart();
      await bench.done([write(address, next, "absent")]);
      same(await bench.load(address), next, "load");
    },
  ],
  [
    "a cart is absent from the moment that it expires, by the time of the call",
    async (bench) => {
      const address = bench.address();
      const slot = cart({ expiresAt: NOW + 1000 });
      await bench.done([write(address, slot)]);
      await bench.conflict([write(address, cart(), "absent")], 0, slot, { nowMs: NOW + 999 });
      const late = /** @type {any} */ (await bench.commit([write(address, cart(), slot.revision)], { nowMs: NOW + 1000 }));
      check(late.conflict === 0, `expected a conflict on a cart that expired, found ${JSON.stringify(late)}`);
      await bench.done([write(address, cart(), "absent")], { nowMs: NOW + 1000 });
    },
  ],
  [
    "the driver asks no clock of its own",
    async (bench) => {
      // By every real clock this cart expired long ago, or will in ages.
      for (const nowMs of [Date.UTC(1980, 0, 1), Date.UTC(2090, 0, 1)]) {
        const address = bench.address();
        const slot = cart({ expiresAt: nowMs + 1000 });
        await bench.done([write(address, slot)], { nowMs });
        same(await bench.load(address, nowMs), slot, "load");
        await bench.conflict([write(address, cart(), "absent")], 0, slot, { nowMs });
      }
    },
  ],
  [
    "names are compared by their bytes",
    async (bench) => {
      const { identifier: own } = bench.address();
      const names = ["Alice", "alice", "ALICE", "a", "a ", " a", "é", "e\u0301", "\0", "a\0", "a/b", "a:b", "a%2Fb", "a\\b", "..", ".", "*", "%", "_", "'", '"', "__proto__", "constructor", "😀", "İ", "i̇", "ß", "ss"];
      const addresses = names.flatMap((name) => [
        { owner: "", identifier: `${own}${name}`, instance: "default" },
        { owner: "", identifier: own, instance: name },
        { owner: name, identifier: own, instance: "default" },
      ]);
      const slots = addresses.map(() => cart());
      for (const [n, address] of addresses.entries()) await bench.done([write(address, slots[n], "absent")]);
      for (const [n, address] of addresses.entries()) same(await bench.load(address), slots[n], `load of ${JSON.stringify(address)}`);
    },
  ],
  [
    "names that share their letters and not their borders are different",
    async (bench) => {
      const { identifier: own } = bench.address();
      const addresses = [
        ["", `${own}:b`, "c"],
        ["", own, "b:c"],
        ["b", own, "c"],
        ["", `b:${own}`, "c"],
        ["", `${own}/b`, "c"],
        ["", own, "b/c"],
        ["", `${own}\0b`, "c"],
        ["", own, "b\0c"],
      ].map(([owner, identifier, instance]) => ({ owner, identifier, instance }));
      const slots = addresses.map(() => cart());
      for (const [n, address] of addresses.entries()) await bench.done([write(address, slots[n], "absent")]);
      for (const [n, address] of addresses.entries()) same(await bench.load(address), slots[n], `load of ${JSON.stringify(address)}`);
    },
  ],
  [
    "names may be as long as 255 code points of four bytes each",
    async (bench) => {
      const { identifier: own } = bench.address();
      const long = `${own}${"😀".repeat(255 - own.length)}`;
      const [one, two] = [cart(), cart()];
      await bench.done([write({ owner: long, identifier: long, instance: long }, one)]);
      const other = `${long.slice(0, -2)}😁`;
      await bench.done([write({ owner: long, identifier: long, instance: other }, two)]);
      same(await bench.load({ owner: long, identifier: long, instance: long }), one, "load");
      same(await bench.load({ owner: long, identifier: long, instance: other }), two, "load");
    },
  ],
  [
    "the living carts of an identifier are listed, and nobody else's",
    async (bench) => {
      const { driver } = bench;
      if (bench.can.instances === false) return check(!driver.instances, "expected no `instances`, as declared, found it");
      check(typeof driver.instances == "function", "expected `instances`; if the store cannot list, declare instances: false");
      const { owner, identifier } = bench.address();
      const list = async (nowMs = NOW) => [...(await /** @type {any} */ (driver).instances(owner, identifier, { nowMs }))].sort();
      same(await list(), [], "instances");
      const names = ["default", "wish list", "\0", "Default", "😀", "__proto__"];
      const ended = cart();
      const fleeting = cart({ expiresAt: NOW + 10 });
      for (const instance of names) await bench.done([write({ owner, identifier, instance }, cart())]);
      await bench.done([write({ owner, identifier, instance: "ended" }, ended)]);
      await bench.done([write({ owner, identifier, instance: "ended" }, tombstone(ended), ended.revision)]);
      await bench.done([write({ owner, identifier, instance: "fleeting" }, fleeting)]);
      await bench.done([write({ owner: "other", identifier, instance: "theirs" }, cart())]);
      await bench.done([write({ owner, identifier: `${identifier}2`, instance: "theirs" }, cart())]);
      await bench.done([write({ owner, identifier: identifier.slice(0, -1), instance: "theirs" }, cart(), "any")]);
      same(await list(), [...names, "fleeting"].sort(), "instances");
      same(await list(NOW + 10), [...names].sort(), "instances after one expired");
    },
  ],
  [
    "several carts are written together, or none",
    async (bench) => {
      const [a, b, c] = ["a", "b", "c"].map((instance) => ({ ...bench.address(instance) }));
      const [one, two, three] = [cart(), cart(), cart()];
      if (bench.can.atomic === "cart") {
        await rejects(() => bench.commit([write(a, one), write(b, two)]), "unsupported", "a commit of several carts, as declared");
        same([await bench.load(a), await bench.load(b)], [null, null], "load after the refusal");
        return;
      }
      await bench.done([write(b, two)]);
      await bench.conflict([write(a, one), write(b, three, "absent"), write(c, three)], 1, two);
      same([await bench.load(a), await bench.load(b), await bench.load(c)], [null, two, null], "load after the conflict");
      await bench.conflict([write(a, one), write(c, three), write(b, three, "absent")], 2, two);
      same([await bench.load(a), await bench.load(c)], [null, null], "load after the conflict");
      await bench.done([write(a, one), write(b, three, two.revision)]);
      same([await bench.load(a), await bench.load(b)], [one, three], "load");
    },
  ],
  [
    "an acknowledged write is seen by the next read, of every driver over the store",
    async (bench) => {
      const other = await bench.other();
      const address = bench.address();
      for (let version = 1; version <= 20; version++) {
        const slot = cart({ incarnation: "00000000000000bb", version });
        await bench.done([write(address, slot, version == 1 ? "absent" : `00000000000000bb.${version - 1}`)]);
        same(await bench.load(address), slot, "load");
        if (bench.can.shared !== false) same((await other.load(address, { nowMs: NOW })) ?? null, slot, "load by another");
      }
    },
  ],
  [
    "of writers that race for the same state, one wins",
    async (bench) => {
      if (bench.can.compareAndSet === false) return;
      const drivers = [bench.driver, bench.can.shared === false ? bench.driver : await bench.other()];
      for (let round = 0; round < 10; round++) {
        const address = bench.address();
        const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => bench.commit([write(address, cart(), "absent")], { by: drivers[n % 2] })));
        const won = answers.filter((answer) => "done" in answer).length;
        check(won === 1, `expected one of 8 writers to win, found ${won}`);
      }
    },
  ],
  [
    "writers that read, write and try again lose no change",
    async (bench) => {
      if (bench.can.compareAndSet === false) return;
      const drivers = [bench.driver, bench.can.shared === false ? bench.driver : await bench.other()];
      const address = bench.address();
      await bench.done([write(address, cart({ incarnation: "00000000000000cc", metadata: { n: 0 } }))]);
      await Promise.all(
        Array.from({ length: 10 }, async (_, writer) => {
          const by = drivers[writer % 2];
          for (let made = 0, tries = 0; made < 5; tries++) {
            check(tries < 5000, "expected a writer to come through within 5000 attempts");
            const now = /** @type {any} */ (await by.load(address, { nowMs: NOW }));
            const version = +now.revision.split(".")[1] + 1;
            const answer = await bench.commit([write(address, cart({ incarnation: "00000000000000cc", version, metadata: { n: now.metadata.n + 1 } }), now.revision)], { by });
            if ("done" in answer) made++;
          }
        }),
      );
      const end = /** @type {any} */ (await bench.load(address));
      check(end.metadata.n === 50 && end.revision === "00000000000000cc.51", `expected 50 changes, found ${end.metadata.n} at ${end.revision}`);
    },
  ],
  [
    "the same event is kept once, in order, and only with its write",
    async (bench) => {
      const read = /** @type {NonNullable<ContractOptions["events"]>} */ (bench.can.events);
      const address = bench.address();
      const event = (/** @type {number} */ n) => ({ id: `00000000000000dd.1.${n}`, type: "cart.updated", at: new Date(NOW).toISOString(), identifier: address.identifier, instance: address.instance, cartId: "c", version: 1 });
      await bench.done([write(address, cart({ incarnation: "00000000000000dd" }), "any", [event(0), event(1)])]);
      await bench.done([write(address, cart({ incarnation: "00000000000000dd" }), "any", [event(1), event(2)])]);
      await bench.commit([write(address, cart(), "absent", [event(3)])]);
      const ids = (await read(bench.driver, address)).map(({ id }) => id);
      same(ids, [0, 1, 2].map((n) => event(n).id), "the events");
    },
    ({ events }) => events,
  ],
  [
    "what cannot be read is an error, and is not written over",
    async (bench) => {
      const damage = /** @type {NonNullable<ContractOptions["damage"]>} */ (bench.can.damage);
      const address = bench.address();
      await bench.done([write(address, cart())]);
      await damage(bench.driver, address);
      await rejects(() => bench.load(address), "corrupt", "load of damaged data");
      await rejects(() => bench.commit([write(address, cart(), "absent")]), "corrupt", "a commit onto damaged data");
      await rejects(() => bench.load(address), "corrupt", "load after that");
    },
    ({ damage }) => damage,
  ],
  [
    "who subscribed is told of others' changes, until it stops",
    async (bench) => {
      const { driver } = bench;
      if (!driver.subscribe) return;
      const address = bench.address();
      let calls = 0;
      const stop = driver.subscribe(address, () => calls++);
      await bench.done([write(address, cart())], { by: await bench.other() });
      for (let waited = 0; calls == 0 && waited < 200; waited++) await new Promise((done) => setTimeout(done, 10));
      check(calls > 0, "expected a call after another page's change, found none in two seconds");
      check(typeof stop == "function", "expected `subscribe` to answer with what stops it");
      /** @type {() => void} */ (stop)();
      await new Promise((done) => setTimeout(done, 50));
      const before = calls;
      await bench.done([write(address, cart(), "any")]);
      await new Promise((done) => setTimeout(done, 100));
      check(calls === before, "expected no call after it was stopped");
    },
  ],
  [
    "pages that add at once lose nothing, and a repeated key adds nothing",
    async (bench) => {
      const createCart = /** @type {NonNullable<ContractOptions["createCart"]>} */ (bench.can.createCart);
      const { identifier } = bench.address();
      const alone = bench.can.shared === false || bench.can.compareAndSet === false;
      const pages = await Promise.all(Array.from({ length: alone ? 1 : 4 }, async (_, n) => createCart({ identifier, driver: n ? await bench.other() : bench.driver })));
      await Promise.all(pages.flatMap((page, n) => Array.from({ length: 5 }, (_, k) => page.add([{ id: "shared", name: "S", price: 1 }, { id: `own-${n}-${k}`, name: "O", price: 1 }]))));
      const request = { commands: [{ do: "add", item: { id: "keyed", name: "K", price: 1 } }], idempotencyKey: "once" };
      await Promise.all(pages.map((page) => page.change(/** @type {any} */ (request))));
      const reader = await createCart({ identifier, driver: bench.driver });
      same([reader.item("shared")?.quantity, reader.item("keyed")?.quantity, reader.lines], [pages.length * 5, 1, pages.length * 5 + 2], "what the cart holds");
    },
    ({ createCart }) => createCart,
  ],
];

/**
 * @param {unknown} held
 * @param {string} message
 */
function check(held, message) {
  if (!held) throw new Error(message);
}

/**
 * @param {unknown} found
 * @param {unknown} expected
 * @param {string} what
 */
function same(found, expected, what) {
  const [left, right] = [canonical(found), canonical(expected)];
  if (left === right) return;
  const at = [...left].findIndex((letter, n) => letter !== right[n]);
  const near = (/** @type {string} */ text) => text.slice(Math.max(at - 60, 0), Math.max(at, 0) + 60);
  throw new Error(`${what}: expected …${near(right)}…, found …${near(left)}…`);
}

/**
 * JSON with sorted keys: in which order a store keeps them is its own business.
 * @param {any} value
 * @returns {string}
 */
const canonical = (value) =>
  JSON.stringify(value, (_, part) =>
    part && typeof part == "object" && !Array.isArray(part)
      ? Object.keys(part)
          .sort()
          .reduce((sorted, key) => Object.defineProperty(sorted, key, { value: part[key], enumerable: true }), Object.create(null))
      : part,
  ) ?? "undefined";

/**
 * @param {() => Promise<unknown>} f
 * @param {string} kind
 * @param {string} what
 */
async function rejects(f, kind, what) {
  let answer;
  try {
    answer = await f();
  } catch (error) {
    const found = /** @type {any} */ (error).kind;
    return check(found === kind, `${what}: expected an error of kind ${kind}, found ${found}: ${/** @type {any} */ (error).message}`);
  }
  throw new Error(`${what}: expected an error of kind ${kind}, found ${JSON.stringify(answer)}`);
}

/**
 * The reference: the simplest driver that keeps the contract. It keeps texts, so that nobody can change what it keeps.
 *
 * Drivers that are handed the same `store` stand over one store.
 * @param {Map<string, string>} [store]
 * @returns {ScriptDriver & {commit(writes: Write[], context: {nowMs: number}): Committed, load(address: Address, context: {nowMs: number}): Slot | null}}
 */
export function referenceDriver(store = new Map()) {
  const key = (/** @type {Address} */ { owner, identifier, instance }) => JSON.stringify([owner, identifier, instance]);
  const read = (/** @type {Address} */ address) => {
    const text = store.get(key(address));
    if (text === undefined) return null;
    try {
      return /** @type {Slot} */ (JSON.parse(text));
    } catch (cause) {
      throw new CartError({ kind: "corrupt", reason: "unreadable", message: "expected a stored cart, found what is no JSON; it was left as it is" }, { cause });
    }
  };
  return {
    load: read,
    commit(writes, { nowMs }) {
      for (const [index, { address, precondition }] of writes.entries()) {
        const current = read(address);
        if (!holds(precondition, current, nowMs)) return { conflict: index, current };
      }
      for (const { address, slot } of writes) store.set(key(address), JSON.stringify(slot));
      return { done: true };
    },
    instances: (owner, identifier, { nowMs }) =>
      [...store.keys()]
        .map((text) => JSON.parse(text))
        .filter(([o, i, instance]) => o === owner && i === identifier && revisionOf(read({ owner, identifier, instance }), nowMs) !== undefined)
        .map(([, , instance]) => instance),
  };
}
