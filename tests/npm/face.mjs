// The npm package as a face of the vectors: a request a line on standard input, an answer a line on standard output.
//
//   node tests/npm/face.mjs --in node       the package in this process
//   node tests/npm/face.mjs --in chromium   the package in a page of a browser, behind a strict content security policy
//   --reload 3                              what is stored is read anew after every third change; after each when left out
//
// A request: {id, do, store, call, nowMs, options, zones, identifier, instance, body?, at?}; see face/ways.js.
// An answer: {id, ok: text or null} or {id, refused: {kind, path, message, reason?}} or {id, broken: why}, and {apart: […]} where
// two ways through the package did not say the same. What keeps the face from working at all is one last line, {fault: why}.
// It ends when its input does.
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { values } = parseArgs({ options: { in: { type: "string" }, reload: { type: "string", default: "1" } } });
const reload = Number(values.reload);

/** @returns {Promise<{answers: (lines: string[]) => Promise<string[]>, close: () => unknown}>} */
async function inNode() {
  const { createCart } = await import("../../pkg/src/inline.js");
  const { player } = await import("./face/ways.js");
  const answer = await player(createCart, reload);
  return {
    async answers(lines) {
      const said = [];
      for (const line of lines) said.push(await answer(line));
      return said;
    },
    close() {},
  };
}

/** @returns {ReturnType<typeof inNode>} */
async function inChromium() {
  const [{ chromium }, { serve }] = [await import("./chromium.mjs"), await import("./serve.mjs")];
  const browser = await chromium();
  const server = await serve(root);
  const page = await browser.newPage();
  /** @type {string[]} */
  const wrong = [];
  page.on("console", (message) => message.type() == "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  await page.goto(`${server.url}tests/npm/face/page.html?reload=${reload}`);
  await page.waitForFunction("globalThis.answers", undefined, { timeout: 30_000 }).catch((error) => {
    throw new Error([...wrong, error.message].join("\n"));
  });
  return {
    async answers(lines) {
      const said = await page.evaluate((lines) => globalThis.answers(lines), lines);
      if (wrong.length) throw new Error(wrong.join("\n"));
      return said;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** @param {unknown[]} answers */
const write = (answers) => process.stdout.write(answers.map((answer) => `${answer}\n`).join(""));

try {
  const start = { node: inNode, chromium: inChromium }[values.in ?? ""];
  if (!start || !(reload > 0)) throw new Error(`expected --in node or --in chromium, and --reload from 1 on; found --in ${values.in} --reload ${values.reload}`);
  for (const file of ["pushcart.js", "pushcart.wasm", "inline.js"])
    if (!existsSync(`${root}pkg/wasm/${file}`)) throw new Error(`expected pkg/wasm/${file}, found nothing: run \`cargo run -p pushcart-pkg\``);
  const face = await start();
  /** @type {string[]} */
  let waiting = [];
  /** @type {Promise<void> | undefined} */
  let busy;
  // Whatever came while the last ones were answered goes in together.
  const go = async () => {
    while (waiting.length) {
      const lines = waiting;
      waiting = [];
      write(await face.answers(lines));
    }
    busy = undefined;
  };
  for await (const line of createInterface({ input: process.stdin })) {
    waiting.push(line);
    busy ??= go().catch(fail);
  }
  await busy;
  await face.close();
} catch (error) {
  fail(error);
}

/** @param {unknown} error */
function fail(error) {
  const missing = /** @type {any} */ (error)?.code == "ERR_MODULE_NOT_FOUND" ? "\nIf it is playwright-core that is missing: `npm ci` in tests/npm installs it." : "";
  // The browser ends with this process.
  process.stdout.write(`${JSON.stringify({ fault: `${/** @type {any} */ (error)?.stack ?? error}${missing}` })}\n`, () => process.exit(1));
}
