//! What a feed asks of the tables, and what keeps them.

use nova_core::model::{PostId, UserId};
use nova_core::pipeline::{Candidate, Features, Origin, Origins, RowHint, Verdict};

use super::world::{World, minute};
use crate::social::Write;

fn candidate(post: PostId) -> Candidate {
    Candidate {
        post,
        // what a source believes is not what decides
        author: UserId::from_bits(0),
        created_at: minute(0),
        row: RowHint::NONE,
        origins: Origins::only(Origin::Follow),
        verdict: Verdict::SEEN,
        features: Features::default(),
    }
}

async fn verdicts(w: &World, viewer: Option<UserId>, posts: &[PostId]) -> Vec<Verdict> {
    let mut found: Vec<_> = posts.iter().copied().map(candidate).collect();
    w.social.judge(viewer, minute(100), &mut found).await.expect("judge");
    assert!(found.iter().map(|candidate| candidate.post).eq(posts.iter().copied()));
    found.into_iter().map(|candidate| candidate.verdict).collect()
}

pub(crate) async fn bodies_come_in_the_order_asked(w: &World) {
    let ann = w.user("ann").await;
    let mut posts = Vec::new();
    for n in 0..30 {
        let mut new = w.new_post(ann);
        (new.text, new.media) = (format!("number {n} 🦀"), format!("[{n}]"));
        posts.push((new.id, new.text.clone(), new.media.clone()));
        w.write(Write::Post(new, minute(n))).await;
    }
    posts.reverse();
    let ids: Vec<_> = posts.iter().map(|(id, ..)| *id).collect();
    let bodies = w.social.bodies(&ids).await.expect("bodies");
    for (body, (_, text, media)) in bodies.iter().zip(&posts) {
        let body = body.as_ref().expect("there");
        assert_eq!((&body.text, &body.media), (text, media));
        assert_eq!((body.handle.as_deref(), body.display_name.as_deref()), (Some("ann"), Some("ANN")));
    }
    assert_eq!(w.social.bodies(&[]).await.expect("none"), []);
    let twice = w.social.bodies(&[ids[3], ids[3]]).await.expect("twice");
    assert_eq!(twice[0], twice[1]);
}

pub(crate) async fn bodies_of_what_is_gone_are_not_given(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let (there, gone, orphan) = (w.post(ann, 1).await, w.post(ann, 1).await, w.post(bob, 1).await);
    w.delete_post(gone, ann).await;
    w.delete_user(bob).await;
    let asked = [gone, there, orphan, PostId(w.id())];
    let bodies = w.social.bodies(&asked).await.expect("bodies");
    let given: Vec<_> = bodies.iter().map(Option::is_some).collect();
    assert_eq!(given, [false, true, false, false]);
}

pub(crate) async fn verdicts_name_every_reason(w: &World) {
    let mut authors = Vec::new();
    for handle in ["ann", "deleted", "blocked", "blocking", "muted", "good"] {
        authors.push(w.user(handle).await);
    }
    let [ann, deleted, blocked, blocking, muted, good] = authors[..] else { panic!("six authors") };
    let mut posts = Vec::new();
    for author in [good, ann, deleted, blocked, blocking, muted, good, good, good] {
        posts.push(w.post(author, 10).await);
    }
    posts.extend([w.post(good, 105).await, w.post(good, 106).await, PostId(w.id())]);
    w.delete_user(deleted).await;
    w.block(ann, blocked).await;
    w.block(blocking, ann).await;
    w.write(Write::Mute(ann, muted, minute(20))).await;
    w.hide(ann, posts[6]).await;
    w.delete_post(posts[7], good).await;
    w.hide(ann, posts[8]).await;
    w.delete_post(posts[8], good).await;
    assert_eq!(
        verdicts(w, Some(ann), &posts).await,
        [
            Verdict::CLEAR,
            Verdict::OWN,
            Verdict::AUTHOR_GONE,
            Verdict::BLOCKED,
            Verdict::BLOCKED,
            Verdict::MUTED,
            Verdict::HIDDEN,
            Verdict::GONE,
            Verdict::GONE.with(Verdict::HIDDEN),
            Verdict::CLEAR,
            Verdict::EARLY,
            Verdict::GONE,
        ]
    );
}

