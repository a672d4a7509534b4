// What the viewer does to a post or its author. The page shows it at once and takes it back when the server refuses.

import { api } from './api.js';
import { fail, say, toast } from './notice.js';
import { eventId } from './seen.js';
import { emit } from './state.js';

/** Likes, or takes the like back. */
export async function like(item) {
  if (item.likeBusy) return;
  const liked = !item.post.viewer.liked;
  const show = (is) => {
    item.post.viewer.liked = is;
    if (item.post.counts.likes !== undefined) item.post.counts.likes = Math.max(0, item.post.counts.likes + (is ? 1 : -1));
    item.counts();
  };
  item.likeBusy = true;
  show(liked);
  try {
    await api.like(item.id, liked);
    say(liked ? 'Liked' : 'Like taken back');
  } catch (error) {
    show(!liked);
    fail(liked ? 'The like did not arrive' : 'The like is still there', error);
  }
  item.likeBusy = false;
  item.likeKnownAt = performance.now();
  emit('wrote');
}

/** Tells the ranking that the viewer shared the post. Where to is the product's business. */
export async function share(item) {
  try {
    await api.events([{ event_id: eventId(), post_id: item.id, author_id: item.post.author_id, action: 'share' }]);
    toast('Share counted.');
    emit('wrote');
  } catch (error) {
    fail('The share did not arrive', error);
  }
}

/** Hides the post. */
export function hide(item) {
  return away(item, { post: item.id }, (yes) => api.hide(item.id, yes), 'Hidden. You will not see this post again.');
}

/** Hides the author's posts from the viewer. */
export function mute(item) {
  const { author_id: id } = item.post;
  return away(item, { author: id }, (yes) => api.mute(id, yes), `${item.author.display_name} is muted.`);
}

/** Ends all follows between the viewer and the author and hides both from each other. */
export function block(item) {
  const { author_id: id } = item.post;
  return away(item, { author: id }, (yes) => api.block(id, yes),
    `${item.author.display_name} is blocked. Follows between you have ended.`);
}

async function away(item, what, write, done) {
  emit('gone', { ...what, item });
  try {
    await write(true);
    toast(done, { undo: () => back(what, write) });
  } catch (error) {
    emit('back', what);
    fail('That did not work', error);
  }
  emit('wrote');
}

async function back(what, write) {
  try {
    await write(false);
    emit('back', what);
    say('Undone');
  } catch (error) {
    fail('It could not be undone', error);
  }
  emit('wrote');
}

/** Follows the author, or stops. */
export async function follow(item, yes) {
  const name = item.author.display_name;
  if (await setFollow(item.post.author_id, yes, name)) toast(yes ? `You follow ${name}.` : `You no longer follow ${name}.`);
}

/** Follows somebody, or stops; true if it worked. Everybody who shows that person hears `followed`. */
export async function setFollow(id, yes, name) {
  emit('followed', { id, yes });
  try {
    await api.follow(id, yes);
    emit('wrote');
    return true;
  } catch (error) {
    emit('followed', { id, yes: !yes });
    fail(yes ? `You do not follow ${name} yet` : `You still follow ${name}`, error);
    return false;
  }
}
