// Building elements. Data only ever becomes text or an attribute: there is no way from here into markup.

/** The element with this id, which the page's HTML has. */
export const byId = (id) => document.getElementById(id);

/**
 * An element. `props`: `class`, `text`, `on` ({event: handler}), `data` ({name: value}); anything else is an
 * attribute (`true` is an empty one; `false`, `null` and `undefined` leave it out).
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === 'class') node.className = value;
    else if (key === 'text') node.textContent = value;
    else if (key === 'data') Object.assign(node.dataset, value);
    else if (key === 'on') for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A button that does not submit anything. */
export function button(text, handler, props = {}) {
  return el('button', { type: 'button', text, ...props, on: { click: handler } });
}

/** Sets text only when it is another one, so that nothing is painted or announced again for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** True while the reader is writing: nothing may move, no single key may act. */
export function isWriting() {
  const at = document.activeElement;
  return Boolean(at?.matches?.('textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])'));
}

/** True when the reader asked the system for less motion. */
export const lessMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
