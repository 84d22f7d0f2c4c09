// The drivers of Web storage in Chromium, on bare pages that import the package's sources: what a model of a browser
// (pkg/test/local.test.js) says must be true of the browser itself.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "../chromium.mjs";
import { POLICY, serve } from "../serve.mjs";

const pkg = new URL("../../../pkg/", import.meta.url).pathname;
let browser;
let site;
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "pushcart-pages-"));
  for (const part of ["src", "wasm"]) await cp(join(pkg, part), join(folder, part), { recursive: true });
  for (const name of ["one", "two"]) await writeFile(join(folder, `${name}.html`), `<!doctype html><title>${name}</title><script type="module" src="page.js"></script>`);
  await writeFile(join(folder, "page.js"), 'import * as pushcart from "./src/browser.js";\nglobalThis.pushcart = pushcart;\nglobalThis.item = (id, quantity = 1) => ({ id, name: id, price: 100, quantity });\n');
  site = await serve(folder, { policy: `${POLICY}; frame-src 'self'` });
  browser = await chromium();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A page with a cart, `cart`, over a driver that is made there. */
async function open(context, driver, path = "one.html") {
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(site.url + path);
  await cartIn(page, driver);
  return page;
}
async function cartIn(page, driver) {
  await page.waitForFunction(() => globalThis.pushcart);
  await page.evaluate(async (driver) => (globalThis.cart = await pushcart.createCart({ currency: "EUR", driver: new Function(`return pushcart.${driver}`)() })), driver);
}

test("sessionStorage: written at once, there after a reload, and in no other tab", async () => {
  // The page's policy forbids what `new Function` needs, so the driver is named, not written.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await open(context, "sessionDriver()");
  assert.deepEqual(await page.evaluate(() => [cart.add(item("a", 2)), cart.total, Object.keys(JSON.parse(sessionStorage.cart))]), [2, 200, ["default"]]);
  await page.reload();
  await cartIn(page, "sessionDriver()");
  assert.deepEqual(await page.evaluate(() => [cart.total, cart.status]), [200, "ready"]);
  const other = await open(context, "sessionDriver()");
  assert.deepEqual(await other.evaluate(() => [cart.exists, cart.instances()]), [false, []]);
  await context.close();
});

