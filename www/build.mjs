// Puts the shop together as static files, for any server of files: `node www/build.mjs FOLDER`. What comes out is
// this folder, and below pushcart/ the package as npm publishes it (`node pkg/build.mjs` makes it).
import { cp, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const pkg = join(here, "..", "pkg");
const [out, ...more] = process.argv.slice(2);
if (!out || more.length > 0) {
  console.error("www/build.mjs: expected one folder to write into: node www/build.mjs FOLDER");
  process.exit(2);
}

const parts = ["dist", "wasm/pushcart.wasm"];
for (const part of parts) {
  await stat(join(pkg, part)).catch(() => {
    console.error(`www/build.mjs: expected the built package, found no pkg/${part}; run "node pkg/build.mjs" first`);
    process.exit(1);
  });
}

await mkdir(out, { recursive: true });
for (const name of await readdir(here)) {
  if (![".mjs", ".md"].includes(extname(name))) await cp(join(here, name), join(out, name), { recursive: true });
}
await rm(join(out, "pushcart"), { recursive: true, force: true });
for (const part of parts) {
  await cp(join(pkg, part), join(out, "pushcart", part), { recursive: true, filter: (file) => !/\.(d\.ts|map)$/.test(file) });
}
console.log(`the shop is in ${out}`);
