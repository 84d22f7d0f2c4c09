// Several tabs of one visitor, with the cart on this device or on the server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cuts, seeded } from "./cuts.mjs";
import { host } from "./host.mjs";
import { adds, browser, drawer, files, open, ready, seen, signIn } from "./shop.mjs";

let chrome;
before(async () => { chrome = await browser(); });
after(() => chrome?.close());

/** Clicks as fast as a page can, without waiting for anything; says how often it clicked what. */
const hammer = (page, names, pauses = names.map(() => 0)) =>
  page.evaluate(async ([names, pauses]) => {
    const buttons = new Map([...document.querySelectorAll(".product")].map((card) => [card.querySelector("h3").textContent, card.querySelector(".add")]));
    for (const [i, name] of names.entries()) {
      buttons.get(name).click();
      await new Promise((later) => setTimeout(later, pauses[i]));
    }
  }, [names, pauses]);

const FREE = ["Enamel mug", "Field notebook", "Beeswax candle", "Steel bottle", "Drawing pencils", "Canvas tote"];

/** How many pieces of what these clicks ask for. */
const counted = (...lists) => {
  const sums = {};
  for (const name of lists.flat()) sums[name] = (sums[name] ?? 0) + 1;
  return sums;
};
const sorted = (lines) => Object.fromEntries(Object.entries(lines).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Waits until the page shows these lines; fails with what it shows instead. */
async function shows(page, lines, timeout = 15_000) {
  const until = Date.now() + timeout;
  let last;
  do {
    last = sorted((await seen(page)).lines);
    if (JSON.stringify(last) === JSON.stringify(sorted(lines))) return;
    await new Promise((later) => setTimeout(later, 50));
  } while (Date.now() < until);
  assert.deepEqual(last, sorted(lines));
}

test("two tabs on localStorage add at once: nothing is lost, and both show all of it", async () => {
  const server = await files();
  const visitor = await chrome.visitor();
  const one = await open(visitor, server.url);
  await adds(one, "Enamel mug").click();
  await drawer(one);
  await one.getByLabel("Keep my cart on this device").check();
  const two = await open(visitor, server.url);
  await shows(two, { "Enamel mug": 1 });
  await one.keyboard.press("Escape");

  const random = seeded(4);
  const clicks = () => Array.from({ length: 60 }, () => FREE[Math.floor(random() * FREE.length)]);
  const [first, second] = [clicks(), clicks()];
  await Promise.all([hammer(one, first), hammer(two, second)]);
  const all = counted(["Enamel mug"], first, second);
  for (const page of [one, two]) await shows(page, all);

  await adds(two, "Canvas tote").click();
  await shows(one, counted(["Enamel mug", "Canvas tote"], first, second));
  const { total } = await seen(one);
  assert.equal((await seen(two)).total, total);
  // It outlives every tab.
  await one.close();
  await two.close();
  const later = await open(visitor, server.url);
  await shows(later, counted(["Enamel mug", "Canvas tote"], first, second));
  assert.equal((await seen(later)).total, total);
  assert.deepEqual([...one.wrong, ...two.wrong, ...later.wrong], []);
  await visitor.close();
  await server.close();
});

test("offline a signed-in visitor goes on; online again everything arrives once", async () => {
  const server = await host();
  const visitor = await chrome.visitor();
  // The network's own errors are logged by the browser; nothing else may be.
  const page = await open(visitor, server.url, { expected: /ERR_INTERNET_DISCONNECTED/ });
  await signIn(page, "grace");
  await adds(page, "Enamel mug").click();
  await page.waitForFunction(() => document.querySelector("#top-state").textContent === "");

  await visitor.setOffline(true);
  await adds(page, "Enamel mug").click();
  await adds(page, "Field notebook").click();
  await page.waitForFunction(() => /Offline/.test(document.querySelector("#top-state").textContent));
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 2, "Field notebook": 1 });
  await drawer(page);
  // 2 × 14.50 + 9.50 + 4.90: exact without any server.
  assert.equal((await seen(page)).total, "€43.40");
  assert.deepEqual((await server.cart("grace")).items.map(({ quantity }) => quantity), [1]);

  await visitor.setOffline(false);
  await page.waitForFunction(() => document.querySelector("#top-state").textContent === "", undefined, { timeout: 20_000 });
  const cart = await server.cart("grace");
  assert.deepEqual(cart.items.map(({ name, quantity }) => [name, quantity]), [["Enamel mug", 2], ["Field notebook", 1]]);
  assert.equal(cart.totals.total, 4340);
  assert.equal((await seen(page)).total, "€43.40");
  assert.deepEqual(page.wrong, []);
  await visitor.close();
  await server.close();
});

