// The shop for everybody: with a keyboard alone, with a screen reader, on a narrow screen, in light and dark, and
// under its content security policy.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import axe from "axe-core";
import { host } from "./host.mjs";
import { adds, browser, drawer, files, open, ready, seen } from "./shop.mjs";

let chrome, server;
before(async () => { [chrome, server] = [await browser(), await files()]; });
after(async () => {
  await chrome?.close();
  await server?.close();
});

/** What axe finds, in a line each. */
async function violations(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary?.replace(/\s+/g, " ")}`));
}

/** Pictures of every state, for people to look at: SHOTS=FOLDER. */
async function shot(page, name) {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
}

for (const width of [320, 375, 1280]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing, and nothing is cut off or moves: ${width} px, ${colorScheme}`, async () => {
      const visitor = await chrome.visitor({ viewport: { width, height: width < 500 ? 720 : 900 }, colorScheme, reducedMotion: "reduce" });
      const page = await open(visitor, server.url, {
        before: (page) => page.addInitScript(() => {
          globalThis.moved = 0;
          new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.moved += entry.value; }).observe({ type: "layout-shift", buffered: true });
        }),
      });
      const look = async (state) => {
        await shot(page, `${width}-${colorScheme}-${state}`);
        assert.deepEqual(await violations(page), [], state);
        const cut = await page.evaluate(() => {
          const places = [document.documentElement, ...document.querySelectorAll("dialog[open], dialog[open] .panel:not([hidden])")];
          return places.filter((place) => place.scrollWidth > place.clientWidth).map((place) => `${place.tagName}#${place.id}`);
        });
        assert.deepEqual(cut, [], `${state}: wider than the screen`);
      };
      await look("page");
      await drawer(page);
      await look("empty");
      await page.getByRole("tab", { name: /Wishlist/ }).click();
      await look("no wishes");
      await page.keyboard.press("Escape");
      for (const name of ["Enamel mug", "Cotton T-shirt", "Knots, a field guide", "Wool blanket"]) await adds(page, name).click();
      await page.getByRole("button", { name: "Wishlist: Folding lantern" }).click();
      await look("added");
      const moved = await page.evaluate(() => globalThis.moved);
      assert.ok(moved < 0.02, `what was on the screen moved by ${moved}`);
      await drawer(page);
      await page.getByLabel("Coupon", { exact: true }).fill("WELCOME10");
      await page.keyboard.press("Enter");
      await page.getByLabel("Coupon", { exact: true }).fill("TENNER");
      await page.keyboard.press("Enter");
      await page.getByLabel("Coupon", { exact: true }).fill("NONSENSE");
      await page.keyboard.press("Enter");
      await page.getByLabel("Deliver to").selectOption("CA-QC");
      await page.getByRole("textbox", { name: "Quantity of Wool blanket" }).fill("9");
      await page.keyboard.press("Tab");
      await page.getByRole("button", { name: "Remove: Cotton T-shirt, M" }).click();
      await page.locator("#panel-cart").evaluate((panel) => { panel.scrollTop = 0; });
      await look("cart");
      await page.getByText("Why this price?").click();
      await page.locator("#panel-cart").evaluate((panel) => { panel.scrollTop = 500; });
      await look("choices");
      await page.locator("#panel-cart").evaluate((panel) => { panel.scrollTop = panel.scrollHeight; });
      await look("why");
      await page.getByRole("tab", { name: /Wishlist/ }).click();
      await look("wishes");
      await page.getByRole("tab", { name: /Cart/ }).click();
      await page.getByRole("button", { name: "Check out" }).click();
      await look("thanks");
      await page.keyboard.press("Escape");
      await page.locator("#open-account").click();
      await look("account");
      assert.deepEqual(page.wrong, []);
      await visitor.close();
    });
  }
}

