//! Texts that read like posts: a small grammar over the vocabulary.
//!
//! A text is one of eight shapes ("a lead and what I did. What came of it."), each slot filled from the topic's own
//! phrases; `{a}` and `{b}` are drawn once a text, so that it stays with its subject. Each topic has some 10^6 texts.

mod vocabulary;

use std::fmt::Write as _;

use super::taste::Topic;
use crate::chance::Chance;

use vocabulary::Subject;
pub(crate) use vocabulary::Vocabulary;

/// The shortest text, in characters.
pub const CHARS_MIN: usize = 40;
/// The longest text, in characters; ends (tags, links, emoji) that would exceed it are left out.
pub const CHARS_MAX: usize = 280;

/// One text in the making.
struct Draft<'a> {
    words: &'a Vocabulary,
    subject: &'a Subject,
    chance: &'a mut Chance,
    a: &'static str,
    b: &'static str,
    text: String,
}

impl Vocabulary {
    /// The words of a topic.
    pub(crate) fn subject(&self, topic: Topic) -> &Subject {
        &self.subjects[topic.index()]
    }

    /// A post about `topic`, of [`CHARS_MIN`]..=[`CHARS_MAX`] characters.
    pub(crate) fn post(&self, topic: Topic, chance: &mut Chance) -> String {
        let mut draft = Draft::new(self, topic, chance);
        draft.body();
        draft.ends();
        draft.text
    }

    /// An answer to a post about `topic`.
    pub(crate) fn comment(&self, topic: Topic, chance: &mut Chance) -> String {
        let mut draft = Draft::new(self, topic, chance);
        let (first, second) = (draft.chance.below(4), draft.chance.below(4));
        draft.sentence(&self.replies[first]);
        if second != first && draft.chance.happens(0.45) {
            draft.sentence(&self.replies[second]);
        }
        draft.text
    }
}

impl<'a> Draft<'a> {
    fn new(words: &'a Vocabulary, topic: Topic, chance: &'a mut Chance) -> Self {
        let subject = words.subject(topic);
        let (a, b) = (one(&subject.a, chance), one(&subject.b, chance));
        Self { words, subject, chance, a, b, text: String::with_capacity(320) }
    }

    fn body(&mut self) {
        let (words, subject) = (self.words, self.subject);
        match self.chance.below(12) {
            0..=2 => self.told(&words.leads, &subject.acts, &subject.facts),
            3 | 4 => self.told(&words.leads, &subject.acts, &words.reactions),
            5 => self.told(&words.hedges, &subject.takes, &subject.facts),
            6 => self.told(&words.hedges, &subject.takes, &words.reactions),
            7 => self.told(&words.told, &subject.takes, &subject.facts),
            8 => {
                self.sentence(&subject.asks);
                self.sentence(&words.contexts);
            }
            9 => {
                self.told(&words.leads, &subject.acts, &subject.asks);
            }
            10 => {
                self.sentence(&subject.facts);
                self.told(&words.leads, &subject.acts, &words.reactions);
            }
            _ => {
                self.sentence(&subject.asks);
                self.told(&words.leads, &subject.acts, &subject.facts);
            }
        }
        // two sentences at most: the shortest pair of phrases is 25 characters
        for _ in 0..2 {
            if self.text.chars().count() < CHARS_MIN {
                self.sentence(&words.reactions);
            }
        }
    }