test("two tabs and a server with random cuts in between: no add is lost, none is doubled, all agree", async (t) => {
  const seed = Number(process.env.SEED ?? 20_261_121);
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const server = await host();
  const wire = await cuts(server.url);
  const visitor = await chrome.visitor();
  const expected = /ERR_(EMPTY_RESPONSE|CONNECTION_(RESET|CLOSED|REFUSED)|INCOMPLETE|FAILED)/;
  const pages = [await open(visitor, wire.url, { expected }), await open(visitor, wire.url, { expected })];
  for (const page of pages) await signIn(page, "mary");

  wire.fate = () => {
    const at = random();
    return at < 0.15 ? "before" : at < 0.35 ? "after" : "pass";
  };
  const clicks = pages.map(() => Array.from({ length: 40 }, () => FREE[Math.floor(random() * FREE.length)]));
  const pauses = pages.map(() => Array.from({ length: 40 }, () => Math.floor(random() * 60)));
  await Promise.all(pages.map((page, i) => hammer(page, clicks[i], pauses[i])));
  // It goes on being bad for a while, then it is good.
  await new Promise((later) => setTimeout(later, 2000));
  wire.fate = () => "pass";

  const all = counted(...clicks);
  for (const page of pages) {
    await page.waitForFunction(() => document.querySelector("#top-state").textContent === "", undefined, { timeout: 30_000 });
  }
  for (const page of pages) await shows(page, all);
  const cart = await server.cart("mary");
  assert.deepEqual(sorted(Object.fromEntries(cart.items.map(({ name, quantity }) => [name, quantity]))), sorted(all));
  const total = `€${new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2 }).format(cart.totals.total / 100)}`;
  for (const page of pages) assert.equal((await seen(page)).total, total);
  t.diagnostic(`cut before: ${wire.cut.before}, after: ${wire.cut.after}, passed: ${wire.passed}`);
  assert.ok(wire.cut.before > 3 && wire.cut.after > 3, "the wire broke often enough to mean something");
  assert.deepEqual(pages.flatMap((page) => page.wrong), []);
  await visitor.close();
  await wire.close();
  await server.close();
});

test("a page that is reloaded while its changes wait takes them up again, each once", async () => {
  const server = await host();
  const wire = await cuts(server.url);
  const visitor = await chrome.visitor();
  const page = await open(visitor, wire.url, { expected: /ERR_(EMPTY_RESPONSE|CONNECTION_(RESET|CLOSED|REFUSED)|FAILED)/ });
  await signIn(page, "radia");
  // The server does everything and its answers are lost: the worst that can happen to a counter.
  wire.fate = () => "after";
  const clicks = ["Enamel mug", "Canvas tote", "Enamel mug", "Field notebook", "Enamel mug"];
  await hammer(page, clicks);
  await page.waitForFunction(() => document.querySelector("#top-state").textContent !== "");
  await page.reload();
  await ready(page);
  await shows(page, counted(clicks));
  wire.fate = () => "pass";
  await page.waitForFunction(() => document.querySelector("#top-state").textContent === "", undefined, { timeout: 40_000 });
  await shows(page, counted(clicks));
  const { items } = await server.cart("radia");
  assert.deepEqual(sorted(Object.fromEntries(items.map(({ name, quantity }) => [name, quantity]))), sorted(counted(clicks)));
  assert.ok(wire.cut.after > 0);
  assert.deepEqual(page.wrong, []);
  await visitor.close();
  await wire.close();
  await server.close();
});
