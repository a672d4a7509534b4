// The list: which posts, in which order, and when it may move under the reader.

import { api, isAborted } from './api.js';
import { button, byId, el, lessMotion } from './dom.js';
import { Item } from './item.js';
import { banner, say } from './notice.js';
import { reorder } from './reorder.js';
import { seen } from './seen.js';
import { on, state } from './state.js';
import { degradedSentence, many } from './words.js';

const PAGE = 20;
/** A slate has at most 500 posts: five of the largest pages. */
const STEP = 100;
const STEPS_MAX = 5;
/** Scrolled further than this, the reader reads: nothing moves without being asked to. */
const TOP_PX = 240;
/** A pointer that moved over the list so recently is about to press something. */
const POINTER_STILL_MS = 900;

const list = byId('feed');
const end = byId('feed-end');
const pill = byId('pill');

let items = new Map();
let order = [];
let cursor = null;
let pages = 0;
let held = null;
let asking = new AbortController();
let loadingMore = false;
let pointerAt = 0;
let pointerX = 0;
let pointerY = 0;
let stopped = false;
const gonePosts = new Set();
const goneAuthors = new Set();

/** Starts over: another viewer, another order, or "start again". */
export function restart() {
  asking.abort();
  asking = new AbortController();
  for (const item of items.values()) seen.unwatch(item);
  items = new Map();
  order = [];
  cursor = null;
  pages = 0;
  held = null;
  loadingMore = false;
  stopped = false;
  pill.hidden = true;
  list.setAttribute('aria-busy', 'true');
  list.replaceChildren(...Array.from({ length: 4 }, () => el('div', { class: 'ghost', 'aria-hidden': true })));
  end.replaceChildren();
  banner('degraded', '');
  banner('failed', '');
}

/** Asks for the first page again and shows what changed. `force`: the reader asked for it, so it may move. */
export async function refresh({ force = false } = {}) {
  const { signal } = asking;
  const askedAt = performance.now();
  let page;
  try {
    page = await api.feed({ limit: PAGE, algo: state.algo }, signal);
  } catch (error) {
    if (isAborted(error)) return;
    if (!pages) notLoaded(error);
    throw error;
  }
  if (signal.aborted) return;
  page.items = page.items.filter((post) => !isGone(post));
  for (const post of page.items) items.get(post.post_id)?.update(post, askedAt);
  banner('degraded', degradedSentence(page.degraded));
  if (!pages || force || mayMove()) arrange(page, askedAt);
  else hold(page);
}

function isGone(post) {
  return gonePosts.has(post.post_id) || goneAuthors.has(post.author_id);
}

function mayMove() {
  return !state.reporting && scrollY < TOP_PX && performance.now() - pointerAt > POINTER_STILL_MS;
}

function arrange(page, askedAt) {
  const fresh = page.items.map((post) => post.post_id);
  const isFresh = new Set(fresh);
  // pages read beyond the first stay below; their slate lives on, and so does its cursor
  const rest = pages > 1 ? order.filter((id) => !isFresh.has(id)) : [];
  if (pages <= 1) cursor = page.next_cursor;
  pages = Math.max(pages, 1);
  held = null;
  pill.hidden = true;
  add(page.items, askedAt);
  order = [...fresh, ...rest];
  render();
}

function add(posts, askedAt) {
  for (const post of posts) {
    if (items.has(post.post_id)) items.get(post.post_id).update(post, askedAt);
    else items.set(post.post_id, new Item(post));
  }
}

function hold(page) {
  held = page;
  // what is new in the first page waits behind the pill; what follows comes from the newest slate, which lives longest
  if (pages <= 1) cursor = page.next_cursor ?? cursor;
  const fresh = page.items.filter((post) => !items.has(post.post_id)).length;
  // near the top the next look may move the list by itself: no need to say anything
  const wanted = fresh > 0 && (state.reporting || scrollY >= TOP_PX);
  const text = many(fresh, 'new post');
  if (wanted && pill.textContent !== text) {
    pill.textContent = text;
    if (pill.hidden) say(`${text}. Press r to show.`);
  }
  pill.hidden = !wanted;
  placeAll();
}

/** Shows what waits behind the pill, from the top. */
export async function showNew() {
  scrollTo({ top: 0, behavior: lessMotion() ? 'auto' : 'smooth' });
  if (held) arrange(held, performance.now());
  await refresh({ force: true }).catch(() => {});
  items.get(order[0])?.root.focus({ preventScroll: true });
}

function render() {
  const focused = document.activeElement?.closest?.('.item')?.dataset.id;
  const at = focused ? [...list.children].findIndex((node) => node.dataset.id === focused) : -1;
  const wanted = new Set(order);
  for (const [id, item] of items) {
    if (wanted.has(id)) continue;
    seen.unwatch(item);
    items.delete(id);
  }
  reorder(list, order.map((id) => items.get(id).root));
  for (const id of order) seen.watch(items.get(id));
  placeAll();
  list.setAttribute('aria-busy', 'false');
  // the post that had the focus is gone: the one that took its place has it
  if (focused && !wanted.has(focused)) items.get(order[Math.min(at, order.length - 1)])?.root.focus({ preventScroll: true });
  renderEnd();
}

