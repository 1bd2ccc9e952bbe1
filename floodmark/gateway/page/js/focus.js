// The focus stays where it is while a page draws itself anew around it.

const CAN_HAVE_IT = "a[href], button, input, select, textarea, [tabindex]";

/** What tells one element that can have the focus from the others, in a drawing and in the next one. */
function nameOf(node) {
  const incident = node.closest("[data-incident]")?.dataset.incident ?? "";
  const own = node.dataset.action ?? node.getAttribute("href") ?? node.getAttribute("aria-label") ?? node.textContent;
  return `${node.tagName} ${incident} ${own}`;
}

/** Give the focus to this element, or to the one that was drawn in its place. */
export function giveFocus(node, root = document.body) {
  const name = nameOf(node);
  const found = node.isConnected ? node : [...root.querySelectorAll(CAN_HAVE_IT)].find((one) => nameOf(one) === name);
  found?.focus({ preventScroll: true });
}

/** Draw what is below `root`: what had the focus there has it again. */
export function keepFocus(root, draw) {
  const before = document.activeElement;
  const isBelow = before !== root && root.contains(before);
  draw();
  if (isBelow && document.activeElement !== before) giveFocus(before, root);
}
