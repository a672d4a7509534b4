//! What the database itself keeps, whoever writes it.

use nova_core::error::Kind;
use nova_core::model::{PostId, UserId};

use super::*;
use crate::social::{NewUser, Social, Write};

/// Four accounts, three posts, by statements of the application's own.
const FILLED: &str = "
    insert into users select uuid('00000000-0000-4000-8000-00000000000' || n), 'u' || n, 'U', now(), now()
    from generate_series(1, 4) n;
    insert into posts select uuid('00000000-0000-4000-9000-00000000000' || n), (select min(id::text)::uuid from users),
        'said', '[]', null, '{}', now(), now()
    from generate_series(1, 3) n;
    insert into likes select p.id, u.id, now() from posts p, users u;
    insert into comments select gen_random_uuid(), p.id, u.id, 'so', now() from posts p, users u;
    insert into follows select a.id, b.id, now() from users a, users b where a.id <> b.id;";

#[tokio::test]
async fn counts_follow_every_statement() {
    let here = Here::migrated().await;
    let direct = here.client().await;
    for statement in [
        FILLED,
        "delete from likes where user_id in (select id from users limit 2)",
        "update likes set post_id = (select max(id::text)::uuid from posts)
            where post_id = (select min(id::text)::uuid from posts)
                and user_id not in (select user_id from likes where post_id = (select max(id::text)::uuid from posts))",
        "update comments set deleted_at = now() where ctid in (select ctid from comments limit 5)",
        "update comments set deleted_at = null where ctid in (select ctid from comments limit 2)",
        "update comments set text = 'changed'",
        "update posts set deleted_at = now() where id = (select min(id::text)::uuid from posts)",
        "delete from follows where follower_id = (select min(id::text)::uuid from users)",
        "truncate follows",
        "truncate posts cascade",
    ] {
        direct.run(statement).await;
        assert_eq!(wrong_totals(&here).await, 0, "after {statement}");
    }
}

#[tokio::test]
async fn counts_of_sql_are_shown() {
    let here = Here::migrated().await;
    here.client().await.run(FILLED).await;
    let social = here.social().await;
    let post: PostId = "00000000-0000-4000-9000-000000000001".parse().expect("id");
    let view = social.post(post, None).await.expect("post");
    assert_eq!((view.likes, view.comments), (4, 4));
    let view = social.user(view.post.author, None).await.expect("account");
    assert_eq!((view.followers, view.following, view.posts), (3, 3, 3));
}

#[tokio::test]
async fn what_would_break_the_tables_is_refused() {
    let here = Here::migrated().await;
    let direct = here.client().await;
    direct.run(FILLED).await;
    direct.run("insert into blocks select a.id, b.id, now() from users a, users b where a.handle = 'u1' and b.handle = 'u2'").await;
    for (statement, constraint) in [
        ("update posts set author_id = (select max(id::text)::uuid from users)", "posts_do_not_move"),
        ("update posts set created_at = created_at + interval '1 s'", "posts_do_not_move"),
        (
            "insert into follows select b.id, a.id, now() from users a, users b where a.handle = 'u1' and b.handle = 'u2'",
            "follows_not_across_blocks",
        ),
        ("insert into users values (gen_random_uuid(), 'U3', 'U', now(), now())", "users_by_handle"),
        (
            "insert into users values ('6e6f7661-0000-0000-0000-000000000007', 'u7', 'U', now(), now())",
            "users_id_is_no_integer",
        ),
        ("update posts set media = '{}'", "posts_media_is_an_array"),
        ("insert into follows select id, id, now() from users", "follows_not_oneself"),
    ] {
        let error = direct.try_run(statement).await.expect_err(statement);
        assert_eq!(error.as_db_error().and_then(|error| error.constraint()), Some(constraint), "{error:?}");
    }
    let between = "select count(*) from follows f join users a on a.id = f.follower_id
        join users b on b.id = f.followee_id where a.handle in ('u1', 'u2') and b.handle in ('u1', 'u2')";
    assert_eq!(direct.count(between).await, 0, "a block by SQL ends follows too");
    direct.run("update posts set text = 'may change', deleted_at = now()").await;
}

#[tokio::test]
async fn integer_ids_are_refused_before_they_reach_the_log() {
    let here = Here::migrated().await;
    let social = here.social().await;
    let new =
        NewUser { id: UserId::from_integer(7), handle: "ann".to_owned(), display_name: "Ann".to_owned() };
    let error = one(&*social, Write::User(new, at(0))).await.expect_err("no UUID");
    assert_eq!((error.kind(), error.field(), error.code()), (Kind::Rejected, "id", "not_a_uuid"));
    let error = social.user(UserId::from_integer(7), None).await.expect_err("nobody");
    assert_eq!(error.kind(), Kind::NotFound);
}

#[tokio::test]
async fn more_writes_than_a_call_takes_are_refused() {
    let here = Here::migrated().await;
    let social = here.social().await;
    let error =
        social.write(vec![Write::DeleteUser(UserId(id(1)), at(0)); 20_001]).await.expect_err("too many");
    assert_eq!((error.kind(), error.code()), (Kind::Rejected, "too_many"));
}
