// Names of people by id. Most arrive with the posts; the rest are asked for, a few at a time, and remembered.

import { api } from './api.js';
import { on } from './state.js';

const KNOWN_MAX = 1_000;
const AT_ONCE_MAX = 4;

const known = new Map();
const asked = new Map();
// one entry a person shown on the page, so as bounded as the page
const waiting = [];
let running = 0;

/** Whom the viewer followed (true) or stopped following (false) on this page: newer than what posts tell. */
export const followedHere = new Map();
on('viewer', () => followedHere.clear());
on('followed', ({ id, yes }) => followedHere.set(id, yes));

/** Remembers a name that came with something else. */
export function learn(id, person) {
  if (!id || !(person?.handle || person?.display_name)) return;
  known.delete(id);
  known.set(id, { id, handle: person.handle ?? '', display_name: person.display_name || person.handle });
  if (known.size > KNOWN_MAX) known.delete(known.keys().next().value);
}

/** Somebody's name if it is here already, else null. */
export const person = (id) => known.get(id) ?? null;

/** Somebody's name; asks the server for it once. Never throws: nameless people keep the end of their id. */
export function lookup(id) {
  if (known.has(id)) return Promise.resolve(known.get(id));
  if (!asked.has(id)) {
    asked.set(id, new Promise((done) => waiting.push({ id, done })).finally(() => asked.delete(id)));
    pump();
  }
  return asked.get(id);
}

/** What to call somebody nobody knows the name of. */
export const nameless = (id) => ({ id, handle: '', display_name: `user ${String(id).slice(-6)}` });

async function pump() {
  if (running >= AT_ONCE_MAX || !waiting.length) return;
  running += 1;
  const { id, done } = waiting.shift();
  try {
    learn(id, await api.user(id));
  } catch { /* gone, blocked, or out of reach: it stays nameless and may be asked for again */ }
  running -= 1;
  done(known.get(id) ?? nameless(id));
  pump();
}
