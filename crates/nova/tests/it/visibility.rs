//! What must not be shown is shown on no path, from the very next request on.

use serde_json::json;

use crate::service::Service;

/// The ways in which posts reach a viewer.
const PATHS: [&str; 5] = [
    "/feed",
    "/feed?algo=time",
    "/feed/trending?window=1h",
    "/feed/trending?window=24h",
    "/feed/trending?window=7d",
];

struct Scene {
    app: Service,
    viewer: String,
    author: String,
    post: String,
    /// Of another author; it stays.
    other: String,
}

/// Two followed authors with a liked post each, reachable on every path.
async fn scene() -> Scene {
    let app = Service::start().await;
    let viewer = app.user("viewer").await;
    let (author, keeper, fan) = (app.user("author").await, app.user("keeper").await, app.user("fan").await);
    let (post, other) = (app.post(&author, "x").await, app.post(&keeper, "y").await);
    for user in [&author, &keeper] {
        app.join(&viewer, "follow", user).await;
    }
    for post in [&post, &other] {
        app.like(&fan, post).await;
    }
    app.refresh_trending().await;
    let scene = Scene { app, viewer, author, post, other };
    for path in PATHS {
        let shown = scene.shown(path).await;
        assert!(shown.contains(&scene.post) && shown.contains(&scene.other), "{path}: {shown:?}");
    }
    scene
}

impl Scene {
    async fn shown(&self, path: &str) -> Vec<String> {
        self.app.by(&self.viewer).get(path).await.expect(200).items("post_id")
    }

    /// First pages, and cursors of scrolls that began before `act`.
    async fn gone_after(&self, act: impl AsyncFnOnce(&Self)) {
        let mut scrolls = Vec::new();
        for path in PATHS {
            let gap = if path.contains('?') { '&' } else { '?' };
            let first = self.app.by(&self.viewer).get(&format!("{path}{gap}limit=1")).await.expect(200);
            let cursor = first.json()["next_cursor"].as_str().expect("a second page").to_owned();
            scrolls.push((format!("{path}{gap}limit=1&cursor={cursor}"), first.items("post_id").remove(0)));
        }
        act(self).await;
        for path in PATHS {
            assert_eq!(self.shown(path).await, [self.other.as_str()], "{path}");
        }
        for (path, first) in scrolls {
            let expected: &[&str] = if first == self.post { &[&self.other] } else { &[] };
            assert_eq!(self.shown(&path).await, expected, "{path}");
        }
    }

    async fn not_found_for_viewer(&self) {
        for path in ["", "/likes", "/comments"] {
            self.app
                .by(&self.viewer)
                .get(&format!("/posts/{}{path}", self.post))
                .await
                .problem(404, "not_found");
        }
        let like = format!("/posts/{}/like", self.post);
        self.app.by(&self.viewer).put(&like).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_block_by_the_viewer() {
    let scene = scene().await;
    scene.gone_after(async |scene| scene.app.join(&scene.viewer, "block", &scene.author).await).await;
    scene.not_found_for_viewer().await;
    scene.app.by(&scene.viewer).get(&format!("/users/{}", scene.author)).await.problem(404, "not_found");
    assert!(scene.app.by(&scene.viewer).get("/users?handle=author").await.items("id").is_empty());
}

#[tokio::test]
async fn a_block_by_the_author() {
    let scene = scene().await;
    scene.gone_after(async |scene| scene.app.join(&scene.author, "block", &scene.viewer).await).await;
    scene.not_found_for_viewer().await;
    scene.app.by(&scene.viewer).get(&format!("/users/{}", scene.author)).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_mute() {
    let scene = scene().await;
    scene.gone_after(async |scene| scene.app.join(&scene.viewer, "mute", &scene.author).await).await;
}

#[tokio::test]
async fn a_hidden_post() {
    let scene = scene().await;
    let hide = async |scene: &Scene| {
        scene.app.by(&scene.viewer).put(&format!("/posts/{}/hide", scene.post)).await.expect(204);
    };
    scene.gone_after(hide).await;
    scene.not_found_for_viewer().await;
}

#[tokio::test]
async fn a_post_hidden_by_an_event() {
    let scene = scene().await;
    let hide = async |scene: &Scene| {
        scene.app.by(&scene.viewer).report("hide", &scene.post).await.expect(202);
    };
    scene.gone_after(hide).await;
}

#[tokio::test]
async fn a_deleted_post() {
    let scene = scene().await;
    let delete = async |scene: &Scene| {
        scene.app.by(&scene.author).delete(&format!("/posts/{}", scene.post)).await.expect(204);
    };
    scene.gone_after(delete).await;
    scene.not_found_for_viewer().await;
}

#[tokio::test]
async fn a_deleted_author() {
    let scene = scene().await;
    scene
        .gone_after(async |scene| {
            scene.app.by(&scene.author).delete("/me").await.expect(204);
        })
        .await;
    scene.not_found_for_viewer().await;
}

#[tokio::test]
async fn suggestions_follow_blocks_mutes_and_deletions() {
    let app = Service::start().await;
    let (ann, friend) = (app.user("ann").await, app.user("friend").await);
    app.join(&ann, "follow", &friend).await;
    let mut strangers = Vec::new();
    for handle in ["blocked", "blocker", "muted", "deleted", "fine"] {
        let stranger = app.user(handle).await;
        app.join(&friend, "follow", &stranger).await;
        strangers.push(stranger);
    }
    let path = "/discover/suggested-users";
    assert_eq!(app.by(&ann).get(path).await.items("user_id").len(), 5);
    app.join(&ann, "block", &strangers[0]).await;
    assert_eq!(app.by(&ann).get(path).await.items("user_id").len(), 4);
    app.join(&strangers[1], "block", &ann).await;
    assert_eq!(app.by(&ann).get(path).await.items("user_id").len(), 3);
    app.join(&ann, "mute", &strangers[2]).await;
    assert_eq!(app.by(&ann).get(path).await.items("user_id").len(), 2);
    app.by(&strangers[3]).delete("/me").await.expect(204);
    assert_eq!(app.by(&ann).get(path).await.items("user_id"), [strangers[4].as_str()]);
}

#[tokio::test]
async fn mutuals_never_name_the_blocked() {
    let app = Service::start().await;
    let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
    app.join(&ann, "follow", &bob).await;
    app.join(&bob, "follow", &cid).await;
    assert_eq!(
        app.by(&ann).get("/discover/suggested-users").await.json()["items"][0]["mutuals"],
        json!([bob])
    );
    app.join(&bob, "block", &ann).await;
    let after = app.by(&ann).get("/discover/suggested-users").await.expect(200).text();
    assert!(!after.contains(&bob), "{after}");
}
