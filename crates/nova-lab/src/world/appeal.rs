//! What a person does with a post: the one model behind the history and the live traffic.

use crate::chance::Chance;

/// What came of a post on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reaction {
    /// Opened.
    pub view: bool,
    /// Something in it was followed; only with `view`.
    pub click: bool,
    /// Milliseconds spent on it, 300..=180,000; `None` when it was scrolled past.
    pub dwell_ms: Option<u32>,
    /// Liked.
    pub like: bool,
    /// Answered.
    pub comment: bool,
    /// Passed on.
    pub share: bool,
    /// Wanted gone.
    pub hide: bool,
}

/// Draws what somebody does with a post.
///
/// `interest` is [`super::taste::Tastes::interest`] of its topic, `quality` the post's; both 0.0..=1.0. Together they
/// are the post's pull, `interest * (0.35 + 0.65 * quality)`: what leaves one cold is not saved by being good, and what
/// one loves may be middling. A like takes more than half a pull; comments and shares come mostly with likes.
#[must_use]
pub fn react(interest: f64, quality: f64, chance: &mut Chance) -> Reaction {
    let pull = (interest * (0.35 + 0.65 * quality)).clamp(0.0, 1.0);
    let view = chance.happens(0.05 + 0.60 * pull);
    let like = chance.happens(0.008 + 0.42 * pull.powf(1.5));
    let stays = view || chance.happens(0.20);
    Reaction {
        view,
        click: view && chance.happens(0.15),
        dwell_ms: stays.then(|| dwell_ms(pull, chance)),
        like,
        comment: chance.happens(if like { 0.16 } else { 0.004 }),
        share: chance.happens(if like { 0.12 } else { 0.002 }),
        hide: interest < 0.05 && !like && chance.happens(0.012),
    }
}

/// Time spent: log-normal, with a mean of 2 to 11 seconds by pull.
fn dwell_ms(pull: f64, chance: &mut Chance) -> u32 {
    chance.log_normal(2_000.0 + 9_000.0 * pull, 0.7).clamp(300.0, 180_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(interest: f64, quality: f64, did: impl Fn(Reaction) -> bool) -> f64 {
        let mut chance = Chance::new(1, "appeal", 0);
        (0..20_000).filter(|_| did(react(interest, quality, &mut chance))).count() as f64 / 20_000.0
    }

    #[test]
    fn taste_and_quality_decide() {
        let like = |reaction: Reaction| reaction.like;
        assert!(rate(1.0, 0.9, like) > 8.0 * rate(0.05, 0.9, like));
        assert!(rate(1.0, 0.9, like) > 2.0 * rate(1.0, 0.1, like));
        assert!(rate(0.01, 0.5, |reaction| reaction.hide) > 0.005);
        assert_eq!(rate(0.5, 0.5, |reaction| reaction.hide), 0.0);
    }

    #[test]
    fn a_reaction_makes_sense() {
        let mut chance = Chance::new(1, "sense", 0);
        for at in 0..20_000 {
            let reaction = react(f64::from(at % 100) / 100.0, 0.5, &mut chance);
            assert!(!reaction.click || reaction.view);
            assert!(!reaction.view || reaction.dwell_ms.is_some());
            assert!(reaction.dwell_ms.is_none_or(|ms| (300..=180_000).contains(&ms)));
        }
    }
}
