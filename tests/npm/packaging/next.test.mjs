// Next.js as it comes, built with both of its bundlers: the packed package in a client component, in a component that is
// rendered on the server, and in the edge runtime.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "../chromium.mjs";
import { output, project, tools, TOTAL } from "./packed.mjs";

const next = join(tools, "node_modules/next/dist/bin/next");
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", CI: "1" };

/** @type {string} */
let folder;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  ({ folder } = await project("next"));
  await cp(join(dirname(fileURLToPath(import.meta.url)), "next"), folder, { recursive: true });
  browser = await chromium();
});
after(() => browser?.close());

/**
 * Runs what was built, until `work` is done.
 * @param {(url: string) => Promise<void>} work
 */
async function started(work) {
  const server = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", "0"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const lines = [];
    for await (const line of createInterface(server.stdout)) {
      lines.push(line);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url) return await work(url);
    }
    assert.fail(`no address: ${lines.join("\n")}`);
  } finally {
    server.kill();
    if (server.exitCode === null) await once(server, "exit");
  }
}

/** The client component: the cart is in the tab, and its module a file of its own. @param {string} url */
async function visit(url) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const complaints = [];
  /** @type {string[]} */
  const modules = [];
  page.on("console", (message) => message.type() == "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("response", (answer) => /\.wasm/.test(answer.url()) && modules.push(`${answer.status()} ${answer.headers()["content-type"]}`));
  await page.goto(url);
  await page.locator("output").waitFor();
  assert.equal(await page.locator("output").textContent(), String(TOTAL));
  assert.deepEqual([complaints, modules], [[], ["200 application/wasm"]]);
  await page.close();
}

/** @param {string} url */
async function rendered(url) {
  assert.match(await (await fetch(`${url}/server`)).text(), new RegExp(`<output>${TOTAL}</output>`));
}

test("Turbopack", async () => {
  await output(process.execPath, [next, "build", "--turbopack"], { cwd: folder, env });
  await started(async (url) => {
    await visit(url);
    await rendered(url);
    assert.equal(await (await fetch(`${url}/edge`)).text(), String(TOTAL));
  });
});

test("webpack", async () => {
  // This version of Next.js cannot build any route for its edge runtime with webpack, ours or not.
  await rm(join(folder, "app/edge"), { recursive: true });
  await rm(join(folder, ".next"), { recursive: true });
  await output(process.execPath, [next, "build", "--webpack"], { cwd: folder, env });
  await started(async (url) => {
    await visit(url);
    await rendered(url);
  });
});
