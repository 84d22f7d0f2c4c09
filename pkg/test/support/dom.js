/** A document, for frameworks that render into one. Imported before them: they look for it when they are loaded. */
import { JSDOM } from "jsdom";

export const dom = new JSDOM("<!doctype html>");
for (const [name, value] of Object.entries({
  window: dom.window,
  document: dom.window.document,
  navigator: dom.window.navigator,
  Element: dom.window.Element,
  HTMLElement: dom.window.HTMLElement,
  SVGElement: dom.window.SVGElement,
  Node: dom.window.Node,
  Text: dom.window.Text,
  Comment: dom.window.Comment,
  IS_REACT_ACT_ENVIRONMENT: true,
}))
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
