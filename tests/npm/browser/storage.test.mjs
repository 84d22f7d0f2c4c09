// A browser that will not store, or has stored something else: the cart lives on and the page says how long.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromiumWith } from "../chromium.mjs";
import { adds, browser, drawer, files, open, ready, seen } from "./shop.mjs";

let chrome, server;
before(async () => { [chrome, server] = [await browser(), await files()]; });
after(async () => {
  await chrome?.close();
  await server?.close();
});

const notices = (page) => page.locator("#notices").innerText();

/** Uses up every last character that sessionStorage has left. */
const fill = () => {
  for (let size = 4 << 20, i = 0; size >= 1; ) {
    try {
      sessionStorage.setItem(`filling ${i}`, "x".repeat(size));
      i += 1;
    } catch {
      size >>= 1;
    }
  }
};

test("storage is full: said once, the cart lives on, and is stored when there is room again", async () => {
  const visitor = await chrome.visitor();
  const page = await open(visitor, server.url);
  await adds(page, "Enamel mug").click();
  await page.evaluate(fill);
  await adds(page, "Drawing pencils").click();
  await adds(page, "Drawing pencils").click();
  assert.match(await notices(page), /storage is full/);
  assert.equal(await page.locator(".notice").count(), 1);
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 1, "Drawing pencils": 2 });

  await page.evaluate(() => { for (const key of Object.keys(sessionStorage)) if (key.startsWith("filling")) sessionStorage.removeItem(key); });
  await adds(page, "Field notebook").click();
  assert.equal(await page.locator(".notice").count(), 0, "what is over is not complained about");
  const before = await seen(page);
  await page.reload();
  await ready(page);
  assert.deepEqual(await seen(page), before);
  assert.deepEqual(page.wrong, []);
  await visitor.close();
});

test("what was stored before storage was full is still there, whole, after a reload", async () => {
  const visitor = await chrome.visitor();
  const page = await open(visitor, server.url);
  await adds(page, "Enamel mug").click();
  await page.evaluate(fill);
  await adds(page, "Drawing pencils").click();
  await page.reload();
  await ready(page);
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 1 });
  assert.deepEqual(page.wrong, []);
  await visitor.close();
});

test("storage is forbidden by the browser itself: the cart lives as long as the page", async () => {
  const profile = mkdtempSync(join(tmpdir(), "pushcart-profile-"));
  mkdirSync(join(profile, "Default"));
  // What "block all cookies" in the settings writes: it takes Web storage along.
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }));
  const visitor = await chromiumWith(profile);
  const page = await open(visitor, server.url);
  assert.equal(await page.evaluate(() => { try { return typeof sessionStorage; } catch (error) { return error.name; } }), "SecurityError");
  assert.match(await notices(page), /does not let the shop store anything/);
  await adds(page, "Enamel mug").click();
  await adds(page, "Enamel mug").click();
  await drawer(page);
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 2 });
  assert.equal((await seen(page)).total, "€33.90");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Close this notice" }).click();
  assert.equal(await page.locator(".notice").count(), 0);
  await page.reload();
  await ready(page);
  assert.equal((await seen(page)).count, 0);
  assert.deepEqual(page.wrong, []);
  await visitor.close();
  rmSync(profile, { recursive: true, force: true });
});

for (const [what, stored] of [["no JSON", "hello"], ["another program's JSON", '{"theme":"dark","zoom":3}'], ["a list", "[1,2]"]]) {
  test(`${what} stands under the cart's key: it is left as it is, and said`, async () => {
    const visitor = await chrome.visitor();
    const page = await open(visitor, server.url, { before: (page) => page.addInitScript((stored) => { sessionStorage.cart ??= stored; }, stored) });
    assert.match(await notices(page), /not a cart that can be read/);
    await adds(page, "Enamel mug").click();
    assert.deepEqual((await seen(page)).lines, { "Enamel mug": 1 });
    assert.equal(await page.evaluate(() => sessionStorage.cart), stored);
    assert.deepEqual(page.wrong, []);
    await visitor.close();
  });
}

test("a cart of the older format is taken over", async () => {
  const visitor = await chrome.visitor();
  const older = JSON.stringify({ default: { items: { mug: { id: "mug", name: "Enamel mug", price: 1450, quantity: 3 } }, conditions: [], metadata: {} } });
  const page = await open(visitor, server.url, { before: (page) => page.addInitScript((stored) => { sessionStorage.cart ??= stored; }, older) });
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 3 });
  await adds(page, "Enamel mug").click();
  await page.reload();
  await ready(page);
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 4 });
  assert.deepEqual(page.wrong, []);
  await visitor.close();
});