pub(crate) async fn verdicts_without_a_viewer(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let (there, gone, early) = (w.post(ann, 1).await, w.post(ann, 1).await, w.post(ann, 200).await);
    w.hide(bob, there).await;
    w.block(ann, bob).await;
    w.delete_post(gone, ann).await;
    assert_eq!(
        verdicts(w, None, &[there, gone, early]).await,
        [Verdict::CLEAR, Verdict::GONE, Verdict::EARLY]
    );
}

pub(crate) async fn sights_are_verdicts_own_likes_and_the_texts_asked_for(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let mut posts = Vec::new();
    for author in [bob, ann, eve, bob, bob, bob] {
        posts.push(w.post(author, 10).await);
    }
    posts.push(PostId(w.id()));
    for (liker, post, at) in [(ann, 0, 20), (bob, 0, 21), (bob, 3, 22), (ann, 4, 23), (ann, 5, 24)] {
        w.write(Write::Like(liker, posts[post], minute(at))).await;
    }
    w.write(Write::Unlike(ann, posts[5], minute(25))).await;
    w.block(ann, eve).await;
    w.delete_post(posts[4], bob).await;
    let mut found: Vec<_> = posts.iter().copied().map(candidate).collect();
    let texts = [true, true, false, false, true, true];
    let sights = w.social.sights(ann, minute(100), &mut found, &texts).await.expect("sights");
    let judged: Vec<_> = found.iter().map(|candidate| candidate.verdict).collect();
    assert_eq!(judged, verdicts(w, Some(ann), &posts).await);
    assert_eq!(judged[2..5], [Verdict::BLOCKED, Verdict::CLEAR, Verdict::GONE]);
    let liked: Vec<_> = sights.iter().map(|sight| sight.liked_at).collect();
    assert_eq!(liked[..4], [Some(minute(20)), None, None, None]);
    assert_eq!(liked[5..], [None, None]);
    let bodies = w.social.bodies(&posts).await.expect("bodies");
    let asked = |place: usize| texts.get(place).is_some_and(|&asked| asked);
    for (place, (sight, body)) in sights.into_iter().zip(bodies).enumerate() {
        assert_eq!(sight.body, body.filter(|_| asked(place)), "{place}");
    }
    assert_eq!(w.social.sights(ann, minute(100), &mut [], &[]).await.expect("none"), []);
}

pub(crate) async fn verdicts_keep_the_order_of_a_thousand(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let new: Vec<_> = (0..1_000).map(|n| w.new_post(if n % 3 == 0 { ann } else { bob })).collect();
    let mut posts: Vec<_> = new.iter().map(|new| (new.id, new.author)).collect();
    w.write_all(new.into_iter().map(|new| Write::Post(new, minute(1))).collect()).await;
    posts.rotate_left(137);
    let ids: Vec<_> = posts.iter().map(|(id, _)| *id).collect();
    for (verdict, (_, author)) in verdicts(w, Some(ann), &ids).await.into_iter().zip(&posts) {
        assert_eq!(verdict == Verdict::OWN, *author == ann);
        assert_eq!(verdict == Verdict::CLEAR, *author == bob);
    }
    assert_eq!(verdicts(w, Some(ann), &[]).await, []);
}

pub(crate) async fn every_row_is_written_again(w: &World) {
    assert_eq!(w.social.resnapshot().await.expect("empty"), 0);
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let (post, gone) = (w.post(ann, 1).await, w.post(ann, 1).await);
    w.comment(post, bob, 2).await;
    w.write(Write::Like(bob, post, minute(2))).await;
    w.follow(ann, bob, 2).await;
    w.write(Write::Mute(bob, ann, minute(2))).await;
    w.hide(bob, gone).await;
    w.delete_post(gone, ann).await;
    let crowd = w.crowd(1_100).await;
    w.write_all(crowd.iter().map(|&who| Write::Block(who, ann, minute(3))).collect()).await;
    // deleted rows are rows; the 1,100 show that pages join
    assert_eq!(w.social.resnapshot().await.expect("all"), 2 + 2 + 1 + 1 + 1 + 1 + 1 + 2 * 1_100);
}

pub(crate) async fn tables_answer(w: &World) {
    w.social.check().await.expect("healthy");
    w.user("ann").await;
    w.social.check().await.expect("healthy");
}
