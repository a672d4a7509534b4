// One post in the feed: its elements are made once and told what changed.

import { like, share, hide, follow, mute, block } from './actions.js';
import { Comments } from './comments.js';
import { button, el, setText } from './dom.js';
import { icon } from './icons.js';
import { followedHere, learn, lookup, nameless, person } from './people.js';
import { seen } from './seen.js';
import { fillBar, makeBar, Why } from './why.js';
import { ago, alsoFrom, exactTime, full, many, reasonOf, short } from './words.js';

const HUES = 8;
const MOVED_SHOWN_MS = 6_000;

/** A colour of somebody's own, the same everywhere: one of `HUES` classes. */
export function avatar(id, name) {
  let hash = 0;
  for (const letter of String(id)) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  return el('span', { class: `avatar hue-${hash % HUES}`, 'aria-hidden': true, text: [...name][0]?.toUpperCase() ?? '?' });
}

export class Item {
  /** `post`: an item of a feed answer. */
  constructor(post) {
    this.post = post;
    this.rank = 0;
    this.likeBusy = false;
    // answers to questions asked before this moment say nothing about the viewer's like
    this.likeKnownAt = 0;
    this.build();
    this.update(post, performance.now());
    this.named(person(post.author_id) ?? nameless(post.author_id));
    if (!person(post.author_id)) lookup(post.author_id).then((who) => this.named(who));
  }

  get id() { return this.post.post_id; }

  build() {
    const key = this.id;
    this.rankNumber = el('span', { class: 'rank-number' });
    this.rankMove = el('span', { class: 'rank-move' });
    this.who = el('span', { class: 'who', id: `who-${key}` });
    this.face = el('span');
    this.time = el('time', { datetime: this.post.created_at, title: exactTime(this.post.created_at) });
    this.exact = el('span', { class: 'exact', text: exactTime(this.post.created_at) });
    this.text = el('p', { class: 'text', id: `text-${key}`, dir: 'auto' });
    this.media = mediaOf(this.post);
    this.reason = el('span', { class: 'reason' });
    this.relaxed = el('span', { class: 'mark', text: 'spacing relaxed', hidden: true,
      title: 'Placed closer to a post of the same author than the rules like, because nothing else was left' });
    this.bar = makeBar();
    this.score = el('span', { class: 'score' });
    this.whyButton = el('button', { type: 'button', class: 'why-button', 'aria-expanded': 'false', 'aria-keyshortcuts': 'w',
      'aria-controls': `why-${key}`, on: { click: () => this.toggleWhy() } },
    this.bar, this.score, el('span', { text: 'Why this place?' }));
    this.why = new Why(`why-${key}`);
    this.comments = new Comments(this);
    this.buildActions(key);
    this.root = el('article', { class: 'item', tabindex: 0, id: `post-${key}`, 'aria-labelledby': `who-${key}`,
      'aria-describedby': `text-${key}`, data: { id: key } },
    el('div', { class: 'rank', 'aria-hidden': true }, this.rankNumber, this.rankMove),
    el('div', { class: 'item-body' },
      el('header', { class: 'item-head' }, this.face, this.who, el('span', { class: 'when' }, this.time, this.exact)),
      this.text, this.media,
      el('div', { class: 'reason-row' }, this.reason, this.relaxed, this.whyButton),
      this.why.root, this.actions, this.moreRow, this.comments.root));
  }

  buildActions(key) {
    const action = (text, name, key_, run, more = {}) => button(text, run, { class: `act ${name}`, 'aria-keyshortcuts': key_, ...more });
    this.likeButton = action('', 'like', 'l', () => like(this), { 'aria-pressed': 'false' });
    this.commentButton = action('', 'comment', 'c', () => this.toggleComments(),
      { 'aria-expanded': 'false', 'aria-controls': `comments-${key}` });
    this.shareButton = action('', 'share', undefined, () => share(this));
    this.hideButton = action('Hide', 'hide', 'h', () => hide(this));
    this.moreButton = action('More', 'more', undefined, () => this.toggleMore(),
      { 'aria-expanded': 'false', 'aria-controls': `more-${key}` });
    for (const [node, picture] of [[this.likeButton, 'like'], [this.commentButton, 'comment'], [this.shareButton, 'share']]) {
      node.append(icon(picture), el('span', { class: 'number', 'aria-hidden': true }),
        el('span', { class: 'sr-only' }));
    }
    this.actions = el('div', { class: 'actions' }, this.likeButton, this.commentButton, this.shareButton,
      this.hideButton, this.moreButton);
    this.followButton = button('', () => follow(this, !this.isFollowed()), { class: 'act' });
    this.muteButton = button('', () => mute(this), { class: 'act' });
    this.blockButton = button('', () => block(this), { class: 'act danger' });
    this.moreRow = el('div', { class: 'more-row', id: `more-${key}`, hidden: true }, this.followButton, this.muteButton,
      this.blockButton);
  }

  /** The author's name, when it is known. */
  named(who) {
    this.author = who;
    this.face.replaceWith(this.face = avatar(who.id, who.display_name));
    this.who.replaceChildren(el('b', { text: who.display_name }), who.handle ? ` @${who.handle}` : '');
    setText(this.muteButton, `Mute ${who.display_name}`);
    setText(this.blockButton, `Block ${who.display_name}`);
    this.words();
  }

