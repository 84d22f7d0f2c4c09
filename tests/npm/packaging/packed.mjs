// The package as a shop gets it: packed into the archive that would be published, and installed from there.
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

/** The folder with the tools: their `node_modules`. */
export const tools = join(here, "..");
/** The package's source, built by `node build.mjs`. */
export const source = join(tools, "../../pkg");

/** What the example's cart costs: 2 × 19.99 = 39.98, less 10 % (3.998) = 35.98, and 19 % of that (6.8362) = 42.82. */
export const TOTAL = 4282;

/**
 * A new project in which the packed package is installed and nothing else. What a project imports besides is found
 * further up, among the tools.
 * @param {string} name of the project: each test file has one of its own, so that they can run side by side
 * @returns {Promise<{folder: string, archive: string, installed: string}>}
 */
export async function project(name) {
  const folder = join(tools, ".work", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: source });
  const answer = JSON.parse(stdout);
  const [{ filename }] = Array.isArray(answer) ? answer : Object.values(answer);
  const archive = join(folder, filename);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--no-save", "--no-package-lock", "--offline", archive], { cwd: folder });
  await cp(join(here, "shop"), folder, { recursive: true });
  return { folder, archive, installed: join(folder, "node_modules/pushcart") };
}

/**
 * Runs a program and gives what it printed; if it fails, the error holds all of it.
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").ExecFileOptions} [options]
 */
export async function output(program, args, options) {
  try {
    return String((await run(program, args, { timeout: 120_000, ...options })).stdout);
  } catch (error) {
    const { message, stdout, stderr } = /** @type {Error & {stdout: string, stderr: string}} */ (error);
    throw new Error(`${message}\n${stdout ?? ""}\n${stderr ?? ""}`);
  }
}

/** Every file below a folder, by its path from there. @param {string} folder */
export async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}
