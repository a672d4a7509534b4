//! Who lives in the community.

use std::collections::HashSet;
use std::time::Duration;

use nova_core::model::{Timestamp, UserId};

use super::WorldConfig;
use super::identity;
use super::rhythm::Rhythm;
use super::taste::{TOPICS, Tastes};
use super::text::Vocabulary;
use crate::chance::Chance;

/// Tail of fame: with 1.1 the best known hundredth of a community holds about a quarter of all follows.
const FAME_ALPHA: f64 = 0.95;
/// Spread of how much people write: the logarithm's deviation. At 1.4 a tenth of the people write half of the posts.
const POSTING_SIGMA: f64 = 1.4;
/// Spread of how often people read.
const READING_SIGMA: f64 = 0.9;
/// Accounts are at least this many days older than the history, so that nobody acts before joining.
const JOINED_DAYS: (f64, f64) = (20.0, 700.0);
const DAY_SECONDS: f64 = 86_400.0;

/// A person: fixed by the seed, the same in every history of the community.
#[derive(Debug, Clone)]
pub struct Person {
    /// A UUID of version 8 made from the seed.
    pub id: UserId,
    /// 3..=30 of `[a-z0-9_]`, unique in the community.
    pub handle: Box<str>,
    /// What people read.
    pub display_name: Box<str>,
    /// When the account was made; before the history starts.
    pub joined: Timestamp,
    /// What this person likes, and mostly writes about.
    pub tastes: Tastes,
    /// When this person is active.
    pub rhythm: Rhythm,
    /// How well known: Pareto, from 1 upwards.
    pub fame: f64,
    /// How good the posts are, 0.0..=1.0.
    pub skill: f64,
    /// Posts a day, on average.
    pub posts_per_day: f64,
    /// Visits of the feed a day, on average.
    pub visits_per_day: f64,
}

/// Draws everybody.
pub(super) fn people(config: &WorldConfig, words: &Vocabulary) -> Vec<Person> {
    let mut shares = [0.0; TOPICS];
    for (share, subject) in shares.iter_mut().zip(&words.subjects) {
        *share = subject.share;
    }
    let mut handles = HashSet::with_capacity(config.users as usize);
    (0..config.users).map(|number| person(config, words, &shares, &mut handles, number)).collect()
}

fn person(
    config: &WorldConfig,
    words: &Vocabulary,
    shares: &[f64; TOPICS],
    handles: &mut HashSet<Box<str>>,
    number: u32,
) -> Person {
    let chance = &mut Chance::new(config.seed, "person", u64::from(number));
    let first = chance.pick(&words.first).copied().unwrap_or("Alex");
    let last = chance.pick(&words.last).copied().unwrap_or("Doe");
    let days_before = chance.between(JOINED_DAYS.0, JOINED_DAYS.1);
    let fame = chance.pareto(FAME_ALPHA);
    // the well known write better and more, on average: that is how they got known
    let renown = (fame.ln() / 8.0).min(0.4);
    Person {
        id: identity::user(config.seed, number),
        handle: handle(first, last, handles, chance),
        display_name: display_name(first, last, chance),
        joined: config.start().minus(Duration::from_secs_f64(days_before * DAY_SECONDS)),
        tastes: Tastes::draw(shares, chance),
        rhythm: Rhythm::draw(chance),
        fame,
        skill: (0.35 + renown + 0.16 * chance.normal()).clamp(0.02, 1.0),
        posts_per_day: chance.log_normal(config.posts_per_day, POSTING_SIGMA) * (1.0 + renown),
        visits_per_day: chance.log_normal(config.visits_per_day, READING_SIGMA).min(24.0),
    }
}

fn display_name(first: &str, last: &str, chance: &mut Chance) -> Box<str> {
    let initial = last.chars().next().unwrap_or('D');
    match chance.below(10) {
        0 => first.to_lowercase().into(),
        1 => format!("{first} {initial}.").into(),
        2 => first.into(),
        _ => format!("{first} {last}").into(),
    }
}

/// A handle nobody has yet: a readable form of the name, with a number once the forms are taken.
fn handle(first: &str, last: &str, taken: &mut HashSet<Box<str>>, chance: &mut Chance) -> Box<str> {
    let (first, last) = (ascii(first), ascii(last));
    let initial = &first[..1];
    let mut forms = [
        format!("{first}_{last}"),
        format!("{first}{last}"),
        format!("{initial}{last}"),
        format!("{first}_{}", &last[..1]),
        format!("{last}_{first}"),
        first.clone(),
    ];
    let turn = chance.below(forms.len());
    forms.rotate_left(turn);
    let year = 60 + chance.below(49);
    let readable = forms.into_iter().chain([format!("{first}{last}{:02}", year % 100)]);
    // the numbered forms never end: as many numbers as there are handles hold a free one
    let numbered = (2..).map(|number: u32| format!("{first}_{last}_{number}"));
    for form in readable.chain(numbered) {
        if form.len() >= 3 && taken.insert(form.as_str().into()) {
            return form.into();
        }
    }
    unreachable!("u32 numbers exceed the people a community can have")
}

/// Lower case ASCII letters of a name: accents fall off, other signs vanish.
fn ascii(name: &str) -> String {
    let plain = |letter| match letter {
        'á' | 'à' | 'ã' | 'ä' | 'å' => Some('a'),
        'é' | 'è' | 'ê' | 'ë' => Some('e'),
        'í' | 'ï' => Some('i'),
        'ó' | 'ö' | 'ø' | 'ô' => Some('o'),
        'ú' | 'ü' => Some('u'),
        'ñ' => Some('n'),
        'ç' => Some('c'),
        'ł' => Some('l'),
        'a'..='z' => Some(letter),
        _ => None,
    };
    name.to_lowercase().chars().filter_map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_gives_a_sound_handle() {
        let words = Vocabulary::compiled_in();
        let config = WorldConfig::new(4_000, 3, Timestamp::from_millis(1_780_000_000_000));
        let people = people(&config, &words);
        let mut seen = HashSet::new();
        for person in &people {
            assert!((3..=30).contains(&person.handle.len()), "{}", person.handle);
            assert!(person.handle.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
            assert!(seen.insert(&person.handle), "{} twice", person.handle);
            assert!(!person.display_name.is_empty() && person.joined < config.start());
        }
        let numbered =
            people.iter().filter(|person| person.handle.ends_with(|c: char| c.is_ascii_digit())).count();
        assert!(numbered < people.len() / 4, "{numbered} handles carry a number");
    }

    #[test]
    fn no_letter_of_a_name_is_lost() {
        let words = Vocabulary::compiled_in();
        for name in words.first.iter().chain(&words.last) {
            let letters = name.chars().filter(|letter| letter.is_alphabetic()).count();
            assert_eq!(ascii(name).len(), letters, "{name}");
        }
    }
}
