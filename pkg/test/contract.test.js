/** The contract suite: on the reference, on unstorage's own drivers, and on drivers with a fault each. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import unstorageMemory from "unstorage/drivers/memory";
import { contract, referenceDriver, holds } from "../src/contract.js";
import { unstorageDriver } from "../src/unstorage.js";
import { createCart, item } from "./support/pushcart.js";

const later = (driver) => ({
  load: async (...args) => (await tick(), driver.load(...args)),
  commit: async (...args) => (await tick(), driver.commit(...args)),
  instances: async (...args) => (await tick(), driver.instances(...args)),
});
const tick = () => new Promise((done) => setTimeout(done, Math.random() * 2));
const keyOf = ({ owner, identifier, instance }) => JSON.stringify([owner, identifier, instance]);

describe("the reference", () => {
  const store = new Map();
  const damage = (_, address) => void store.set(keyOf(address), "{");
  for (const { name, run } of contract(() => referenceDriver(store), { createCart, damage })) test(name, run);
});

describe("the reference, later", () => {
  const store = new Map();
  const damage = (_, address) => void store.set(keyOf(address), "{");
  for (const { name, run } of contract(() => later(referenceDriver(store)), { createCart, damage })) test(name, run);
});

describe("unstorage in memory", () => {
  const storage = createStorage({ driver: unstorageMemory() });
  for (const { name, run } of contract(() => unstorageDriver(storage, { writers: "this-process" }), { createCart })) test(name, run);
});

describe("unstorage in files", async () => {
  const base = await mkdtemp(join(tmpdir(), "pushcart-unstorage-"));
  after(() => rm(base, { recursive: true }));
  for (const writers of ["this-process", "last-write-wins"]) {
    const storage = createStorage({ driver: fsDriver({ base: join(base, writers) }) });
    for (const { name, run } of contract(() => unstorageDriver(storage, { writers }), { createCart })) test(`${writers}: ${name}`, run);
  }
});

test("unstorage must be told who writes, and never writes over what it cannot read", async () => {
  assert.throws(() => unstorageDriver(createStorage(), {}), { kind: "unsupported", reason: "no_compare_and_set" });
  await assert.rejects(createCart({ driver: { ...referenceDriver(), capabilities: { compareAndSet: false } } }), { kind: "unsupported", reason: "no_compare_and_set" });
  await createCart({ driver: { ...referenceDriver(), capabilities: { compareAndSet: false, lastWriteWins: true } } });
  const storage = createStorage();
  const driver = unstorageDriver(storage, { writers: "this-process" });
  const cart = await createCart({ driver });
  await cart.add(item("a"));
  const [key] = await storage.getKeys();
  await storage.setItem(key, { theme: "dark" });
  await assert.rejects(createCart({ driver }), { kind: "corrupt" });
  await assert.rejects(cart.add(item("b")), { kind: "corrupt" });
  assert.deepEqual(await storage.getItem(key), { theme: "dark" });
  await assert.rejects(cart.move("a", "wishlist"), { kind: "corrupt" });
});

test("a line cannot move between carts that cannot be written together", async () => {
  const cart = await createCart({ driver: unstorageDriver(createStorage(), { writers: "this-process" }) });
  await cart.add(item("a"));
  await assert.rejects(cart.move("a", "wishlist"), { kind: "unsupported" });
  assert.equal(cart.quantity, 1);
});

/** Drivers with one fault each, and the case that must find it. */
const FAULTS = {
  "forgets what it wrote": [(d) => ({ ...d, load: () => null }), "what was written is read back as it was"],
  "keeps what it was handed": [
    () => {
      const store = new Map();
      return { load: (address) => store.get(keyOf(address)) ?? null, commit: (writes, { nowMs }) => {
        for (const [index, { address, precondition }] of writes.entries()) if (!holds(precondition, store.get(keyOf(address)), nowMs)) return { conflict: index, current: store.get(keyOf(address)) ?? null };
        for (const { address, slot } of writes) store.set(keyOf(address), slot);
        return { done: true };
      }, instances: () => [] };
    },
    "what was handed in or out may change afterwards",
  ],
  "drops __proto__": [(d) => ({ ...d, load: (...args) => JSON.parse(JSON.stringify(d.load(...args)), (key, value) => (key === "__proto__" ? undefined : value)) }), "what was written is read back as it was"],
  "judges no precondition": [(d) => ({ ...d, commit: (writes, context) => d.commit(writes.map((write) => ({ ...write, precondition: "any" })), context) }), "absent holds where there is no cart, and nowhere else"],
  "takes any cart for the right one": [(d) => ({ ...d, commit: (writes, context) => d.commit(writes.map((write) => ({ ...write, precondition: write.precondition === "absent" ? "absent" : "any" })), context) }), "a revision holds for exactly that state"],
  "compares versions and not incarnations": [
    (d) => ({
      ...d,
      commit: (writes, context) =>
        d.commit(
          writes.map((write) => {
            const current = d.load(write.address);
            const version = (text) => text?.split(".")[1];
            return current && version(current.revision) === version(write.precondition) ? { ...write, precondition: current.revision } : write;
          }),
          context,
        ),
    }),
    "a revision holds for exactly that state",
  ],
  "refuses any": [(d) => ({ ...d, commit: (writes, context) => d.commit(writes.map((write) => ({ ...write, precondition: write.precondition === "any" ? "absent" : write.precondition })), context) }), "any holds always"],
  "says only that there is a conflict": [(d) => ({ ...d, commit: (...args) => ({ ...d.commit(...args), ...("conflict" in d.commit(...args) && { current: null }) }) }), "absent holds where there is no cart, and nowhere else"],
  "names no index": [(d) => ({ ...d, commit: (...args) => { const answer = d.commit(...args); return "conflict" in answer ? { ...answer, conflict: 0 } : answer; } }), "several carts are written together, or none"],
  "writes one after the other": [
    (d) => ({
      ...d,
      commit(writes, context) {
        for (const [index, write] of writes.entries()) {
          const answer = d.commit([write], context);
          if ("conflict" in answer) return { ...answer, conflict: index };
        }
        return { done: true };
      },
    }),
    "several carts are written together, or none",
  ],
  "takes tombstones for carts": [
    (d) => ({ ...d, commit: (writes, context) => {
      for (const [index, { address, precondition }] of writes.entries()) if (precondition === "absent" && d.load(address)?.ended) return { conflict: index, current: d.load(address) };
      return d.commit(writes, context);
    } }),
    "a tombstone is kept, and is no living cart",
  ],
  "drops tombstones": [(d) => ({ ...d, load: (...args) => (d.load(...args)?.ended ? null : d.load(...args)) }), "a tombstone is kept, and is no living cart"],
  "asks its own clock": [(d) => ({ ...d, commit: (writes) => d.commit(writes, { nowMs: Date.now() }) }), "a cart is absent from the moment that it expires, by the time of the call"],
  "asks its own clock when it reads": [(d) => ({ ...d, load: (...args) => { const slot = d.load(...args); return slot?.expiresAt && Date.parse(slot.expiresAt) <= Date.now() ? null : slot; } }), "the driver asks no clock of its own"],
  "knows no expiry": [(d) => ({ ...d, commit: (writes, context) => d.commit(writes, { ...context, nowMs: 0 }) }), "a cart is absent from the moment that it expires, by the time of the call"],
  "expires a moment late": [(d) => ({ ...d, commit: (writes, { nowMs }) => d.commit(writes, { nowMs: nowMs - 1 }) }), "a cart is absent from the moment that it expires, by the time of the call"],
  "folds cases": [(d) => named(d, (name) => name.toLowerCase()), "names are compared by their bytes"],
  "trims names": [(d) => named(d, (name) => name.trim()), "names are compared by their bytes"],
  "normalises names": [(d) => named(d, (name) => name.normalize()), "names are compared by their bytes"],
  "ends names at a NUL": [(d) => named(d, (name) => name.split("\0")[0]), "names are compared by their bytes"],
  "joins names with a colon": [(d) => joined(d, ":"), "names that share their letters and not their borders are different"],
  "joins names with a NUL": [(d) => joined(d, "\0"), "names that share their letters and not their borders are different"],
  "cuts long names": [(d) => named(d, (name) => [...name].slice(0, 200).join("")), "names may be as long as 255 code points of four bytes each"],
  "lists what ended": [(d, store) => ({ ...d, instances: (owner, identifier) => [...store.keys()].map((key) => JSON.parse(key)).filter(([o, i]) => o === owner && i === identifier).map(([, , name]) => name) }), "the living carts of an identifier are listed, and nobody else's"],
  "lists by beginning": [(d, store) => ({ ...d, instances: (_, identifier, { nowMs }) => [...store.keys()].map((key) => JSON.parse(key)).filter(([, i]) => i.startsWith(identifier)).flatMap(([owner, i, name]) => d.instances(owner, i, { nowMs }).filter((one) => one === name)) }), "the living carts of an identifier are listed, and nobody else's"],
  "cannot list and does not say so": [({ instances: _, ...d }) => d, "the living carts of an identifier are listed, and nobody else's"],
  "reads before it may write": [
    (d) => ({
      ...d,
      async commit(writes, context) {
        for (const [index, { address, precondition }] of writes.entries()) if (!holds(precondition, d.load(address), context.nowMs)) return { conflict: index, current: d.load(address) };
        await tick();
        return d.commit(writes.map((write) => ({ ...write, precondition: "any" })), context);
      },
    }),
    "of writers that race for the same state, one wins",
  ],
  "answers before it writes": [
    (d) => ({
      ...d,
      async commit(writes, context) {
        setTimeout(() => d.commit(writes, context), 3);
        return { done: true };
      },
    }),
    "an acknowledged write is seen by the next read, of every driver over the store",
  ],
  "reads an older state now and then": [
    (d) => {
      const old = new Map();
      let reads = 0;
      return { ...d, load(address) {
        const slot = d.load(address);
        const stale = old.get(keyOf(address)) ?? slot;
        old.set(keyOf(address), slot);
        return ++reads % 7 ? slot : stale;
      } };
    },
    "an acknowledged write is seen by the next read, of every driver over the store",
  ],
  "takes damaged data for none": [(d) => ({ ...d, load(address) { try { return d.load(address); } catch { return null; } } }), "what cannot be read is an error, and is not written over"],
  "repeats events": [(d, _, events) => ({ ...d, commit(writes, context) { const answer = d.commit(writes, context); if ("done" in answer) events.push(...writes.flatMap((write) => write.events)); return answer; } }), "the same event is kept once, in order, and only with its write"],
  "keeps events of what was refused": [(d, _, events) => ({ ...d, commit(writes, context) { for (const event of writes.flatMap((write) => write.events)) if (!events.some(({ id }) => id === event.id)) events.push(event); return d.commit(writes, context); } }), "the same event is kept once, in order, and only with its write"],
  "never tells": [(d) => ({ ...d, subscribe: () => () => {} }), "who subscribed is told of others' changes, until it stops"],
  "claims several carts where it has one": [(d) => ({ ...d, capabilities: { atomic: "cart" } }), "several carts are written together, or none"],
};
const named = (d, fold) => {
  const at = ({ owner, identifier, instance }) => ({ owner: fold(owner), identifier: fold(identifier), instance: fold(instance) });
  return { ...d, load: (address) => d.load(at(address)), commit: (writes, context) => d.commit(writes.map((write) => ({ ...write, address: at(write.address) })), context) };
};
const joined = (d, by) => {
  const at = ({ owner, identifier, instance }) => ({ owner: "", identifier: [owner, identifier, instance].join(by), instance: "x" });
  return { ...d, load: (address) => d.load(at(address)), commit: (writes, context) => d.commit(writes.map((write) => ({ ...write, address: at(write.address) })), context) };
};

describe("a driver that", () => {
  for (const [fault, [spoil, finder]] of Object.entries(FAULTS))
    test(`${fault} is found`, async () => {
      const store = new Map();
      const events = [];
      const faulty = spoil(referenceDriver(store), store, events);
      const options = { damage: (_, address) => void store.set(keyOf(address), "{"), ...(fault.includes("event") && { events: () => events }) };
      const found = [];
      for (const { name, run } of contract(() => faulty, options)) {
        store.clear();
        try {
          await run();
        } catch (error) {
          found.push(`${name}: ${error.message}`);
        }
      }
      assert.ok(found.some((text) => text.startsWith(`driver: ${finder}: `)), `not by its case, but by: ${found.join("\n")}`);
    });
});