    /// "Lead clause. Sentence"
    fn told(&mut self, leads: &[&'static str], clauses: &[&'static str], sentences: &[&'static str]) {
        self.sentence(leads);
        self.text.push(' ');
        let clause = one(clauses, self.chance);
        self.fill(clause);
        self.text.push('.');
        self.sentence(sentences);
    }

    fn sentence(&mut self, phrases: &[&'static str]) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        let phrase = one(phrases, self.chance);
        self.fill(phrase);
        self.capitalise(start);
    }

    fn capitalise(&mut self, start: usize) {
        let first = self.text[start..].chars().next().filter(char::is_ascii_lowercase);
        if let Some(first) = first {
            self.text.replace_range(start..=start, first.to_ascii_uppercase().encode_utf8(&mut [0; 4]));
        }
    }

    /// Appends a phrase with its slots filled.
    fn fill(&mut self, phrase: &'static str) {
        let mut parts = phrase.split('{');
        self.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (slot, rest) = part.split_once('}').unwrap_or(("", part));
            self.slot(slot);
            self.text.push_str(rest);
        }
    }

    fn slot(&mut self, slot: &str) {
        let words = self.words;
        match slot {
            // {a} may itself speak of a city
            "a" => self.fill(self.a),
            "b" => self.fill(self.b),
            "n" => {
                let number = 2 + self.chance.below(11);
                write!(self.text, "{number}").expect("writing to a String cannot fail");
            }
            "name" => self.text.push_str(one(&words.first, self.chance)),
            "city" => self.text.push_str(one(&words.cities, self.chance)),
            "day" => self.text.push_str(one(&words.days, self.chance)),
            _ => {}
        }
    }

    /// A symbol, tags, a link: what people put at the end.
    fn ends(&mut self) {
        let subject = self.subject;
        if self.chance.happens(0.22) {
            let emoji = one(&subject.emoji, self.chance);
            self.end(emoji);
        }
        if self.chance.happens(0.28) {
            let tag = one(&subject.tags, self.chance);
            self.end(tag);
            let second = one(&subject.tags, self.chance);
            if second != tag && self.chance.happens(0.4) {
                self.end(second);
            }
        }
        if self.chance.happens(0.08) {
            let link =
                format!("https://{}/{}", one(&subject.sites, self.chance), 1_000 + self.chance.below(9_000));
            self.end(&link);
        }
    }

    fn end(&mut self, end: &str) {
        if self.text.chars().count() + 1 + end.chars().count() <= CHARS_MAX {
            self.text.push(' ');
            self.text.push_str(end);
        }
    }
}

/// One phrase; an empty list gives an empty one.
fn one(phrases: &[&'static str], chance: &mut Chance) -> &'static str {
    chance.pick(phrases).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn posts_are_within_their_limits_and_practically_unique() {
        let words = Vocabulary::compiled_in();
        let mut chance = Chance::new(1, "texts", 0);
        let texts: Vec<String> =
            (0..12_000).map(|at| words.post(Topic::ALL[at % Topic::ALL.len()], &mut chance)).collect();
        for text in &texts {
            let chars = text.chars().count();
            assert!((CHARS_MIN..=CHARS_MAX).contains(&chars), "{chars} characters: {text}");
            assert!(!text.contains(['{', '}', '|']) && !text.contains("  ") && text.trim() == text, "{text}");
            assert!(!text.chars().next().is_some_and(char::is_lowercase), "{text}");
        }
        let distinct: HashSet<&String> = texts.iter().collect();
        assert!(distinct.len() * 1_000 >= texts.len() * 995, "{} of {}", distinct.len(), texts.len());
    }

    #[test]
    fn a_post_speaks_of_its_topic() {
        let words = Vocabulary::compiled_in();
        let mut chance = Chance::new(2, "texts", 0);
        for topic in Topic::ALL {
            let subject = words.subject(topic);
            let own = |text: &str| {
                let plain = |phrase: &&str| {
                    !phrase.contains('{') && text.to_lowercase().contains(&phrase.to_lowercase())
                };
                subject.a.iter().chain(&subject.b).chain(&subject.facts).any(plain)
            };
            let posts = (0..200).map(|_| words.post(topic, &mut chance));
            let spoken = posts.filter(|text| own(text)).count();
            assert!(spoken > 120, "{}: {spoken} of 200", subject.name);
        }
    }

    #[test]
    fn comments_are_short_and_varied() {
        let words = Vocabulary::compiled_in();
        let mut chance = Chance::new(3, "texts", 0);
        let texts: HashSet<String> = (0..1_000).map(|_| words.comment(Topic::ALL[3], &mut chance)).collect();
        assert!(texts.len() > 400, "{}", texts.len());
        assert!(texts.iter().all(|text| (5..=CHARS_MAX).contains(&text.chars().count())));
    }
}
