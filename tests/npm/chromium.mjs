// The one place that starts a browser: Debian's Chromium, driven by Playwright, with no word to anybody outside.
import { existsSync } from "node:fs";
import { chromium as playwright } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** Where it is. `CHROMIUM` names another than Debian's. */
function executable() {
  const path = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(path)) throw new Error(`expected Chromium at ${path} (Debian package: chromium; or set CHROMIUM), found nothing`);
  return path;
}

/**
 * A browser, headless.
 * @returns {Promise<import("playwright-core").Browser>}
 */
export async function chromium() {
  return playwright.launch({ executablePath: executable(), args: FLAGS });
}

/**
 * A browser with a profile of its own, whose settings somebody wrote before.
 * @param {string} profile a folder
 * @returns {Promise<import("playwright-core").BrowserContext>}
 */
export async function chromiumWith(profile) {
  return playwright.launchPersistentContext(profile, { executablePath: executable(), args: FLAGS, locale: "en-GB" });
}
