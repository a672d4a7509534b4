// Beside the feed: what is talked about, and whom to follow.

import { setFollow } from './actions.js';
import { api, isAborted } from './api.js';
import { button, byId, el, setText } from './dom.js';
import { avatar } from './item.js';
import { followedHere, learn, lookup, nameless, person } from './people.js';
import { reorder } from './reorder.js';
import { on, state } from './state.js';
import { ago, many, suggestedBecause } from './words.js';

const TRENDING_MAX = 5;
const TRENDING_EVERY_MS = 15_000;
const SUGGESTED_MAX = 5;
const SUGGESTED_EVERY_MS = 60_000;
const AFTER_FOLLOW_MS = 4_000;
const MUTUALS_NAMED_MAX = 3;

const panel = byId('trending');
const tabs = [...document.querySelectorAll('[role=tab]')];
let window_ = '24h';
let trendingAsk = new AbortController();
let entries = new Map();

function message(box, text, retry) {
  box.replaceChildren(el('p', { class: 'note', text }), retry ? button('Try again', retry, { class: 'quiet' }) : '');
}

async function trending() {
  trendingAsk.abort();
  trendingAsk = new AbortController();
  const { signal } = trendingAsk;
  try {
    const page = await api.trending(window_, TRENDING_MAX, signal);
    if (!page.items.length) return message(panel, 'Nothing yet in this window.');
    for (const post of page.items) learn(post.author_id, post.author);
    let rows = panel.querySelector('ol');
    if (!rows) panel.replaceChildren(rows = el('ol', { class: 'trending-list' }));
    const old = entries;
    entries = new Map(page.items.map((post) => [post.post_id, old.get(post.post_id) ?? entry(post)]));
    for (const post of page.items) {
      const { meta, name } = entries.get(post.post_id);
      setText(meta, metaOf(post, name));
    }
    reorder(rows, [...entries.values()].map(({ row }) => row));
  } catch (error) {
    if (!isAborted(error) && !panel.querySelector('ol')) message(panel, error.message, trending);
  }
  return undefined;
}

function entry(post) {
  const made = { name: (person(post.author_id) ?? nameless(post.author_id)).display_name,
    meta: el('p', { class: 'entry-meta' }) };
  if (!person(post.author_id)) {
    lookup(post.author_id).then((who) => { made.name = who.display_name; setText(made.meta, metaOf(post, made.name)); });
  }
  made.row = el('li', {}, el('p', { class: 'entry-text', dir: 'auto', text: post.text ?? '' }), made.meta);
  return made;
}

function metaOf(post, name) {
  const { likes = 0, comments = 0, shares = 0 } = post.counts ?? {};
  return [name, ago(post.created_at), many(likes + comments + shares, 'reaction')].join(' · ');
}

function pick(tab, { focus = false } = {}) {
  window_ = tab.dataset.window;
  for (const one of tabs) {
    one.setAttribute('aria-selected', String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
  }
  panel.setAttribute('aria-labelledby', tab.id);
  if (focus) tab.focus();
  entries = new Map();
  panel.replaceChildren(el('p', { class: 'note', text: 'Loading' }));
  trending();
}

tabs.forEach((tab, at) => {
  tab.addEventListener('click', () => pick(tab));
  tab.addEventListener('keydown', (event) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pick(tabs[(to + tabs.length) % tabs.length], { focus: true });
  });
});

const people = byId('people');
let suggestedAsk = new AbortController();
let suggestedLater;

async function suggested() {
  if (!state.viewer) return;
  suggestedAsk.abort();
  suggestedAsk = new AbortController();
  const { signal } = suggestedAsk;
  try {
    const page = await api.suggested(SUGGESTED_MAX, signal);
    const rows = await Promise.all(page.items.map(suggestion));
    // a reader on one of the buttons keeps it; the next look is soon
    if (signal.aborted || people.contains(document.activeElement)) return;
    if (rows.length) people.replaceChildren(el('ul', { class: 'people-list' }, ...rows));
    else message(people, 'Nobody to suggest yet. Like a few posts first.');
  } catch (error) {
    if (!isAborted(error) && !people.querySelector('ul')) message(people, error.message, suggested);
  }
}

async function suggestion(item) {
  learn(item.user_id, item.user);
  const named = (item.mutuals ?? []).slice(0, MUTUALS_NAMED_MAX);
  const [who, ...mutuals] = await Promise.all([item.user_id, ...named].map(lookup));
  const because = suggestedBecause(item, mutuals.map((one) => one.display_name), (item.mutuals ?? []).length - named.length);
  const follow = button('', async () => {
    const yes = !followedHere.get(item.user_id);
    if (await setFollow(item.user_id, yes, who.display_name)) {
      clearTimeout(suggestedLater);
      suggestedLater = setTimeout(suggested, AFTER_FOLLOW_MS);
    }
  }, { class: 'follow', data: { user: item.user_id, name: who.display_name } });
  followWords(follow);
  return el('li', {}, avatar(who.id, who.display_name),
    el('div', { class: 'people-who' }, el('p', { class: 'people-name' }, el('b', { text: who.display_name }), who.handle ? ` @${who.handle}` : ''),
      el('p', { class: 'entry-meta', text: because })),
    follow);
}

function followWords(node) {
  const yes = Boolean(followedHere.get(node.dataset.user));
  setText(node, yes ? 'Following' : 'Follow');
  node.setAttribute('aria-label', `${yes ? 'Stop following' : 'Follow'} ${node.dataset.name}`);
  node.classList.toggle('is-on', yes);
}

on('followed', ({ id }) => {
  for (const node of people.querySelectorAll('.follow')) if (node.dataset.user === id) followWords(node);
});
on('gone', ({ author }) => { if (author) setTimeout(() => { trending(); suggested(); }, AFTER_FOLLOW_MS / 4); });
on('again', () => { trending(); suggested(); });
on('viewer', (viewer) => {
  byId('people-panel').hidden = !viewer;
  message(people, 'Loading');
  pick(tabs.find((tab) => tab.dataset.window === window_));
  suggested();
});

const quiet = () => document.hidden || state.paused || !state.online;
setInterval(() => { if (!quiet()) trending(); }, TRENDING_EVERY_MS);
setInterval(() => { if (!quiet()) suggested(); }, SUGGESTED_EVERY_MS);

byId('people-panel').hidden = true;
pick(tabs.find((tab) => tab.dataset.window === window_));
