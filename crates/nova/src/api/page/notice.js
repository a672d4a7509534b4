// Messages: what just happened (toasts), what a screen reader hears, and the banner above the feed.

import { button, byId, el, setText } from './dom.js';

const STAY_MS = 7_000;
const STAY_ERROR_MS = 12_000;
const AT_ONCE_MAX = 3;

/** Says something to a screen reader when it has a moment. */
export function say(text) {
  const region = byId('say');
  // the same words twice are heard twice only when the region was empty between
  region.textContent = '';
  requestAnimationFrame(() => { region.textContent = text; });
}

/** Shows a message for a while. `undo`: what a press on Undo does. */
export function toast(text, { undo, error = false } = {}) {
  const box = el('div', { class: error ? 'toast error' : 'toast', role: error ? 'alert' : 'status' });
  const close = () => box.remove();
  box.append(el('p', { text }));
  if (undo) box.append(button('Undo', () => { close(); undo(); }, { class: 'toast-undo' }));
  box.append(button('×', close, { class: 'toast-close', 'aria-label': 'Dismiss' }));
  const shelf = byId('toasts');
  shelf.append(box);
  while (shelf.children.length > AT_ONCE_MAX) shelf.firstElementChild.remove();

  let timer;
  const start = () => { timer = setTimeout(close, error ? STAY_ERROR_MS : STAY_MS); };
  const stay = () => clearTimeout(timer);
  for (const event of ['pointerenter', 'focusin']) box.addEventListener(event, stay);
  for (const event of ['pointerleave', 'focusout']) box.addEventListener(event, start);
  start();
}

/** Shows what a request failed with, in the server's words. */
export function fail(what, error) {
  toast(`${what}: ${error.message}`, { error: true });
}

const banners = new Map();

/**
 * Puts a sentence above the feed, or takes it away (`text` empty). Each `kind` has one; `offline` goes before others.
 * `action`: {text, run}.
 */
export function banner(kind, text, action) {
  if (text) banners.set(kind, { text, action });
  else banners.delete(kind);
  const box = byId('banner');
  const shown = banners.get('offline') ?? banners.values().next().value;
  box.hidden = !shown;
  if (!shown) {
    box.replaceChildren();
    return;
  }
  if (!box.firstElementChild) box.append(el('p'));
  setText(box.firstElementChild, shown.text);
  const has = box.querySelector('button');
  if (has && (!shown.action || has.textContent !== shown.action.text)) has.remove();
  if (shown.action && !box.querySelector('button')) box.append(button(shown.action.text, () => shown.action.run()));
}
