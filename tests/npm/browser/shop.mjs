// The shop as its visitors use it: one browser for a file of tests, pages that keep account of what goes wrong in
// them, and the words of the page.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "../chromium.mjs";
import { serve } from "../serve.mjs";

/** The shop as static files, as `www/build.mjs` puts them together, on a server of nothing but files. */
export async function files() {
  const folder = mkdtempSync(join(tmpdir(), "pushcart-shop-"));
  execFileSync(process.execPath, [fileURLToPath(new URL("../../../www/build.mjs", import.meta.url)), folder], { stdio: ["ignore", "ignore", "inherit"] });
  const server = await serve(folder);
  return {
    url: server.url,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A browser, with contexts that speak English and complain about everything. */
export async function browser() {
  const started = await chromium();
  return {
    /** A visitor: tabs of one visitor share what one person's browser shares. */
    async visitor(options = {}) {
      const visitor = await started.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
      visitor.setDefaultTimeout(10_000);
      return visitor;
    },
    close: () => started.close(),
  };
}

/** That a cart is not there yet is an answer like any other to the page; the browser notes it all the same. */
const NO_CART_YET = /status of 404.*\/v1\/carts\//;

/**
 * Opens the shop in a new tab and waits until it can be used. `page.wrong` lists what the console complained
 * about, violations of the content security policy included, but for what `expected` matches.
 */
export async function open(visitor, url, { expected, before } = {}) {
  const page = await visitor.newPage();
  page.wrong = [];
  const note = (text) => {
    if (!expected?.test(text) && !NO_CART_YET.test(text)) page.wrong.push(text);
  };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) note(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => note(`thrown: ${error.stack ?? error}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await before?.(page);
  await page.goto(url);
  await ready(page).catch((error) => {
    throw new Error(`expected the shop to open, found:\n${page.wrong.join("\n")}`, { cause: error });
  });
  return page;
}

/** Waits until the shop can be used. */
export const ready = (page) => page.waitForSelector("html[data-ready]", { timeout: 15_000 });

/** The button that adds the product of this name. */
export const adds = (page, name) => page.getByRole("button", { name: `Add to cart: ${name}` });

/** Opens the drawer, unless it is open. */
export async function drawer(page, tab = "cart") {
  if (!(await page.locator("#drawer").evaluate((dialog) => dialog.open))) await page.locator(`#open-${tab}`).click();
  return page.locator("#drawer");
}

/** What the page shows of the cart: name and quantity of every line, and the total. */
export const seen = (page) =>
  page.evaluate(() => ({
    lines: Object.fromEntries([...document.querySelectorAll("#cart-lines .line")].map((line) => [line.querySelector("h3").textContent, Number(line.querySelector("input").value)])),
    total: document.querySelector("#grand-total").textContent,
    count: Number(document.querySelector("#cart-count").textContent),
    wishes: [...document.querySelectorAll("#wishlist-lines h3")].map((name) => name.textContent),
  }));

/** Signs in, or out. */
export async function signIn(page, name) {
  await page.locator("#open-account").click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.locator("#account-do").click();
  await page.locator("#account").waitFor({ state: "hidden" });
}
