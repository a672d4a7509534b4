//! No question reads more than it must.

use super::*;

/// 20,000 posts by 2,000 accounts, of which one follows 300 and blocks nine in ten; no statistics yet.
const FILLED: &str = "
    insert into users select uuid('00000000-0000-4000-8000-' || lpad(n::text, 12, '0')), 'u' || n, 'U', now(), now()
    from generate_series(1, 2000) n;
    insert into posts
    select uuid('00000000-0000-4000-9000-' || lpad(n::text, 12, '0')),
        uuid('00000000-0000-4000-8000-' || lpad((n * 7 % 2000 + 1)::text, 12, '0')),
        'said', '[]', null, '{}', timestamptz '2026-01-01' + n * interval '1 s', now()
    from generate_series(1, 20000) n;
    insert into follows
    select uuid('00000000-0000-4000-8000-000000000001'), id, now() from users where handle like 'u1%' and handle <> 'u1'
    limit 300;
    insert into blocks
    select uuid('00000000-0000-4000-8000-000000000002'), id, now() from users where right(handle, 1) <> '0' and handle <> 'u2'";

/// Every question and write in `sql`: its name and its statement.
fn statements() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/social/postgres/sql");
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| {
        let path = entry.expect("entry").path();
        let name = path.file_stem().expect("name").display().to_string();
        (name, std::fs::read_to_string(&path).expect("text"))
    });
    entries.filter(|(name, _)| !name.starts_with("capture_") && !SERVICE.contains(&name.as_str())).collect()
}

/// Not about the tables.
const SERVICE: [&str; 4] = ["is_migrated", "lock_migrations", "publish", "touch"];

/// The plan that is made once for all parameters, with the session as the twin sets it.
async fn plan(direct: &Direct, statement: &str) -> Vec<String> {
    let parameters = (1..=9).take_while(|n| statement.contains(&format!("${n}"))).count();
    let nothing = vec!["null"; parameters].join(", ");
    direct.run("deallocate all; set plan_cache_mode = force_generic_plan").await;
    direct.run(&format!("prepare asked as {statement}")).await;
    direct
        .texts(&format!(
            "explain execute asked{}",
            if parameters == 0 { String::new() } else { format!("({nothing})") }
        ))
        .await
}

#[tokio::test]
async fn every_statement_goes_through_an_index() {
    let here = Here::migrated().await;
    let direct = here.client().await;
    direct.run(FILLED).await;
    let statements = statements();
    assert!(statements.len() > 40, "{}", statements.len());
    for known in [false, true] {
        if known {
            direct.run("analyze").await;
        }
        for (name, statement) in &statements {
            let plan = plan(&direct, statement).await;
            for step in &plan {
                assert!(!step.contains("Seq Scan on "), "{name} reads a whole table: {plan:#?}");
                assert!(!step.contains("Hash Join") && !step.contains("Hash Anti"), "{name}: {plan:#?}");
            }
        }
    }
}

/// A page by key must be found by time and id together, or those of one moment are read again for each page.
#[tokio::test]
async fn pages_start_where_the_last_one_ended_and_sort_nothing() {
    let here = Here::migrated().await;
    let direct = here.client().await;
    direct.run(FILLED).await;
    let mut pages = statements();
    pages.retain(|(_, statement)| statement.contains("created_at desc"));
    assert_eq!(
        pages.len(),
        11,
        "five lists of accounts, two of posts, one of comments, three of the timeline"
    );
    for known in [false, true] {
        if known {
            direct.run("analyze").await;
        }
        for (name, statement) in &pages {
            let plan = plan(&direct, statement).await;
            assert!(plan.iter().any(|step| step.contains("(ROW(")), "{name}: {plan:#?}");
            // the merge sorts the newest of each author, and nothing more
            let sorts = plan.iter().filter(|step| step.contains("Sort  (")).count();
            assert_eq!(sorts, if name == "timeline_merged" { 2 } else { 0 }, "{name}: {plan:#?}");
        }
    }
}

/// Rows that the steps over this index gave, all turns together.
async fn read_through(direct: &Direct, index: &str, statement: &str, values: &str) -> u64 {
    direct.run("deallocate all; reset plan_cache_mode").await;
    direct.run(&format!("prepare asked as {statement}")).await;
    let plan =
        direct.texts(&format!("explain (analyze, costs off, timing off) execute asked({values})")).await;
    let number = |step: &str, name: &str| -> u64 {
        let (_, rest) = step.split_once(name).expect("figures");
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
    };
    let steps = plan.iter().filter(|step| step.contains(index));
    steps.map(|step| number(step, "actual rows=") * number(step, "loops=")).sum()
}

#[tokio::test]
async fn timeline_reads_in_proportion_to_its_page() {
    let here = Here::migrated().await;
    let direct = here.client().await;
    direct.run(FILLED).await;
    let values = |viewer: u64| format!("'00000000-0000-4000-8000-{viewer:012}', 'infinity', '{}', 20", id(0));
    let merged = include_str!("../sql/timeline_merged.sql");
    let read = read_through(&direct, "posts_by_author", merged, &values(1)).await;
    assert!(
        (300..=300 + 20 * 20).contains(&read),
        "the newest of 300, then 20 posts of 20 authors at most: {read}"
    );
    let everyone = include_str!("../sql/timeline_everyone.sql");
    let read = read_through(&direct, "posts_by_time", everyone, &format!("{}, 100000", values(2))).await;
    assert!((20..=250).contains(&read), "nine in ten authors blocked, {read} posts looked at");
    let walked = include_str!("../sql/timeline_walked.sql");
    let read = read_through(&direct, "posts_by_time", walked, &format!("{}, 150", values(1))).await;
    assert!((20..=150).contains(&read), "stops where it is told to, or when the page is full: {read}");
}

/// Whoever blocks many, and a post that many like, cost a page no more than others do.
#[tokio::test]
async fn sights_read_in_proportion_to_their_page() {
    let here = Here::migrated().await;
    let direct = here.client().await;
    direct.run(FILLED).await;
    direct
        .run(
            "insert into likes select '00000000-0000-4000-9000-000000000001', id, now() from users;
             insert into hidden_posts select '00000000-0000-4000-8000-000000000002', id, now() from posts limit 5000;",
        )
        .await;
    let posts: Vec<String> = (1..=28).map(|n| format!("00000000-0000-4000-9000-{n:012}")).collect();
    let values = format!("'{{{}}}', '00000000-0000-4000-8000-000000000002', '{{t}}'", posts.join(","));
    let question = include_str!("../sql/sights.sql");
    for known in [false, true] {
        if known {
            direct.run("analyze").await;
        }
        for table in ["likes", "blocks", "mutes", "hidden_posts"] {
            let read = read_through(&direct, &format!(" on {table}"), question, &values).await;
            assert!(read <= 2 * 28, "{read} rows of {table} for 28 posts");
        }
        let plan = plan(&direct, question).await;
        let by_key = |step: &String| step.contains("using likes_pkey");
        assert!(plan.iter().any(by_key), "of a post's likes one is looked at: {plan:#?}");
    }
}