test("sessionStorage: a page that comes back, and the page around a frame, see what was done meanwhile", async () => {
  const context = await browser.newContext({ bypassCSP: true });
  const page = await open(context, "sessionDriver()");
  await page.evaluate(() => {
    cart.add(item("a"));
    globalThis.calls = 0;
    cart.subscribe(() => calls++);
    const frame = document.createElement("iframe");
    frame.src = "two.html";
    document.body.append(frame);
    return new Promise((done) => (frame.onload = done));
  });
  const frame = page.frames()[1];
  await cartIn(frame, "sessionDriver()");
  assert.equal(await frame.evaluate(() => cart.increase("a", 4)), 5);
  await page.waitForFunction(() => cart.quantity === 5 && calls === 1);
  // As the page finds it that comes back from the browser's own keeping: no event told it.
  await page.evaluate(() => {
    cart.increase("a");
    const kept = sessionStorage.cart;
    cart.increase("a");
    sessionStorage.cart = kept;
    window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  assert.equal(await page.evaluate(() => cart.quantity), 6);
  await context.close();
});

test("sessionStorage: full and foreign are told by their reasons, and nothing is overwritten", async () => {
  const context = await browser.newContext({ bypassCSP: true });
  const page = await open(context, "sessionDriver()");
  const said = await page.evaluate(async () => {
    const heard = [];
    cart.on("storage", ({ ok, reason }) => heard.push(reason ?? ok));
    cart.add(item("a"));
    let size = 2 ** 22;
    for (let n = 0; size > 1; ) {
      try {
        sessionStorage.setItem(`fill${n++}`, "x".repeat(size));
      } catch {
        size >>= 1;
      }
    }
    const before = sessionStorage.cart;
    for (let n = 0; n < 3; n++) cart.add({ ...item(`b${n}`), attributes: { text: "y".repeat(500) } });
    const kept = sessionStorage.cart === before;
    const lines = cart.lines;
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("fill")) sessionStorage.removeItem(key);
    cart.add(item("c"));
    return { heard, kept, lines, stored: JSON.parse(sessionStorage.cart).default.items.length };
  });
  assert.deepEqual(said, { heard: ["quota_exceeded", true], kept: true, lines: 4, stored: 5 });
  await page.evaluate(() => (sessionStorage.cart = '["theme"]'));
  await page.reload();
  await cartIn(page, "sessionDriver()");
  assert.deepEqual(await page.evaluate(() => [cart.add(item("a")), cart.trouble.reason, cart.status, sessionStorage.cart]), [1, "foreign", "unsaved", '["theme"]']);
  await context.close();
});

test("localStorage: tabs that add at once, over and over, lose nothing and double nothing", async () => {
  const context = await browser.newContext({ bypassCSP: true });
  const tabs = [];
  for (let n = 0; n < 3; n++) tabs.push(await open(context, "localDriver()"));
  const rounds = 60;
  await Promise.all(
    tabs.map((tab, n) =>
      tab.evaluate(
        async ([n, rounds]) => {
          for (let round = 0; round < rounds; round++) {
            cart.add(item("shared"));
            cart.add(item(`own-${n}`, 2));
            if (round % 3 === n) await new Promise((done) => setTimeout(done, Math.random() * 4));
          }
        },
        [n, rounds],
      ),
    ),
  );
  const expected = [["own-0", 2 * rounds], ["own-1", 2 * rounds], ["own-2", 2 * rounds], ["shared", 3 * rounds]];
  for (const tab of tabs)
    await tab.waitForFunction((expected) => JSON.stringify(cart.items.map(({ id, quantity }) => [id, quantity]).sort()) === expected, JSON.stringify(expected));
  const texts = await Promise.all(tabs.map((tab) => tab.evaluate(() => localStorage.cart)));
  assert.equal(new Set(texts).size, 1);
  await tabs[0].close();
  const late = await open(context, "localDriver()");
  assert.deepEqual(await late.evaluate(() => cart.items.map(({ id, quantity }) => [id, quantity]).sort()), expected);
  await context.close();
});

test("localStorage: open tabs follow within a moment, and a tab that is closed in the act has added", async () => {
  const context = await browser.newContext({ bypassCSP: true });
  const [one, two] = [await open(context, "localDriver()"), await open(context, "localDriver()")];
  await two.evaluate(() => {
    globalThis.calls = 0;
    cart.subscribe(() => calls++);
  });
  await one.evaluate(() => cart.add(item("a")));
  await two.waitForFunction(() => cart.quantity === 1 && calls === 1, undefined, { timeout: 2000 });
  await Promise.all([one.evaluate(() => void cart.increase("a")).then(() => one.close()), two.evaluate(() => void cart.increase("a", 10))]);
  await two.waitForFunction(() => cart.quantity === 12);
  await context.close();
});

test("an encrypted cart is read by who has the key, and left alone by who has not", async () => {
  const context = await browser.newContext({ bypassCSP: true });
  const page = await open(context, "memoryDriver()");
  const said = await page.evaluate(async () => {
    const codecOf = (key) => ({
      async encode(text) {
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const bytes = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(text)));
        return btoa(String.fromCharCode(...iv, ...bytes));
      },
      async decode(text) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, key, bytes.slice(12)));
      },
    });
    const newKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const codec = codecOf(await newKey());
    const mine = await pushcart.createCart({ driver: pushcart.sessionDriver({ codec }) });
    for (let n = 0; n < 20; n++) mine.add({ ...item("secret"), name: "Secret" });
    await mine.saved();
    const again = await pushcart.createCart({ driver: pushcart.sessionDriver({ codec }) });
    const stranger = await pushcart.createCart({ driver: pushcart.sessionDriver({ codec: codecOf(await newKey()) }) });
    return [again.quantity, sessionStorage.cart.includes("ecret"), stranger.quantity, stranger.trouble.reason];
  });
  assert.deepEqual(said, [20, false, 0, "unreadable"]);
  await context.close();
});