function placeAll() {
  const top = Math.max(...order.map((id) => items.get(id).post.score ?? 0), 0);
  order.forEach((id, i) => items.get(id).place(i + 1, cursor ? -1 : order.length, top));
}

function renderEnd() {
  if (stopped) return;
  if (!order.length) {
    end.replaceChildren(el('p', { class: 'empty', text: state.algo === 'time'
      ? 'Nobody followed has written lately. The ranked order also finds posts of others.'
      : 'Nothing to show yet. Follow somebody under “Who to follow”, and their posts appear here.' }));
  } else if (cursor) {
    if (!end.querySelector('.next')) end.replaceChildren(button('Next page', () => more({ focus: true }), { class: 'next', 'aria-keyshortcuts': 'n' }));
    ends.unobserve(end);
    ends.observe(end);
  } else {
    end.replaceChildren(el('p', { class: 'note', text: 'That is everything for now.' }));
  }
}

/** The next page. `focus`: the reader asked for it by key or button and goes on there. */
export async function more({ focus = false } = {}) {
  if (!cursor || loadingMore || stopped) return;
  loadingMore = true;
  const { signal } = asking;
  const next = end.querySelector('.next');
  if (next) next.textContent = 'Loading';
  try {
    const askedAt = performance.now();
    const { fresh, next: after } = await further(signal);
    add(fresh, askedAt);
    const first = order.length;
    order = [...order, ...fresh.map((post) => post.post_id)];
    cursor = after;
    pages += 1;
    render();
    if (focus && fresh.length) items.get(order[first]).root.focus();
    say(`${many(fresh.length, 'post')} more`);
  } catch (error) {
    if (!isAborted(error)) moreFailed(error);
  } finally {
    if (!signal.aborted) loadingMore = false;
    if (next) next.textContent = 'Next page';
  }
}

const isGoneCursor = (error) => error.code === 'cursor_expired' || error.code === 'cursor_invalid';
const unread = (page) => page.items.filter((post) => !items.has(post.post_id) && !isGone(post));

/**
 * What follows. Looking every two seconds makes many slates and the server keeps a few of each viewer, so the one
 * being read may be gone: then the newest goes on with whatever of it is not on the page yet, in few large steps.
 */
async function further(signal) {
  try {
    const page = await api.feed({ limit: PAGE, cursor, algo: state.algo }, signal);
    return { fresh: unread(page), next: page.next_cursor };
  } catch (error) {
    if (!isGoneCursor(error)) throw error;
  }
  let page = await api.feed({ limit: STEP, algo: state.algo }, signal);
  for (let steps = 1; steps < STEPS_MAX && page.next_cursor && !unread(page).length; steps += 1) {
    page = await api.feed({ limit: STEP, cursor: page.next_cursor, algo: state.algo }, signal);
  }
  return { fresh: unread(page), next: page.next_cursor };
}

function moreFailed(error) {
  stopped = true;
  const expired = isGoneCursor(error);
  end.replaceChildren(
    el('p', { role: 'status', text: expired ? 'The list moved on while you were away.' : error.message }),
    expired
      ? button('Start again from the top', () => { restart(); scrollTo(0, 0); refresh({ force: true }).catch(() => {}); }, { class: 'next' })
      : button('Try again', () => { stopped = false; renderEnd(); more({ focus: true }); }, { class: 'next' }));
}

function notLoaded(error) {
  list.replaceChildren();
  list.setAttribute('aria-busy', 'false');
  end.replaceChildren(el('p', { role: 'status', class: 'empty', text: error.message }),
    button('Try again', () => refresh({ force: true }).catch(() => {}), { class: 'next' }));
}

/** The post the keys act on: the one with the focus, else null. */
export function current() {
  return items.get(document.activeElement?.closest?.('.item')?.dataset.id) ?? null;
}

/** Moves the focus by `step` posts; beyond the last it asks for more. */
export function move(step) {
  if (!order.length) return;
  const at = order.indexOf(current()?.id);
  const to = at < 0 ? 0 : at + step;
  if (to >= order.length) more({ focus: true });
  else items.get(order[Math.max(0, to)]).root.focus();
}

const ends = new IntersectionObserver((entries) => {
  if (scrollY > 0 && entries.some((entry) => entry.isIntersecting)) more();
}, { rootMargin: '600px' });

list.addEventListener('pointermove', ({ screenX, screenY }) => {
  // posts that move under a resting pointer make such events too
  if (screenX === pointerX && screenY === pointerY) return;
  [pointerX, pointerY] = [screenX, screenY];
  pointerAt = performance.now();
}, { passive: true });
pill.addEventListener('click', showNew);
setInterval(() => { for (const item of items.values()) item.tick(); }, 10_000);

on('gone', ({ post, author, item }) => {
  if (post) gonePosts.add(post);
  if (author) goneAuthors.add(author);
  order = order.filter((id) => !isGone(items.get(id).post));
  // a button inside had the focus, or the keys: either way the reader goes on with the next post
  item.root.focus({ preventScroll: true });
  render();
});
on('back', ({ post, author }) => {
  gonePosts.delete(post);
  goneAuthors.delete(author);
});
on('followed', ({ id }) => { for (const item of items.values()) if (item.post.author_id === id) item.words(); });
on('viewer', () => { gonePosts.clear(); goneAuthors.clear(); });
