//! Opening: the steps, and everything that can be wrong with a server.

use nova_core::error::Kind;
use nova_core::model::UserId;
use tokio::task::JoinSet;

use super::*;
use crate::social::postgres::migrate::STEPS;
use crate::social::{PostgresSocial, PostgresSocialConfig, Social};
use crate::testbed;

#[tokio::test]
async fn takes_every_step_once() {
    let here = Here::empty().await;
    let taken = PostgresSocial::migrate(here.config()).await.expect("migrate");
    assert_eq!(taken, STEPS.iter().map(|step| step.name).collect::<Vec<_>>());
    assert_eq!(PostgresSocial::migrate(here.config()).await.expect("again"), Vec::<&str>::new());
    let direct = here.client().await;
    assert_eq!(direct.texts("select name from nova_migrations order by 1").await, taken);
    opened(here.config()).await.expect("open").check().await.expect("usable");
}

#[tokio::test]
async fn a_server_that_is_too_old_is_named_with_its_cure() {
    use crate::social::postgres::version::{OLDEST, wrong};
    let here = Here::empty().await;
    let social = PostgresSocial::connect(here.config(), std::time::Duration::ZERO).expect("a URL");
    let lease = social.connections.lease("test").await.expect("a connection");
    assert_eq!(wrong(lease.client(), &OLDEST).await.expect("asked"), None, "today's server");
    let later = crate::version::Oldest { version: (99, 1), ..OLDEST };
    let line = wrong(lease.client(), &later).await.expect("asked").expect("too old");
    assert!(line.contains("is too old") && line.contains("upgrade it to 99.1 or later"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_start_at_once_take_each_step_once() {
    let here = Here::empty().await;
    let mut starting = JoinSet::new();
    for _ in 0..6 {
        let config = here.config();
        starting.spawn(async move { PostgresSocial::migrate(config).await.expect("migrate").len() });
    }
    assert_eq!(starting.join_all().await.into_iter().sum::<usize>(), STEPS.len());
}

#[tokio::test]
async fn newer_and_changed_steps_are_refused_by_name() {
    for (change, code, names) in [
        (
            "insert into nova_migrations values ('0099_later', 'x')",
            "newer_tables",
            ["0099_later", "0003_counts"],
        ),
        (
            "update nova_migrations set checksum = 'x' where name = '0002_rules'",
            "changed_step",
            ["0002_rules", "another text"],
        ),
    ] {
        let here = Here::migrated().await;
        here.client().await.run(change).await;
        let error = opened(here.config()).await.expect_err("refused");
        assert_eq!((error.kind(), error.code()), (Kind::Rejected, code));
        assert!(names.iter().all(|name| error.detail().contains(name)), "{error}");
    }
}

#[tokio::test]
async fn step_that_fails_leaves_nothing_behind() {
    let here = Here::empty().await;
    let direct = here.client().await;
    // as in a database of somebody else
    direct.run("create table mutes (whose integer)").await;
    let error = opened(here.config()).await.expect_err("refused");
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(error.detail().contains("a database of its own"), "{error:?}");
    assert_eq!(
        direct.texts("select tablename::text from pg_tables where schemaname = 'public'").await,
        ["mutes"]
    );
}

/// A login without any right, which goes with the value.
struct Login {
    name: String,
    server: Direct,
}

impl Login {
    async fn new(here: &Here, options: &str) -> Self {
        let name = testbed::unique("nova_login_");
        let server = here.client().await;
        server.run(&format!("create role {name} login password 'secret' {options}")).await;
        Self { name, server }
    }

    fn config(&self, here: &Here) -> PostgresSocialConfig {
        let url = here.config().url;
        let (_, server) = url.split_once('@').expect("a URL with a login");
        PostgresSocialConfig { url: format!("postgres://{}:secret@{server}", self.name), ..here.config() }
    }

    async fn end(self) {
        self.server.run(&format!("drop owned by {0}; drop role {0}", self.name)).await;
    }
}

#[tokio::test]
async fn refusals_name_cause_and_cure() {
    let here = Here::empty().await;
    let config = here.config();
    let at = |url: String| PostgresSocialConfig { url, ..config.clone() };
    let (_, server) = config.url.split_once('@').expect("a URL with a login");
    let full = Login::new(&here, "connection limit 0").await;
    let weak = Login::new(&here, "").await;
    for (config, kind, words) in [
        (at(format!("postgres://nova:wrong@{server}")), Kind::Rejected, "refuses the login"),
        (at(config.url.replace(here.name(), "nova_is_not_there")), Kind::Rejected, "createdb"),
        (at("postgres://nova:nova@127.0.0.1:1/nova".to_owned()), Kind::Unavailable, "cannot be reached"),
        (
            at("mysql://nova@127.0.0.1/nova".to_owned()),
            Kind::Rejected,
            "postgres://user:password@host:port/database",
        ),
        (
            at("postgres://nova@127.0.0.1".to_owned()),
            Kind::Rejected,
            "postgres://user:password@host:port/database",
        ),
        (full.config(&here), Kind::Unavailable, "max_connections"),
        (weak.config(&here), Kind::Rejected, "lacks a right"),
    ] {
        let error = opened(config).await.expect_err(words);
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.detail().contains(words), "{error:?}");
        assert!(!format!("{error:?}").contains("wrong"), "no password in {error:?}");
    }
    full.end().await;
    weak.end().await;
}

#[tokio::test]
async fn whoever_may_only_read_reads() {
    let here = Here::migrated().await;
    let reader = Login::new(&here, "").await;
    reader.server.run(&format!("grant select on all tables in schema public to {}", reader.name)).await;
    let social = opened(reader.config(&here)).await.expect("nothing is to be done");
    assert_eq!(social.user(UserId(id(1)), None).await.expect_err("nobody").kind(), Kind::NotFound);
    let error = social.check().await.expect_err("cannot write");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.detail().contains("lacks a right"), "{error:?}");
    drop(social);
    reader.end().await;
}

#[tokio::test]
async fn server_that_takes_no_writes_is_told_apart() {
    let here = Here::migrated().await;
    let set = format!("alter database {} set default_transaction_read_only = on", here.name());
    here.client().await.run(&set).await;
    let social = opened(here.config()).await.expect("nothing is to be done");
    let like = crate::social::Write::DeleteUser(UserId(id(1)), at(0));
    for error in [social.check().await.expect_err("check"), one(&social, like).await.expect_err("write")] {
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.detail().contains("the primary"), "{error:?}");
    }
}

#[test]
fn password_is_not_shown() {
    assert!(!format!("{:?}", PostgresSocialConfig::of("postgres://nova:secret@host/db")).contains("secret"));
}
