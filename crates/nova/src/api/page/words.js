// Numbers, times and reasons as a person would say them.

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en');
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const list = new Intl.ListFormat('en', { type: 'conjunction' });

export const short = (n) => (n < 10_000 ? whole.format(n) : compact.format(n));
export const full = (n) => whole.format(n);
export const and = (names) => list.format(names);
export const exactTime = (time) => exact.format(new Date(time));

/** `1 like`, `2 likes`. */
export const many = (n, one, more = `${one}s`) => `${whole.format(n)} ${n === 1 ? one : more}`;

/** How long ago: `now`, `4 min`, `3 h`, `2 d`, `5 wk`. */
export function ago(time, now = Date.now()) {
  const seconds = (now - new Date(time).getTime()) / 1000;
  if (seconds < 45) return 'now';
  if (seconds < 3_600) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  if (seconds < 14 * 86_400) return `${Math.floor(seconds / 86_400)} d`;
  return `${Math.floor(seconds / (7 * 86_400))} wk`;
}

/** A duration of an operation, from milliseconds: `0.42 ms`, `18 ms`, `1.2 s`. */
export function duration(ms) {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** How long something has been running, from seconds: `42 s`, `5 min`, `2 h 10 min`. */
export function uptime(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
}

/** 1 as `1st`, 2 as `2nd`. */
export function nth(n) {
  const rule = new Intl.PluralRules('en', { type: 'ordinal' }).select(n);
  return `${n}${{ one: 'st', two: 'nd', few: 'rd', other: 'th' }[rule]}`;
}

const REASONS = {
  follow: (name) => `You follow ${name}`,
  trending: () => 'Trending today',
  affinity: (name) => `You often interact with ${name}`,
  recent: () => 'New',
};
const SOURCES = { follow: 'people you follow', trending: 'trending', affinity: 'your history', recent: 'new posts' };

/** Why the post is in the feed at all. A reason this page does not know is shown as it came. */
export const reasonOf = (item, name) => REASONS[item.reason]?.(name) ?? item.reason ?? '';

/** Where else it was found: `also in trending and your history`, or nothing. */
export function alsoFrom(item) {
  const others = (item.sources ?? []).filter((source) => source !== item.reason).map((s) => SOURCES[s] ?? s);
  return others.length ? `also in ${and(others)}` : '';
}

const MISSING = {
  follow: 'posts of the people you follow',
  trending: 'trending posts',
  affinity: 'posts from your history',
  features: 'fresh counts',
  cache: 'the cache',
};

/** One calm sentence for what an answer says was missing; empty in health. */
export function degradedSentence(parts) {
  if (!parts?.length) return '';
  if (parts.includes('store')) return 'Ranking is away for the moment. These are the newest posts of the people you follow.';
  return `This feed is made without ${and(parts.map((p) => MISSING[p] ?? p))} for the moment. Everything else goes on.`;
}

const SUGGESTED = { similar_taste: 'Likes what you like', popular: 'Popular here' };

/** Why somebody is suggested; `names`: those followed by both, `more`: how many beyond them. */
export function suggestedBecause(item, names, more) {
  if (item.reason !== 'mutual_follows' || !names.length) return SUGGESTED[item.reason] ?? 'Followed by people you follow';
  return `Followed by ${and(more > 0 ? [...names, many(more, 'other')] : names)}`;
}