test("with the keyboard alone, from the first Tab to the order", async () => {
  const visitor = await chrome.visitor({ viewport: { width: 375, height: 720 } });
  const page = await open(visitor, server.url);
  const { keyboard } = page;
  const focus = () => page.evaluate(() => {
    const element = document.activeElement;
    const box = element.closest(".choice") ?? element;
    const style = getComputedStyle(box);
    return {
      name: (element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent).trim().replace(/\s+/g, " "),
      id: element.id,
      seen: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || element === document.body,
      inside: document.querySelector("#drawer").contains(element),
    };
  });
  const to = async (matches, key = "Tab") => {
    for (let i = 0; i < 120; i += 1) {
      const now = await focus();
      assert.ok(now.seen, `the focus on "${now.name}" can be seen`);
      if (matches(now)) return;
      await keyboard.press(key);
    }
    assert.fail(`the focus never came to ${matches}`);
  };

  await keyboard.press("Tab");
  assert.equal((await focus()).name, "Skip to the products");
  await keyboard.press("Enter");
  await keyboard.press("Tab");
  await to(({ name }) => name === "Add to cart: Enamel mug");
  await keyboard.press("Enter");
  await keyboard.press("Space");
  assert.equal((await seen(page)).lines["Enamel mug"], 2);
  assert.equal((await focus()).name, "Add to cart: Enamel mug", "adding leaves the focus where it is");
  await to(({ name }) => name === "View cart");
  await keyboard.press("Enter");
  assert.ok((await focus()).inside);
  await to(({ name }) => name === "One more");
  await keyboard.press("Enter");
  assert.equal((await focus()).name, "One more");
  assert.equal((await seen(page)).lines["Enamel mug"], 3);

  // The focus goes round in the drawer and never behind it.
  for (let i = 0; i < 40; i += 1) {
    await keyboard.press("Tab");
    const { inside, name } = await focus();
    assert.ok(inside || name === "" || (await page.evaluate(() => document.activeElement === document.body)), `"${name}" is behind the drawer`);
  }
  await to(({ id }) => id === "tab-cart");
  await keyboard.press("ArrowRight");
  assert.equal(await page.locator("#panel-wishlist").isVisible(), true);
  assert.equal((await focus()).id, "tab-wishlist");
  await keyboard.press("Home");
  await to(({ id }) => id === "coupon");
  await keyboard.type("welcome10");
  await keyboard.press("Enter");
  await to(({ id }) => id === "country");
  await keyboard.type("Fra");
  assert.equal(await page.locator("#country").inputValue(), "FR");
  await keyboard.press("Tab");
  await keyboard.press("ArrowDown");
  assert.equal(await page.getByLabel("Express").isChecked(), true);
  assert.ok((await focus()).seen);
  await to(({ name }) => name === "Why this price?");
  await keyboard.press("Enter");
  await page.locator("#steps", { hasText: "WELCOME10" }).waitFor();
  // 43.50 − 4.35 + 14.90
  assert.equal((await seen(page)).total, "€54.05");

  await keyboard.press("Escape");
  assert.equal(await page.locator("#drawer").isVisible(), false);
  await to(({ id }) => id === "open-cart", "Shift+Tab");
  await keyboard.press("Enter");
  await keyboard.press("Escape");
  assert.equal((await focus()).id, "open-cart", "the focus goes back to where it came from");
  await keyboard.press("Enter");
  await to(({ id }) => id === "check-out");
  await keyboard.press("Enter");
  await page.locator("#thanks").waitFor();
  assert.equal((await focus()).id, "thanks-title");
  assert.deepEqual(page.wrong, []);
  await visitor.close();
});

test("a screen reader hears what happens, and finds its way", async () => {
  const visitor = await chrome.visitor();
  const page = await open(visitor, server.url);
  for (const role of ["banner", "main", "contentinfo", "navigation"]) assert.equal(await page.getByRole(role).count(), 1, role);
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
  assert.equal(await page.getByRole("list", { name: "All products" }).getByRole("heading", { level: 3 }).count(), 12);
  await adds(page, "Cotton T-shirt").click();
  const news = page.locator("[aria-live=polite]", { hasText: "Cotton T-shirt, M added, total €33.90" });
  assert.equal(await news.count(), 1);
  assert.equal(await page.getByRole("button", { name: "Cart, 1 piece, €33.90" }).count(), 1);
  await page.locator("#open-cart").click();
  const dialog = page.getByRole("dialog", { name: "Cart and wishlist" });
  await page.getByRole("button", { name: "Remove: Cotton T-shirt, M" }).click();
  await dialog.getByRole("status").filter({ hasText: "Cotton T-shirt, M removed" }).waitFor({ state: "attached" });
  assert.deepEqual(page.wrong, []);
  await visitor.close();
});

test("who wants less motion sees none", async () => {
  const visitor = await chrome.visitor({ reducedMotion: "reduce" });
  const page = await open(visitor, server.url);
  await adds(page, "Enamel mug").click();
  await drawer(page);
  const moving = await page.evaluate(() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((element) => getComputedStyle(element).transitionDuration !== "0s").length);
  assert.equal(moving, 0);
  await visitor.close();
});

describe("the policy of the page", () => {
  let real;
  before(async () => { real = await host(); });
  after(() => real?.close());

  test("nothing that is written into the page runs", async () => {
    const visitor = await chrome.visitor();
    const page = await open(visitor, real.url, { expected: /Content Security Policy|policy: |requires 'Trusted/ });
    const refused = await page.evaluate(() => {
      const tried = document.createElement("div");
      const writes = [
        () => { tried.innerHTML = "<img src=x onerror='globalThis.ran = 1'>"; },
        () => tried.setAttribute("onclick", "globalThis.ran = 1"),
      ];
      const thrown = writes.map((write) => { try { write(); } catch (error) { return error.name; } });
      document.body.append(tried);
      tried.click();
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.head.append(style);
      return thrown;
    });
    assert.deepEqual(refused, ["TypeError", "TypeError"]);
    assert.equal(await page.evaluate(() => globalThis.ran), undefined);
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).display), "none");
    assert.equal(await page.evaluate(() => fetch("https://elsewhere.invalid/").catch(() => "refused")), "refused");
    assert.deepEqual(page.wrong, []);
    await visitor.close();
  });

  test("the server says how long to keep what, and a second visit fetches nothing anew", async () => {
    const visitor = await chrome.visitor();
    const page = await open(visitor, real.url);
    const answers = [];
    page.on("response", (response) => answers.push([new URL(response.url()).pathname, response.status(), response.headers()]));
    await page.reload();
    await ready(page);
    assert.ok(answers.length > 15);
    for (const [path, status, headers] of answers) {
      assert.ok([200, 304].includes(status), `${path}: ${status}`);
      assert.match(headers["content-security-policy"] ?? "default-src 'none' (kept)", /default-src 'none'/, path);
    }
    const wasm = await page.evaluate(() => performance.getEntriesByType("resource").find(({ name }) => name.endsWith(".wasm"))?.decodedBodySize ?? 0);
    assert.ok(wasm > 50_000, `the module came whole: ${wasm}`);
    assert.deepEqual(page.wrong, []);
    await visitor.close();
  });
});
