// Single keys. They act nowhere while the reader writes, and not at all when switched off.

import { hide, like } from './actions.js';
import { byId, isWriting } from './dom.js';
import { current, more, move, showNew } from './feed.js';
import { on, set, state } from './state.js';

const dialog = byId('keys');
const toggle = byId('shortcuts');

// on the post that has the focus; without one the first gets it, and the next press acts
const onPost = (act) => () => {
  const item = current();
  if (item) act(item);
  else move(0);
};

const KEYS = {
  j: () => move(+1),
  k: () => move(-1),
  l: onPost(like),
  h: onPost(hide),
  w: onPost((item) => item.toggleWhy()),
  c: onPost((item) => item.toggleComments()),
  n: () => more({ focus: true }),
  r: () => showNew(),
  p: () => set('paused', !state.paused),
  '/': () => byId('viewer-input').focus(),
  '?': () => dialog.showModal(),
};

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.key === 'Escape') {
    const item = current();
    if (item?.closeAll()) item.root.focus({ preventScroll: true });
    else if (isWriting()) document.activeElement.blur();
    return;
  }
  if (!state.shortcuts || isWriting() || event.isComposing) return;
  const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
  if (!act) return;
  event.preventDefault();
  act();
});

byId('help').addEventListener('click', () => dialog.showModal());
dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
toggle.addEventListener('change', () => set('shortcuts', toggle.checked));
const show = () => { toggle.checked = state.shortcuts; };
on('shortcuts', show);
show();
