/**
 * The React binding over a React of a given version.
 *
 * Both are installed, and `import "react"` can only mean one of them: so the binding's source is loaded once for each, with its
 * import written to name that one.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire, Module } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const source = new URL("../../src/react.js", import.meta.url);

/** @param {18 | 19} major */
export async function reactOf(major) {
  const suffix = major === 18 ? "18" : "";
  if (major === 18) pair18();
  const react = pathToFileURL(require.resolve(`react${suffix}`)).href;
  const text = (await readFile(source, "utf8")).replaceAll('from "react"', `from "${react}"`).replaceAll('from "./', `from "${new URL("./", source).href}`);
  const folder = await mkdtemp(join(tmpdir(), "pushcart-react-"));
  try {
    await writeFile(join(folder, "react.mjs"), text);
    const binding = await import(pathToFileURL(join(folder, "react.mjs")).href);
    return { React: require(`react${suffix}`), client: require(`react-dom${suffix}/client`), server: require(`react-dom${suffix}/server`), binding };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** React DOM 18 asks for "react", and must be given 18. */
function pair18() {
  const { _resolveFilename: resolve } = /** @type {any} */ (Module);
  /** @type {any} */ (Module)._resolveFilename = function (/** @type {string} */ request, /** @type {any} */ parent, /** @type {any[]} */ ...rest) {
    const paired = parent?.filename?.includes("react-dom18") ? request.replace(/^(react|react-dom)(?=\/|$)/, "$118") : request;
    return resolve.call(this, paired, parent, ...rest);
  };
}
