// A visit to the shop, on a server of nothing but files and on the real one: everything that a visitor can do, by
// what the page then shows.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { host } from "./host.mjs";
import { adds, browser, drawer, files, open, ready, seen, signIn } from "./shop.mjs";

let chrome;
before(async () => { chrome = await browser(); });
after(() => chrome?.close());

for (const [name, start] of [["static files", files], ["pushcart serve", host]]) {
  describe(name, () => {
    let server;
    before(async () => { server = await start(); });
    after(() => server?.close());

    test("from the first look to the order", async () => {
      const visitor = await chrome.visitor();
      const page = await open(visitor, server.url);
      assert.equal(await page.locator(".product").count(), 12);
      await adds(page, "Enamel mug").click();
      assert.match(await page.locator("#toasts").textContent(), /Enamel mug added, total €19\.40/);
      await adds(page, "Cotton T-shirt").click();
      await page.getByRole("button", { name: "View cart" }).click();
      assert.deepEqual((await seen(page)).lines, { "Enamel mug": 1, "Cotton T-shirt, M": 1 });

      // 14.50 + 29.00 + 4.90 delivery, taxes contained: 48.40 × 19 / 119 = 7.7277…
      const totals = page.locator("#totals");
      assert.equal((await seen(page)).total, "€48.40");
      assert.match(await totals.innerText(), /of which VAT 19%\s+€7\.73/);

      await page.getByRole("group", { name: "Quantity of Enamel mug" }).getByRole("button", { name: "One more" }).click();
      assert.equal((await seen(page)).total, "€62.90");
      assert.match(await page.locator("#free").innerText(), /€2\.00 more, and standard delivery is free/);
      await page.getByRole("textbox", { name: "Quantity of Enamel mug" }).fill("3");
      await page.keyboard.press("Enter");
      assert.equal((await seen(page)).total, "€72.50");
      assert.match(await page.locator("#free").innerText(), /Standard delivery is free/);

      await page.getByLabel("Coupon", { exact: true }).fill("welcome11");
      await page.keyboard.press("Enter");
      assert.match(await page.locator("#coupon-error").innerText(), /no coupon “welcome11”/);
      assert.equal(await page.locator("#coupon").getAttribute("aria-invalid"), "true");
      await page.getByLabel("Coupon", { exact: true }).fill("welcome10");
      await page.keyboard.press("Enter");
      assert.equal((await seen(page)).total, "€65.25");
      await page.getByLabel("Coupon", { exact: true }).fill("TENNER");
      await page.keyboard.press("Enter");
      // The better of two coupons counts, and the other one says why it does not.
      assert.equal((await seen(page)).total, "€62.50");
      assert.match(await page.locator("#coupons").innerText(), /WELCOME10: another coupon saves more/);
      await page.getByRole("button", { name: "Remove coupon TENNER" }).click();
      assert.equal((await seen(page)).total, "€65.25");

      await page.getByText("Why this price?").click();
      await page.locator("#steps", { hasText: "Goods" }).waitFor();
      const steps = await page.locator("#steps").innerText();
      assert.match(steps, /Goods\s+€72\.50/);
      assert.match(steps, /WELCOME10\s+-€7\.25\s+-10% of 72\.50 is -7\.25/);
      assert.match(steps, /Free delivery\s+-€4\.90/);
      assert.match(steps, /Total\s+€65\.25/);

      await page.getByLabel("Deliver to").selectOption("US-NY");
      // Not free below 150: 65.25 + 14.90 = 80.15, tax 8.875 % = 7.1133…
      assert.equal((await seen(page)).total, "€87.26");
      assert.match(await totals.innerText(), /Sales tax 8\.875%\s+€7\.11/);
      await page.getByLabel("Deliver to").selectOption("CA-QC");
      // GST 5 % of 80.15 = 4.01; QST 9.975 % of 84.16 = 8.39
      assert.match(await totals.innerText(), /GST 5%\s+€4\.01\s+QST 9\.975%\s+€8\.39/);
      assert.equal((await seen(page)).total, "€92.55");
      await page.getByLabel("Deliver to").selectOption("DE");
      await page.getByLabel("Express").check();
      assert.equal((await seen(page)).total, "€75.15");

      await page.getByRole("button", { name: "Save for later: Cotton T-shirt, M" }).click();
      assert.deepEqual((await seen(page)).wishes, ["Cotton T-shirt, M"]);
      await page.getByRole("tab", { name: /Wishlist/ }).click();
      await page.getByRole("button", { name: "Move to cart: Cotton T-shirt, M" }).click();
      assert.deepEqual((await seen(page)).wishes, []);
      assert.equal((await seen(page)).total, "€75.15");

      await page.getByRole("tab", { name: /Cart/ }).click();
      await page.getByRole("button", { name: "Check out" }).click();
      assert.match(await page.locator("#thanks").innerText(), /Order A-\w+ over €75\.15/);
      assert.equal(await page.evaluate(() => document.activeElement.id), "thanks-title");
      assert.equal((await seen(page)).count, 0);
      await page.getByRole("button", { name: "Go on shopping" }).click();
      await adds(page, "Field notebook").click();
      assert.deepEqual((await seen(page)).lines, { "Field notebook": 1 });
      assert.equal((await seen(page)).total, "€19.40", "what was chosen holds for the next order");
      assert.deepEqual(page.wrong, []);
      await visitor.close();
    });

    test("what the shop will not sell it says, and nothing changes", async () => {
      const visitor = await chrome.visitor();
      const page = await open(visitor, server.url);
      for (let i = 0; i < 3; i += 1) await adds(page, "Wool blanket").click();
      assert.match(await page.locator("#toasts").textContent(), /Wool blanket: Only 2 left in stock\./);
      for (let i = 0; i < 3; i += 1) await adds(page, "Folding lantern").click();
      assert.match(await page.locator("#toasts").textContent(), /Folding lantern: At most 2 in one order\./);
      await adds(page, "Olive soap").click();
      await drawer(page);
      assert.deepEqual((await seen(page)).lines, { "Wool blanket": 2, "Folding lantern": 2, "Olive soap": 2 });
      const quantity = (of) => page.getByRole("textbox", { name: `Quantity of ${of}` });
      await quantity("Olive soap").fill("3");
      await quantity("Olive soap").press("Enter");
      const line = page.locator(".line", { hasText: "Olive soap" });
      assert.equal(await line.locator(".error").innerText(), "Sold in pairs.");
      assert.equal(await quantity("Olive soap").inputValue(), "2");
      await page.getByRole("group", { name: "Quantity of Olive soap" }).getByRole("button", { name: "One more" }).click();
      assert.equal(await line.locator(".error").innerText(), "");
      assert.equal((await seen(page)).lines["Olive soap"], 4);
      await quantity("Wool blanket").fill("99");
      await quantity("Wool blanket").press("Enter");
      assert.equal((await seen(page)).lines["Wool blanket"], 2);
      await quantity("Wool blanket").fill("many");
      await quantity("Wool blanket").press("Enter");
      assert.equal((await seen(page)).lines["Wool blanket"], 2);
      assert.deepEqual(page.wrong, []);
      await visitor.close();
    });

    test("what was removed comes back, the last line with all that hung on it", async () => {
      const visitor = await chrome.visitor();
      const page = await open(visitor, server.url);
      await adds(page, "Bread, mostly").click();
      await drawer(page);
      await page.getByLabel("Coupon", { exact: true }).fill("books20");
      await page.keyboard.press("Enter");
      await page.getByLabel("Express").check();
      const { total } = await seen(page);
      assert.equal(total, "€32.30");
      await page.getByRole("button", { name: "Remove: Bread, mostly" }).click();
      assert.equal(await page.locator("#cart-empty").isVisible(), true);
      assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Undo: Bread, mostly");
      await page.keyboard.press("Enter");
      await page.locator(".line", { hasText: "Bread, mostly" }).waitFor();
      assert.equal((await seen(page)).total, total);
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Bread, mostly");
      assert.deepEqual(page.wrong, []);
      await visitor.close();
    });

    test("a reload keeps the cart, a new tab begins with an empty one, back and forward lose nothing", async () => {
      const visitor = await chrome.visitor();
      const page = await open(visitor, server.url);
      await adds(page, "Enamel mug").click();
      await page.getByRole("button", { name: "Wishlist: Canvas tote" }).click();
      const before = await seen(page);
      await page.reload();
      await ready(page);
      assert.deepEqual(await seen(page), before);

      const other = await open(visitor, server.url);
      assert.deepEqual(await seen(other), { ...before, lines: {}, count: 0, wishes: [], total: (await seen(other)).total });
      await adds(other, "Drawing pencils").click();
      assert.deepEqual((await seen(page)).lines, { "Enamel mug": 1 });

      await page.goto("about:blank");
      await page.goBack();
      await ready(page);
      assert.deepEqual(await seen(page), before);
      await adds(page, "Enamel mug").click();
      await page.goForward();
      await page.goBack();
      await ready(page);
      assert.deepEqual((await seen(page)).lines, { "Enamel mug": 2 });
      assert.deepEqual([...page.wrong, ...other.wrong], []);
      await visitor.close();
    });
  });
}

