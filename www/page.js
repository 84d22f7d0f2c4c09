// The few things that every room of the page does with its document. Text goes in as text, never as HTML.

/** The element with this id. */
export const at = (id) => document.getElementById(id);

/** A copy of the one element that the template with this id holds. */
export const copy = (id) => at(id).content.firstElementChild.cloneNode(true);

/** Gives what is below `root` its name: the headings show it, and every button says what it is about. */
export function name(root, name) {
  for (const heading of root.querySelectorAll("h3")) set(heading, name);
  for (const element of root.querySelectorAll("[data-says]")) element.setAttribute("aria-label", `${element.dataset.says} ${name}`);
}

/** Writes `text` into one element, unless it stands there already: what does not change is not read out again. */
export function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** An element with text and, maybe, a class. */
export function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** The picture of a product; of what is no product, none. */
export function picture(tile, product) {
  tile.dataset.tint = product?.tint ?? "sand";
  const image = tile.querySelector("img");
  if (product) image.src = `drawings/${product.drawing}.svg`;
  else image.hidden = true;
}