  /** A newer answer about the same post. `askedAt`: when it was asked for (`performance.now()`). */
  update(post, askedAt) {
    learn(post.author_id, post.author);
    const old = this.post;
    // what an answer leaves out (a part was away) stays as it was
    this.post = { ...old, ...post, counts: { ...old.counts, ...post.counts }, viewer: { ...old.viewer, ...post.viewer } };
    if (this.likeBusy || askedAt < this.likeKnownAt) {
      this.post.viewer.liked = old.viewer?.liked;
      if (post.counts) this.post.counts.likes = old.counts?.likes ?? post.counts.likes;
    }
    setText(this.text, this.post.text ?? 'The text of this post is not kept here.');
    this.relaxed.hidden = !post.relaxed;
    // newest first has no score to show
    const scored = Boolean(post.explain?.terms?.length) && Number.isFinite(post.score);
    this.bar.hidden = this.score.hidden = !scored;
    setText(this.score, scored ? post.score.toFixed(3) : '');
    if (this.author) this.words();
    this.counts();
    this.tick();
    if (!this.why.root.hidden) this.why.show(this.post, this.rank);
  }

  words() {
    const name = this.author.display_name;
    const also = alsoFrom(this.post);
    setText(this.reason, also ? `${reasonOf(this.post, name)}, ${also}` : reasonOf(this.post, name));
    setText(this.followButton, `${this.isFollowed() ? 'Unfollow' : 'Follow'} ${name}`);
  }

  /** What the viewer did last here, else what the answer says. */
  isFollowed() {
    return followedHere.get(this.post.author_id) ?? Boolean(this.post.sources?.includes('follow'));
  }

  counts() {
    const { likes, comments, shares } = this.post.counts;
    const liked = Boolean(this.post.viewer.liked);
    this.likeButton.setAttribute('aria-pressed', String(liked));
    number(this.likeButton, likes, `Like, ${many(likes ?? 0, 'like')}`);
    number(this.commentButton, comments, `Comments, ${full(comments ?? 0)}`);
    number(this.shareButton, shares, `Share, ${many(shares ?? 0, 'share')}`);
  }

  /** The time goes on. */
  tick() { setText(this.time, ago(this.post.created_at)); }

  /** The place in the list. `top`: the best score there, against which the bars are drawn. */
  place(rank, count, top) {
    this.root.setAttribute('aria-posinset', rank);
    this.root.setAttribute('aria-setsize', count);
    setText(this.rankNumber, String(rank));
    if (this.rank && this.rank !== rank) {
      const up = this.rank > rank;
      this.rankMove.textContent = `${up ? '▲' : '▼'}${Math.abs(this.rank - rank)}`;
      this.rankMove.dataset.way = up ? 'up' : 'down';
      clearTimeout(this.moved);
      this.moved = setTimeout(() => { this.rankMove.textContent = ''; }, MOVED_SHOWN_MS);
    }
    this.rank = rank;
    fillBar(this.bar, this.post.explain?.terms ?? [], top);
    if (!this.why.root.hidden) this.why.show(this.post, rank);
  }

  toggleWhy() {
    const open = this.why.root.hidden;
    if (open) this.why.show(this.post, this.rank);
    this.why.root.hidden = !open;
    this.whyButton.setAttribute('aria-expanded', String(open));
  }

  toggleComments() {
    const open = this.comments.root.hidden;
    this.commentButton.setAttribute('aria-expanded', String(open));
    if (open) {
      this.comments.open();
      seen.clicked(this.post);
    } else this.comments.close();
  }

  toggleMore() {
    this.moreRow.hidden = !this.moreRow.hidden;
    this.moreButton.setAttribute('aria-expanded', String(!this.moreRow.hidden));
  }

  /** Closes what is open; true if anything was. */
  closeAll() {
    const open = [[this.why.root, () => this.toggleWhy()], [this.comments.root, () => this.toggleComments()],
      [this.moreRow, () => this.toggleMore()]].filter(([node]) => !node.hidden);
    for (const [, toggle] of open) toggle();
    return open.length > 0;
  }
}

function number(node, n, spoken) {
  const shown = node.querySelector('.number');
  const text = n === undefined || n === null ? '' : short(n);
  if (shown.textContent !== text) {
    const first = shown.textContent === '';
    shown.textContent = text;
    if (!first) {
      shown.classList.remove('ticked');
      void shown.offsetWidth; // the animation starts again only after a layout without it
      shown.classList.add('ticked');
    }
  }
  setText(node.querySelector('.sr-only'), spoken);
}

/** Media as links, never fetched: the page stays offline and asks no stranger for anything. */
function mediaOf(post) {
  const links = (Array.isArray(post.media) ? post.media : []).map((one) => ({ url: one?.url ?? one, alt: one?.alt ?? one?.type ?? 'attachment' }))
    .filter(({ url }) => typeof url === 'string' && /^https?:\/\/|^\/(?!\/)/.test(url));
  if (!links.length) return null;
  return el('p', { class: 'media' }, ...links.map(({ url, alt }) =>
    el('a', { href: url, rel: 'noopener noreferrer', target: '_blank', text: String(alt) })));
}