test("as static files the shop says kindly that nobody can sign in", async () => {
  const server = await files();
  const visitor = await chrome.visitor();
  const page = await open(visitor, server.url);
  await page.locator("#open-account").click();
  assert.match(await page.locator("#account").innerText(), /static files alone/);
  assert.equal(await page.locator("#account-do").isVisible(), false);
  assert.deepEqual(page.wrong, []);
  await visitor.close();
  await server.close();
});

test("who signs in finds the cart in every browser, and the guest's joins it once", async () => {
  const server = await host();
  const visitor = await chrome.visitor();
  const page = await open(visitor, server.url);
  await adds(page, "Enamel mug").click();
  await page.getByRole("button", { name: "Wishlist: Canvas tote" }).click();
  await signIn(page, "ada");
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 1 });
  await adds(page, "Enamel mug").click();
  await page.waitForFunction(() => document.querySelector("#top-state").textContent === "");
  assert.deepEqual((await server.cart("ada")).items.map(({ id, quantity }) => [id, quantity]), [["mug", 2]]);
  await page.reload();
  await ready(page);
  assert.deepEqual((await seen(page)).lines, { "Enamel mug": 2 });
  assert.equal(await page.locator("#account-name").innerText(), "ada");

  const elsewhere = await chrome.visitor();
  const other = await open(elsewhere, server.url);
  await adds(other, "Field notebook").click();
  await signIn(other, "ada");
  assert.deepEqual((await seen(other)).lines, { "Enamel mug": 2, "Field notebook": 1 });
  assert.deepEqual((await seen(other)).wishes, ["Canvas tote"]);
  const { totals } = await server.cart("ada");
  assert.equal((await seen(other)).total, `€${(totals.total / 100).toFixed(2)}`);

  await other.locator("#open-account").click();
  await other.locator("#account-do").click();
  await other.locator("#account").waitFor({ state: "hidden" });
  assert.equal((await seen(other)).count, 0);
  assert.equal((await server.cart("ada")).items.length, 2);
  assert.deepEqual([...page.wrong, ...other.wrong], []);
  await visitor.close();
  await elsewhere.close();
  await server.close();
});
