// The comments of one post: a box to write one, the list, newest first.

import { api } from './api.js';
import { button, el, setText } from './dom.js';
import { fail, say } from './notice.js';
import { learn, lookup, nameless, person } from './people.js';
import { emit, state } from './state.js';
import { ago, exactTime } from './words.js';

const TEXT_MAX = 2_000;

export class Comments {
  constructor(item) {
    this.item = item;
    this.list = el('ul', { class: 'comment-list' });
    this.note = el('p', { class: 'note', role: 'status' });
    this.moreButton = button('Older comments', () => this.load(), { class: 'quiet', hidden: true });
    this.box = el('textarea', { rows: 2, 'aria-label': 'Write a comment', placeholder: 'Write a comment',
      on: { keydown: (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.send(event); } } });
    this.sendButton = el('button', { type: 'submit', class: 'primary', text: 'Comment' });
    this.root = el('section', { class: 'comments', id: `comments-${item.id}`, 'aria-label': 'Comments', hidden: true },
      el('form', { class: 'comment-form', novalidate: true, on: { submit: (event) => this.send(event) } }, this.box, this.sendButton),
      this.note, this.list, this.moreButton);
  }

  open() {
    this.root.hidden = false;
    this.cursor = null;
    this.list.replaceChildren();
    this.load();
    this.box.focus({ preventScroll: true });
  }

  close() {
    const within = this.root.contains(document.activeElement);
    this.root.hidden = true;
    if (within) this.item.commentButton.focus();
  }

  async load() {
    setText(this.note, 'Reading the comments');
    try {
      const page = await api.comments(this.item.id, this.cursor);
      this.cursor = page.next_cursor;
      this.list.append(...page.items.map((one) => this.line(one)));
      setText(this.note, this.list.children.length ? '' : 'No comments yet.');
      this.moreButton.hidden = !this.cursor;
    } catch (error) {
      setText(this.note, error.message);
      this.moreButton.hidden = false;
      this.moreButton.textContent = 'Try again';
    }
  }

  async send(event) {
    event.preventDefault();
    const text = this.box.value.trim();
    const length = [...text].length;
    if (!length) return setText(this.note, 'Write something first.');
    if (length > TEXT_MAX) return setText(this.note, `${length - TEXT_MAX} characters too many.`);
    if (this.sendButton.disabled) return undefined;
    this.sendButton.disabled = true;
    try {
      const made = await api.comment(this.item.id, text);
      this.box.value = '';
      setText(this.note, '');
      this.list.prepend(this.line({ author_id: state.viewer.id, text, created_at: new Date().toISOString(), ...made }));
      this.count(+1);
      say('Comment sent');
      emit('wrote');
    } catch (error) {
      setText(this.note, error.message);
    } finally {
      this.sendButton.disabled = false;
    }
    return undefined;
  }

  line(comment) {
    const id = comment.author_id ?? comment.user_id;
    learn(id, comment.author);
    const name = el('b', { text: (person(id) ?? nameless(id)).display_name });
    if (!person(id)) lookup(id).then((who) => setText(name, who.display_name));
    const line = el('li', {}, el('p', { class: 'comment-head' }, name, ' ',
      el('time', { datetime: comment.created_at, title: exactTime(comment.created_at), text: ago(comment.created_at) })),
    el('p', { class: 'text', dir: 'auto', text: comment.text }));
    if (id === state.viewer?.id && comment.id) {
      line.firstElementChild.append(button('Delete', () => this.remove(comment.id, line), { class: 'quiet small' }));
    }
    return line;
  }

  async remove(id, line) {
    try {
      await api.uncomment(id);
      line.remove();
      this.count(-1);
      say('Comment deleted');
      emit('wrote');
      this.box.focus();
    } catch (error) {
      fail('The comment is still there', error);
    }
  }

  /** The number beside the button follows at once; the next answer has the server's. */
  count(by) {
    const { counts } = this.item.post;
    if (counts.comments !== undefined) counts.comments += by;
    this.item.counts();
  }
}
