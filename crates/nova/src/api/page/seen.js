// Reporting what was on the screen: impressions after a second in view, dwell when it leaves. Off unless asked for.

import { api, isAborted } from './api.js';
import { on, state } from './state.js';

const IN_VIEW_MS = 1_000;
const DWELL_MAX_MS = 3_600_000;
const FLUSH_MS = 2_000;
const CALL_MAX = 100;
/** What waits while the server is away; beyond it the oldest are dropped, they are only glances. */
const QUEUE_MAX = 500;

const queue = [];
const inView = new Map();
const reported = new Set();
let sending = false;

/** A fresh UUID; unlike `crypto.randomUUID` it also works where the page is not a secure context. */
export function eventId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const id = entry.target.dataset.id;
    if (entry.isIntersecting) inView.set(id, { since: performance.now(), author: entry.target.dataset.author, as: state.viewer?.id });
    else leave(id);
  }
}, { threshold: 0.5 });

export const seen = {
  /** Watches a post's element while it is on the page. */
  watch(item) {
    item.root.dataset.author = item.post.author_id;
    observer.observe(item.root);
  },
  unwatch(item) {
    observer.unobserve(item.root);
    leave(item.id);
  },
  /** The viewer opened something of the post. */
  clicked(post) {
    if (state.reporting) put('click', post.post_id, { author: post.author_id, as: state.viewer?.id });
  },
};

// `as`: who saw it, which is not who is chosen now if the viewer changed meanwhile
function put(action, post, { author, as }, more = {}) {
  queue.push({ as,
    event: { event_id: eventId(), event_time: new Date().toISOString(), post_id: post, author_id: author, action, ...more } });
  if (queue.length > QUEUE_MAX) queue.splice(0, queue.length - QUEUE_MAX);
}

function impressed(id, view) {
  if (performance.now() - view.since < IN_VIEW_MS || reported.has(id)) return;
  reported.add(id);
  put('impression', id, view);
}

function leave(id) {
  const view = inView.get(id);
  inView.delete(id);
  if (!view || !state.reporting) return;
  impressed(id, view);
  const ms = Math.round(performance.now() - view.since);
  if (ms >= IN_VIEW_MS) put('dwell', id, view, { dwell_ms: Math.min(ms, DWELL_MAX_MS) });
}

/** Sends what waits, one viewer's events in one call. The same ids go again after a failure, so nothing counts twice. */
async function flush({ keepalive = false } = {}) {
  if (state.reporting) for (const [id, view] of inView) impressed(id, view);
  if (sending || !queue.length) return;
  sending = true;
  const as = queue[0].as;
  const batch = queue.filter((one) => one.as === as).slice(0, CALL_MAX);
  const drop = () => { for (const one of batch) if (queue.includes(one)) queue.splice(queue.indexOf(one), 1); };
  try {
    await api.events(batch.map((one) => one.event), { as, keepalive });
    drop();
  } catch (error) {
    // refused for good: sending it again would be refused again
    if (!isAborted(error) && error.status >= 400 && error.status < 500 && error.status !== 429) drop();
  } finally {
    sending = false;
  }
}

setInterval(flush, FLUSH_MS);
on('viewer', () => reported.clear());
on('reporting', (yes) => {
  reported.clear();
  for (const view of inView.values()) view.since = performance.now();
  if (!yes) queue.length = 0;
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') {
    for (const id of [...inView.keys()]) leave(id);
    flush({ keepalive: true });
  } else {
    // what is still in view is reported to the observer's callback only when watched anew
    document.querySelectorAll('.item').forEach((node) => { observer.unobserve(node); observer.observe(node); });
  }
});
