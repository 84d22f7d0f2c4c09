// The package as a shop's page loads it. Lines come from the process that drives the browser.
import { createCart } from "../../../pkg/src/browser.js";
import { player } from "./ways.js";

const reload = Number(new URL(location.href).searchParams.get("reload"));
const ready = player(createCart, reload);

/** Answers a list of lines. @param {string[]} lines */
globalThis.answers = async (lines) => {
  const answer = await ready;
  const said = [];
  for (const line of lines) said.push(await answer(line));
  return said;
};
