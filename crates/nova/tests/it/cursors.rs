//! Cursors: opaque, signed, bound to their list and their caller.

use std::time::Duration;

use crate::service::Service;

struct Scene {
    app: Service,
    ann: String,
    bob: String,
}

/// Everything below has two pages of one item.
async fn scene() -> Scene {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    for name in ["one", "two"] {
        let user = app.user(name).await;
        let post = app.post(&user, name).await;
        for viewer in [&ann, &bob] {
            app.join(viewer, "follow", &user).await;
            app.like(viewer, &post).await;
        }
    }
    app.refresh_trending().await;
    Scene { app, ann, bob }
}

impl Scene {
    fn lists(&self) -> [String; 6] {
        [
            "/feed?limit=1".to_owned(),
            "/feed?algo=time&limit=1".to_owned(),
            "/feed?explain=true&limit=1".to_owned(),
            "/feed/trending?window=24h&limit=1".to_owned(),
            "/feed/trending?window=7d&limit=1".to_owned(),
            format!("/users/{}/following?limit=1", self.ann),
        ]
    }

    async fn cursor(&self, user: &str, path: &str) -> String {
        let page = self.app.by(user).get(path).await.expect(200).json();
        page["next_cursor"].as_str().unwrap_or_else(|| panic!("{path} has one page: {page}")).to_owned()
    }
}

#[tokio::test]
async fn a_cursor_is_short_and_fits_into_a_url() {
    let scene = scene().await;
    for path in scene.lists() {
        let cursor = scene.cursor(&scene.ann, &path).await;
        assert!(cursor.len() <= 256, "{path}: {} bytes", cursor.len());
        assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{cursor}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_or_caller_is_refused() {
    let scene = scene().await;
    let lists = scene.lists();
    for (own, path) in lists.iter().enumerate() {
        let cursor = scene.cursor(&scene.ann, path).await;
        for (index, other) in lists.iter().enumerate() {
            let answer = scene.app.by(&scene.ann).get(&format!("{other}&cursor={cursor}")).await;
            if index == own {
                answer.expect(200);
            } else {
                answer.problem(400, "cursor_invalid");
            }
        }
        scene.app.by(&scene.bob).get(&format!("{path}&cursor={cursor}")).await.problem(400, "cursor_invalid");
    }
}

#[tokio::test]
async fn a_forged_cursor_is_refused() {
    let scene = scene().await;
    for path in scene.lists() {
        let cursor = scene.cursor(&scene.ann, &path).await;
        let mut forgeries = vec![
            "x".to_owned(),
            "A".repeat(256),
            "A".repeat(5_000),
            "%00".to_owned(),
            "%FF%FE".to_owned(),
            "..%2F..".to_owned(),
            "'; drop table posts; --".replace(' ', "+"),
            cursor[1..].to_owned(),
            cursor[..cursor.len() - 1].to_owned(),
            format!("{cursor}A"),
        ];
        for at in 0..cursor.len() {
            let mut forged = cursor.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            forgeries.push(String::from_utf8(forged).expect("ascii"));
        }
        for forged in forgeries {
            scene
                .app
                .by(&scene.ann)
                .get(&format!("{path}&cursor={forged}"))
                .await
                .problem(400, "cursor_invalid");
        }
    }
}

#[tokio::test]
async fn the_limit_may_change_and_nothing_else() {
    let scene = scene().await;
    let cursor = scene.cursor(&scene.ann, "/feed?limit=1").await;
    scene.app.by(&scene.ann).get(&format!("/feed?limit=100&cursor={cursor}")).await.expect(200);
    for other in ["algo=time", "explain=true"] {
        let answer = scene.app.by(&scene.ann).get(&format!("/feed?{other}&cursor={cursor}")).await;
        answer.problem(400, "cursor_invalid");
    }
}

#[tokio::test]
async fn a_cursor_can_be_used_again() {
    let scene = scene().await;
    let path = format!("/feed?limit=1&cursor={}", scene.cursor(&scene.ann, "/feed?limit=1").await);
    let first = scene.app.by(&scene.ann).get(&path).await.expect(200).items("post_id");
    assert_eq!(scene.app.by(&scene.ann).get(&path).await.expect(200).items("post_id"), first);
}

#[tokio::test]
async fn a_slate_ends_half_an_hour_after_its_last_page() {
    let scene = scene().await;
    let path = format!("/feed?limit=1&cursor={}", scene.cursor(&scene.ann, "/feed?limit=1").await);
    for _ in 0..3 {
        scene.app.clock.advance(Duration::from_secs(29 * 60));
        scene.app.by(&scene.ann).get(&path).await.expect(200);
    }
    scene.app.clock.advance(Duration::from_secs(31 * 60));
    scene.app.by(&scene.ann).get(&path).await.problem(400, "cursor_expired");
}

#[tokio::test]
async fn of_many_scrolls_the_oldest_ends() {
    let scene = scene().await;
    let oldest = scene.cursor(&scene.ann, "/feed?limit=1").await;
    for _ in 0..8 {
        scene.cursor(&scene.ann, "/feed?limit=1").await;
    }
    let newest = scene.cursor(&scene.ann, "/feed?limit=1").await;
    let by = scene.app.by(&scene.ann);
    by.get(&format!("/feed?limit=1&cursor={oldest}")).await.problem(400, "cursor_expired");
    by.get(&format!("/feed?limit=1&cursor={newest}")).await.expect(200);
}
