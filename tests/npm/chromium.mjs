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

/**
 * A browser, headless. `CHROMIUM` names another than Debian's.
 * @returns {Promise<import("playwright-core").Browser>}
 */
export async function chromium() {
  const path = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(path)) throw new Error(`expected Chromium at ${path} (Debian package: chromium; or set CHROMIUM), found nothing`);
  return playwright.launch({ executablePath: path, args: FLAGS });
}
