// "Why this place?": the score taken apart.

import { el } from './dom.js';
import { many, nth } from './words.js';

const MEANING = {
  freshness: 'how new it is',
  engagement: 'reactions per time it was shown',
  affinity: 'what passed between you and the author',
};

/** An empty bar of the three parts; a picture of numbers that stand beside it, so not read out. */
export function makeBar() {
  return el('span', { class: 'bar', 'aria-hidden': true }, el('i'), el('i'), el('i'));
}

/** Draws the parts as shares of `whole`. */
export function fillBar(bar, terms, whole) {
  [...bar.children].forEach((segment, at) => {
    const term = terms[at];
    segment.className = term?.name ?? '';
    // through the object model: the Content-Security-Policy forbids style attributes, not this
    segment.style.width = term && whole > 0 ? `${Math.min(100, Math.max(0, (term.part / whole) * 100)).toFixed(1)}%` : '0';
  });
}

export class Why {
  constructor(id) {
    this.root = el('div', { class: 'why', id, hidden: true });
  }

  /** Shows why `post` stands at `rank`. */
  show(post, rank) {
    const { terms, features, rank_before_rules: before } = post.explain ?? {};
    if (!terms?.length) {
      this.root.replaceChildren(el('p', { text: 'Newest first: here the time alone decides, there is no score.' }));
      return;
    }
    const most = Math.max(...terms.map((term) => term.part), Number.EPSILON);
    this.root.replaceChildren(
      el('table', {},
        el('caption', { text: `Score ${post.score.toFixed(4)}, the sum of ${terms.length} parts` }),
        el('thead', {}, row('th', ['Part', 'Value', 'Weight', 'Gives'], { scope: 'col' })),
        el('tbody', {}, ...terms.map((term) => partRow(term, most)))),
      features ? featureLine(features) : '',
      el('p', { class: 'why-rank', text: rankSentence(before, rank, post.relaxed) }));
  }
}

function row(tag, texts, props) {
  return el('tr', {}, ...texts.map((text) => el(tag, { ...props, text })));
}

function partRow(term, most) {
  const bar = el('span', { class: 'part-bar', 'aria-hidden': true }, el('i', { class: term.name }));
  bar.firstElementChild.style.width = `${Math.max(0, (term.part / most) * 100).toFixed(1)}%`;
  return el('tr', {},
    el('th', { scope: 'row' }, term.name, el('small', { text: MEANING[term.name] ?? '' })),
    el('td', { text: term.value.toFixed(3) }),
    el('td', { text: `× ${term.weight.toFixed(2)}` }),
    el('td', { class: 'part' }, bar, el('span', { text: term.part.toFixed(3) })));
}

function featureLine(f) {
  const parts = [
    ['Age', f.age_hours < 1 ? many(Math.round(f.age_hours * 60), 'minute') : `${f.age_hours.toFixed(1)} hours`],
    ['Likes', f.likes], ['Comments', f.comments], ['Shares', f.shares], ['Times shown', f.impressions],
    ['Between you and the author, 90 days', f.interactions_90d],
  ].filter(([, value]) => value !== undefined && value !== null);
  return el('dl', { class: 'features' }, ...parts.map(([name, value]) => el('div', {},
    el('dt', { text: name }), el('dd', { text: typeof value === 'number' ? value.toLocaleString('en') : value }))));
}

function rankSentence(before, rank, relaxed) {
  const forced = relaxed ? ' It stands closer to the same author’s other posts than the rules like, because nothing else was left.' : '';
  if (!before) return forced.trim();
  if (before === rank) return `${nth(before)} by score, and there it stands.${forced}`;
  const why = rank > before
    ? 'the rules that keep one author’s posts apart moved it down'
    : 'it moved up because posts before it had to make room for other authors';
  return `${nth(before)} by score, ${nth(rank)} here: ${why}.${forced}`;
}
