/**
 * Every piece of code in the README runs. A comment `// = value` after an expression says what it is, and is held to it.
 *
 * What the pages import by name is taken from the sources, and a server answers for https://shop.example.
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { serve } from "./support/server.js";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/^## (.+)$|^```(jsx?)\n([^]*?)^```$/gm)];

let server;
let folder;
const real = globalThis.fetch;
before(async () => {
  server = await serve();
  // Inside the package, so that React and Vue are found.
  folder = await mkdtemp(new URL("./support/readme-", import.meta.url).pathname);
  globalThis.fetch = (url, init) => real(String(url).replace("https://shop.example", server.url), init);
  globalThis.token = async () => "none is asked for";
  globalThis.said = assert.deepEqual;
});
after(async () => {
  globalThis.fetch = real;
  await rm(folder, { recursive: true });
  await server.stop();
});

let title = "five lines";
let count = 0;
for (const [, heading, language, code] of blocks) {
  if (heading) title = heading;
  else {
    const name = `block-${++count}.mjs`;
    test(`${title}: runs as it stands`, async () => {
      const held = code.replace(/^(\s*)(.+?); \/\/ = (.+)$/gm, "$1said($2, $3);");
      const named = held.replace(/from "pushcart(?:\/(\w+))?"/g, (_, part) => `from ${JSON.stringify(new URL(`../src/${part ?? "inline"}.js`, import.meta.url).href)}`);
      const { code: plain } = await transform(named, { loader: language, jsx: "automatic", format: "esm" });
      await writeFile(join(folder, name), plain);
      await import(pathToFileURL(join(folder, name)).href);
    });
  }
}

test("there is code to run, and it is held to what it says", () => {
  assert.ok(count >= 12, `${count} pieces of code`);
  assert.ok(readme.match(/; \/\/ = /g).length >= 18);
});
