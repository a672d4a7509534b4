//! The words: two data files, compiled in, read once.

use anyhow::{Context as _, Result, bail};

/// Phrases between bars, in the order of the file.
pub(super) type Phrases = Vec<&'static str>;

const TOPICS: &str = include_str!("topics.txt");
const PHRASES: &str = include_str!("phrases.txt");

/// What can be said about one topic; `topics.txt` explains the fields.
#[derive(Debug)]
pub(crate) struct Subject {
    /// One lowercase word; what the `topics` column of a post says.
    pub(crate) name: &'static str,
    /// Its share of the community's interest.
    pub(crate) share: f64,
    pub(super) tags: Phrases,
    pub(super) emoji: Phrases,
    pub(super) sites: Phrases,
    pub(super) a: Phrases,
    pub(super) b: Phrases,
    pub(super) acts: Phrases,
    pub(super) facts: Phrases,
    pub(super) takes: Phrases,
    pub(super) asks: Phrases,
}

/// Everything the community can say.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) first: Phrases,
    pub(crate) last: Phrases,
    pub(super) leads: Phrases,
    pub(super) reactions: Phrases,
    pub(super) hedges: Phrases,
    pub(super) contexts: Phrases,
    pub(super) told: Phrases,
    pub(super) days: Phrases,
    pub(super) cities: Phrases,
    /// Ways to answer: to agree, to ask back, to tell one's own, to cheer.
    pub(super) replies: [Phrases; 4],
}

/// The `key: value` lines of a block.
struct Block(Vec<(&'static str, &'static str)>);

impl Block {
    fn read(text: &'static str) -> Result<Self> {
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let pair = |line: &'static str| line.split_once(": ").with_context(|| format!("no key in {line:?}"));
        Ok(Self(lines.map(pair).collect::<Result<_>>()?))
    }

    fn value(&self, key: &str) -> Result<&'static str> {
        let found = self.0.iter().find(|(name, _)| *name == key);
        Ok(found.with_context(|| format!("no line {key:?}"))?.1)
    }

    fn phrases(&self, key: &str) -> Result<Phrases> {
        let phrases: Phrases = self.value(key)?.split('|').map(str::trim).collect();
        if phrases.iter().any(|phrase| phrase.is_empty()) {
            bail!("an empty phrase in {key:?}");
        }
        Ok(phrases)
    }
}

impl Subject {
    fn read(text: &'static str) -> Result<Self> {
        let block = Block::read(text)?;
        let (name, share) = block.value("topic")?.split_once(' ').context("a topic needs a share")?;
        let phrases = |key| block.phrases(key).with_context(|| format!("topic {name}"));
        Ok(Self {
            name,
            share: share.parse().with_context(|| format!("share of {name}"))?,
            tags: phrases("tags")?,
            emoji: phrases("emoji")?,
            sites: phrases("site")?,
            a: phrases("a")?,
            b: phrases("b")?,
            acts: phrases("act")?,
            facts: phrases("fact")?,
            takes: phrases("take")?,
            asks: phrases("ask")?,
        })
    }
}

impl Vocabulary {
    /// Reads both files.
    pub(crate) fn compiled_in() -> Self {
        Self::read().expect("the compiled-in vocabulary is well formed: a test reads it")
    }

    fn read() -> Result<Self> {
        let blocks = TOPICS.split("\n\n").filter(|block| block.contains("topic: "));
        let subjects = blocks.map(Subject::read).collect::<Result<Vec<_>>>()?;
        let block = Block::read(PHRASES)?;
        Ok(Self {
            subjects,
            first: block.phrases("first")?,
            last: block.phrases("last")?,
            leads: block.phrases("lead")?,
            reactions: block.phrases("react")?,
            hedges: block.phrases("hedge")?,
            contexts: block.phrases("context")?,
            told: block.phrases("told")?,
            days: block.phrases("day")?,
            cities: block.phrases("city")?,
            replies: [
                block.phrases("agree")?,
                block.phrases("wonder")?,
                block.phrases("share")?,
                block.phrases("cheer")?,
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOTS: [&str; 6] = ["a", "b", "n", "name", "city", "day"];

    #[test]
    fn every_phrase_keeps_the_form_the_file_promises() {
        let words = Vocabulary::read().expect("the files are well formed");
        for subject in &words.subjects {
            for phrase in subject.acts.iter().chain(&subject.takes) {
                assert!(!phrase.ends_with(['.', '?', '!']), "{phrase:?} is not a clause");
            }
            assert!(subject.facts.iter().all(|fact| fact.ends_with('.')), "{}", subject.name);
            assert!(subject.asks.iter().all(|ask| ask.ends_with('?')), "{}", subject.name);
            assert!(subject.tags.iter().all(|tag| tag.starts_with('#') && !tag.contains(' ')));
            assert!(subject.sites.iter().all(|site| site.ends_with(".example")), "{}", subject.name);
            assert!(subject.name.bytes().all(|byte| byte.is_ascii_lowercase()));
            assert!(subject.share > 0.0);
        }
        assert_eq!(words.subjects.len(), crate::world::taste::TOPICS);
    }

    #[test]
    fn every_slot_is_one_that_gets_filled() {
        for file in [TOPICS, PHRASES] {
            for line in file.lines().filter(|line| !line.starts_with('#')) {
                for rest in line.split('{').skip(1) {
                    let slot = rest.split('}').next().unwrap_or_default();
                    assert!(SLOTS.contains(&slot), "{{{slot}}} in {line:?}");
                }
            }
        }
    }
}
