// Looking again: every two seconds, not while hidden, not while the reader writes, with back-off while the server is away.

import { byId, isWriting, setText } from './dom.js';
import { refresh } from './feed.js';
import { banner } from './notice.js';
import { emit, on, set, state } from './state.js';

const EVERY_MS = 2_000;
const BACKOFF_MAX_S = 30;

let timer;
let running = false;
let again = false;
let failures = 0;
let retryAt = 0;
let started = false;

/** Begins to look; before a viewer is chosen there is nothing to look at. */
export function start() {
  started = true;
  kick();
}

/** Looks now, paused or not: the reader did something and wants to see it. */
function kick() {
  if (!started || !state.viewer) return;
  clearTimeout(timer);
  look({ asked: true });
}

async function look({ asked = false } = {}) {
  if (running) {
    again ||= asked;
    return;
  }
  if (!asked && (state.paused || document.hidden || isWriting())) {
    status();
    timer = setTimeout(look, EVERY_MS);
    return;
  }
  running = true;
  try {
    await refresh();
    failures = 0;
    banner('offline', '');
    banner('failed', '');
  } catch (error) {
    failures += 1;
    const seconds = error.retryAfterS ?? Math.min(BACKOFF_MAX_S, 2 ** failures);
    // spread, so that many pages do not come back in step
    retryAt = Date.now() + seconds * (800 + Math.random() * 400);
    const kind = state.online ? 'failed' : 'offline';
    banner(kind === 'failed' ? 'offline' : 'failed', '');
    banner(kind, kind === 'offline' ? 'Nova cannot be reached. What you see is the last it said.' : error.message,
      { text: 'Try now', run: kick });
  }
  running = false;
  status();
  if (again) {
    again = false;
    look({ asked: true });
  } else {
    timer = setTimeout(look, failures ? Math.max(0, retryAt - Date.now()) : EVERY_MS);
  }
}

function status() {
  const [text, how] = words();
  setText(byId('live-text'), text);
  byId('live-text').parentElement.dataset.how = how;
  setText(byId('pause'), state.paused ? 'Go on' : 'Pause');
}

function words() {
  if (failures) return [`Next try in ${Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))} s`, 'away'];
  if (state.paused) return ['Paused', 'still'];
  if (isWriting()) return ['Waiting while you write', 'still'];
  return ['Live', 'live'];
}

setInterval(() => { if (failures) status(); }, 1_000);
byId('pause').addEventListener('click', () => set('paused', !state.paused));
on('paused', (paused) => { if (paused) status(); else kick(); });
on('wrote', kick);
on('online', (online) => { if (online) emit('again'); });
addEventListener('online', kick);
document.addEventListener('visibilitychange', () => { if (!document.hidden && !state.paused) kick(); });
document.addEventListener('focusin', () => { if (started) status(); });
document.addEventListener('focusout', () => { if (started) requestAnimationFrame(status); });
