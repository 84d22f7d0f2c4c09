// Names that are traps: ids that JavaScript's objects have themselves, and names that would be HTML.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { host } from "./host.mjs";
import { browser, drawer, files, open, ready, signIn } from "./shop.mjs";

const NAMES = ['<img src=x onerror="globalThis.pwned = 1">', "</h3><script>globalThis.pwned = 1</script>", "{{constructor}} ${globalThis.pwned = 1}", "\u202Etxet"];
const IDS = ["__proto__", "constructor", "toString", "hasOwnProperty"];
const PRODUCTS = IDS.map((id, i) => ({ id, name: NAMES[i], price: 100 * (i + 1), drawing: "mug", category: "kitchen" }));

let chrome;
before(async () => { chrome = await browser(); });
after(() => chrome?.close());

for (const [name, start, user] of [["static files", files], ["pushcart serve, as a guest", host], ["pushcart serve, signed in", host, "<b>eve</b>/../default"]]) {
  describe(name, () => {
    let server;
    before(async () => { server = await start(); });
    after(() => server?.close());

    test("ids like __proto__ are ids, and names are text", async () => {
      const visitor = await chrome.visitor();
      const page = await open(visitor, server.url, { before: (page) => page.route("**/products.json", (route) => route.fulfill({ json: PRODUCTS })) });
      if (user) await signIn(page, user);
      for (const i of [0, 1, 2, 3, 1]) await page.locator(".add").nth(i).click();
      await page.locator(".heart").nth(2).click();
      await drawer(page);
      const lines = () => page.evaluate(() => [...document.querySelectorAll("#cart-lines .line")].map((line) => [line.querySelector("h3").textContent, line.querySelector("input").value]));
      assert.deepEqual(await lines(), NAMES.map((name, i) => [name, i === 1 ? "2" : "1"]));
      assert.equal(await page.locator("#grand-total").textContent(), "€16.90");

      await page.locator("#cart-lines .line").nth(0).getByRole("button", { name: "Remove" }).click();
      assert.deepEqual((await lines()).map(([name]) => name), NAMES.slice(1));
      await page.getByRole("button", { name: "Undo" }).click();
      await page.locator("#cart-lines .line").nth(3).waitFor();
      assert.deepEqual((await lines()).map(([name]) => name), [...NAMES.slice(1), NAMES[0]]);
      await page.locator("#cart-lines .line").nth(0).getByRole("button", { name: "Save for later" }).click();
      await page.locator("#wishlist-lines .line").nth(1).waitFor({ state: "attached" });
      assert.deepEqual(await page.locator("#wishlist-lines h3").allTextContents(), [NAMES[2], NAMES[1]]);

      await page.waitForFunction(() => document.querySelector("#top-state").textContent === "");
      const before = await lines();
      await page.reload();
      await ready(page);
      assert.deepEqual(await lines(), before);
      assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
      assert.equal(await page.evaluate(() => Object.keys(Object.prototype).length + Number("price" in {}) + Number({}.name !== undefined)), 0, "nobody else has a price now");
      assert.equal(await page.locator("#cart-lines script, #cart-lines img[onerror], h3 *").count(), 0);
      if (user) assert.equal(await page.locator("#account-name").textContent(), user);
      assert.deepEqual(page.wrong, []);
      await visitor.close();
    });
  });
}
