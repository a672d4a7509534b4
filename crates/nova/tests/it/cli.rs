//! The command line, by the built program: what it prints, what it leaves behind, how it ends.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Http, event};
use crate::process::{Server, nova, run};
use crate::wait::until;

const SECRET: (&str, &str) = ("NOVA__AUTH__SECRET", "a key of at least thirty-two bytes, for tests");

/// A directory, and a place in it that is not there yet.
fn place() -> (TempDir, String) {
    let dir = TempDir::new().expect("a directory");
    let data = dir.path().join("data").to_str().expect("UTF-8").to_owned();
    (dir, data)
}

/// Every file of a directory whose name begins so.
fn files(dir: &str, beginning: &str) -> Vec<String> {
    let names = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with(beginning)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_prints_its_address_and_a_restart_has_everything() {
    let (_dir, data) = place();
    let server = Server::start(Path::new(&data), &[]);
    let http = &server.http;
    http.people([1, 2]).await;
    http.write(1, 10).await;
    http.follow(2, 1).await;
    http.like(2, 10).await;
    http.report(2, &[event(1, "share", 10)]).await.expect(202);
    let before = http.feed(2, "").await;
    assert_eq!(before.item(10).expect("followed")["counts"]["shares"], 1);
    let scroll = http.get(2, "/api/v1/users/1/posts?limit=1").await.expect(200).json();
    server.stop().await;
    assert_eq!(files(&data, "snapshot-").len(), 1, "an orderly end leaves the index on disk");

    let again = Server::start(Path::new(&data), &[]);
    assert_eq!(again.http.feed(2, "").await.items()[0]["counts"], before.items()[0]["counts"]);
    assert_eq!(again.http.get(2, "/api/v1/users/1/posts?limit=1").await.expect(200).json(), scroll);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_end_leaves_whole_databases() {
    let (dir, data) = place();
    let whole = |after: &str| {
        let names = files(&data, "");
        let databases = names.iter().filter(|name| name.ends_with(".db")).count();
        let beside: Vec<&String> = names.iter().filter(|name| name.contains(".db-")).collect();
        assert!(databases == 3 && beside.is_empty(), "after {after}: {beside:?} of {names:?}");
    };
    for round in 1..=3 {
        let server = Server::start(Path::new(&data), &[]);
        server.http.people([round]).await;
        server.http.write(round, round + 10).await;
        server.http.report(round, &[event(u128::from(round), "share", 11)]).await.expect(202);
        server.http.feed(round, "").await;
        server.stop().await;
        whole("serve");
    }
    let file = dir.path().join("history.jsonl");
    fs::write(&file, history().join("\n")).expect("written");
    run(&["import", file.to_str().expect("UTF-8"), "--data-dir", &data], &[]).expect(1);
    whole("import");
    for arguments in [&["snapshot"][..], &["check"], &["dead-letters", "--data-dir", &data, "list"]] {
        run(arguments, &[("NOVA__SERVER__DATA_DIR", &data)]).expect(0);
        whole(arguments[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_at_a_time_holds_a_directory() {
    let (_dir, data) = place();
    let server = Server::start(Path::new(&data), &[]);
    for command in ["serve", "snapshot", "check"] {
        let ended =
            run(&[command, "--data-dir", &data], &[("NOVA__SERVER__LISTEN", "127.0.0.1:0")]).expect(1);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("is in use by another process") && said.contains(&data), "{command}: {said}");
    }
    let taken = server.http.address().to_string();
    let (_other_dir, other) = place();
    let ended = run(&["serve", "--data-dir", &other, "--listen", &taken], &[]).expect(1);
    assert!(ended.stderr.contains("server.listen") && ended.stderr.contains(&taken), "{}", ended.stderr);
    server.stop().await;
}

#[test]
fn check_says_of_every_part_how_it_is() {
    let (_dir, data) = place();
    let ended = run(&["check", "--data-dir", &data, "--json"], &[]).expect(0);
    let parts: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let names: Vec<&str> = parts.iter().map(|part| part["part"].as_str().expect("a name")).collect();
    assert_eq!(names, ["configuration", "data", "social", "log", "store", "cache", "dead letters"]);
    assert!(parts.iter().all(|part| part["ok"] == true));
    let table = run(&["check", "--data-dir", &data], &[]).expect(0);
    assert!(
        table.stdout.lines().count() == names.len() && table.stdout.contains("answers"),
        "{}",
        table.stdout
    );
    let broken = run(&["check", "--data-dir", &data], &[("NOVA__LOG__URL", "file:///nowhere")]).expect(1);
    assert!(broken.stdout.contains("FAILED") && broken.stdout.contains("log.url"), "{}", broken.stdout);
}

/// One line that names the key, where it came from, and what is allowed; exit code 2.
#[test]
fn a_configuration_that_is_wrong_stops_the_start() {
    let (dir, data) = place();
    let file = dir.path().join("nova.toml");
    let path = file.to_str().expect("UTF-8");
    let of_file = |text: &str| {
        fs::write(&file, text).expect("written");
        run(&["serve", "--data-dir", &data, "--config", path], &[]).expect(2).stderr
    };
    for (text, key, allowed) in [
        ("[server]\nlisten_on = 1", "server.listen_on", "there is no such key; known here: listen"),
        ("[store]\nsnapshot_s = 0", "store.snapshot_s", "must be 1 to 86400"),
        ("[auth]\nmode = \"maybe\"", "auth.mode", "must be one of open, jwt"),
        ("[ranking.weights]\nfreshness = -1.0", "ranking.weights.freshness", "must be"),
        ("[server]\nlisten = \"0.0.0.0:0\"", "auth.mode", "loopback"),
    ] {
        let said = of_file(text);
        assert!(said.lines().count() == 1 && said.contains(key) && said.contains(allowed), "{text}: {said}");
        if key != "auth.mode" || text.contains("maybe") {
            assert!(said.contains(path), "where it came from, {text}: {said}");
        }
    }
    let said = of_file("[server");
    assert!(said.contains(path) && said.lines().count() == 1, "a file that is no TOML is named: {said}");
    for (arguments, set, said) in [
        (vec!["serve"], ("NOVA__STORE__DEADLINE_MS", "soon"), "store.deadline_ms (from the environment)"),
        (
            vec!["serve"],
            ("NOVA__STORE__DEADLINE", "5"),
            "store.deadline (from the environment): there is no such key",
        ),
        (
            vec!["serve"],
            ("NOVA__SERVER__LISTEN", "localhost"),
            "server.listen (from the environment): must be an IP address and a port, such as 127.0.0.1:8080",
        ),
        (vec!["serve"], ("NOVA__CACHE", "5"), "cache (from the environment): must be a section"),
        (
            vec!["serve"],
            ("NOVA__LOGGING__LEVEL", "loud"),
            "logging.level (from the environment): must be error",
        ),
        (vec!["serve"], ("NOVA__AUTH__MODE", "jwt"), "auth.secret"),
        (
            vec!["serve", "--config", "/nowhere/nova.toml"],
            SECRET,
            "/nowhere/nova.toml: there is no such file",
        ),
        (vec!["serve", "--role", "api"], SECRET, "--role"),
        (
            vec!["serve", "--listen", "here"],
            SECRET,
            "must be an IP address and a port, such as 127.0.0.1:8080",
        ),
        (
            vec!["demo", "--listen", "8080"],
            SECRET,
            "must be an IP address and a port, such as 127.0.0.1:8080",
        ),
        (vec!["sing"], SECRET, "sing"),
        (vec!["import"], SECRET, "FILE"),
        (vec!["dead-letters", "requeue"], SECRET, "ID"),
    ] {
        let ended = run(&arguments, &[set]);
        assert!(ended.stderr.contains(said), "{arguments:?}: {}", ended.stderr);
        let code = if arguments.contains(&"--role") { 1 } else { 2 };
        ended.expect(code);
    }
    assert!(!Path::new("data").exists(), "nothing of this made the default directory");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_over_the_file_and_flags_over_both() {
    let (dir, data) = place();
    let file = dir.path().join("nova.toml");
    fs::write(&file, "[server]\nlisten = \"127.0.0.1:1\"\n[events]\nper_call_max = 3\n").expect("written");
    let arguments = ["serve", "--config", file.to_str().expect("UTF-8"), "--data-dir", &data];
    let flags = [&arguments[..], &["--listen", "127.0.0.1:0"]].concat();
    let command =
        nova(&flags, &[("NOVA__EVENTS__PER_CALL_MAX", "2"), ("NOVA__SERVER__LISTEN", "127.0.0.1:2")]);
    let server = Server::spawn(command, &data);
    assert!(server.http.address().port() > 2);
    let events = |count: u128| (0..count).map(|id| event(id, "view", 1)).collect::<Vec<_>>();
    server.http.report(1, &events(2)).await.expect(202);
    server.http.report(1, &events(3)).await.expect(422);
    server.stop().await;
}

#[test]
fn a_directory_that_cannot_be_used_is_named_with_the_cause() {
    let (dir, data) = place();
    let start =
        |data: &str| run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data], &[]).expect(1).stderr;
    let file = dir.path().join("file");
    fs::write(&file, "x").expect("written");
    let file = file.to_str().expect("UTF-8");
    assert!(start(file).contains(file), "a file in its place");
    // what is read-only for root too
    if cfg!(target_os = "linux") {
        assert!(start("/proc/nova").contains("/proc/nova"));
        assert!(start("/proc").contains("data directory /proc cannot be written"));
    }
    run(&["snapshot", "--data-dir", &data], &[]).expect(0);
    let version = Path::new(&data).join("version");
    fs::write(&version, "99\n").expect("written");
    assert!(start(&data).contains("from a newer Nova (layout 99, this one knows 1)"));
    fs::write(&version, "old").expect("written");
    assert!(start(&data).contains("is damaged"));
    fs::write(&version, "1\n").expect("written");
    drop(fs::remove_file(Path::new(&data).join("events.db-wal")));
    fs::write(Path::new(&data).join("events.db"), "no database ".repeat(1_000)).expect("written");
    let said = start(&data);
    assert!(said.contains("events.db") && said.contains("not a database"), "{said}");
}

#[test]
fn a_reader_who_has_gone_ends_nothing_and_a_full_disk_is_told() {
    let to = |output: Stdio| {
        let mut command = nova(&["token", "--user", "7"], &[SECRET]);
        let ended = command.stdin(Stdio::null()).stdout(output).output().expect("the program runs");
        (ended.status.code(), String::from_utf8(ended.stderr).expect("UTF-8"))
    };
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(to(writer.into()), (Some(0), String::new()));
    #[cfg(target_os = "linux")]
    {
        let full = fs::File::options().write(true).open("/dev/full").expect("a device");
        let (code, told) = to(full.into());
        assert!(
            code == Some(1) && told.starts_with("nova: standard output: No space left"),
            "{code:?} {told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_one_that_the_server_takes() {
    let (_dir, data) = place();
    let set = [("NOVA__AUTH__MODE", "jwt"), ("NOVA__AUTH__AUDIENCE", "nova"), SECRET];
    let server = Server::start(Path::new(&data), &set);
    let token = |arguments: &[&str], set: &[(&str, &str)]| {
        let ended = run(&[&["token", "--user", "7"], arguments].concat(), set).expect(0);
        format!("Bearer {}", ended.stdout.trim())
    };
    let get = async |bearer: &str, path: &str| {
        let headers = [("authorization", bearer)];
        server.http.attempt(hyper::Method::GET, path, &headers, bytes::Bytes::new()).await.expect("an answer")
    };
    get(&token(&[], &set), "/api/v1/feed").await.expect(200);
    let days = "/api/v1/feed/metrics?from=2026-01-01&to=2026-01-01";
    get(&token(&[], &set), days).await.expect(403);
    get(&token(&["--scope", "nova:admin nova:events"], &set), days).await.expect(200);
    let foreign = [set[0], set[1], ("NOVA__AUTH__SECRET", "another key of at least thirty-two bytes...")];
    get(&token(&[], &foreign), "/api/v1/feed").await.expect(401);
    get(&token(&[], &[set[0], ("NOVA__AUTH__AUDIENCE", "other"), SECRET]), "/api/v1/feed").await.expect(401);
    server.http.get(7, "/api/v1/feed").await.expect(401);
    server.stop().await;
    let refused = run(&["token", "--user", "7"], &[]);
    assert!(refused.code != Some(0) && refused.stderr.contains("auth.secret"), "{refused:?}");
}

/// A history with a hand's breadth of everything, and some lines that are none.
fn history() -> Vec<String> {
    let at = |minute: u32| format!("2015-03-01T10:{minute:02}:00Z");
    let mut lines: Vec<Value> = (1..=3)
        .map(|id| json!({"type": "user", "id": id, "handle": format!("user_{id}"), "display_name": "U", "created_at": at(0)}))
        .collect();
    lines
        .extend((10..=12).map(
            |id| json!({"type": "post", "id": id, "author_id": 1, "text": "old", "created_at": at(id)}),
        ));
    lines.extend([
        json!({"type": "follow", "follower_id": 3, "followee_id": 1, "created_at": at(1)}),
        json!({"type": "like", "post_id": 10, "user_id": 2, "created_at": at(20)}),
        json!({"type": "comment", "id": 50, "post_id": 10, "author_id": 2, "text": "hm", "created_at": at(21)}),
        json!({"type": "event", "user_id": 2, "post_id": 10, "action": "share", "event_time": at(22)}),
        json!({"type": "event", "user_id": 2, "post_id": 11, "action": "impression", "event_time": at(59)}),
    ]);
    let mut lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    lines.insert(2, "{\"type\": \"post\", \"id\": 9".to_owned());
    lines.insert(
        5,
        json!({"type": "like", "post_id": 10, "user_id": 2, "when": 1, "created_at": at(2)}).to_string(),
    );
    lines
}

/// What a viewer of the imported history sees, by post.
async fn counts(http: &Http) -> Vec<(u64, Value)> {
    let mut counts: Vec<_> = http
        .feed(3, "")
        .await
        .items()
        .iter()
        .map(|item| (crate::http::post_of(item), item["counts"].clone()))
        .collect();
    counts.sort_by_key(|(post, _)| *post);
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_what_is_right_names_what_is_not_and_doubles_nothing() {
    let (dir, data) = place();
    let plain = dir.path().join("history.jsonl");
    fs::write(&plain, history().join("\n")).expect("written");
    let packed = dir.path().join("history.jsonl.gz");
    let mut gz =
        flate2::write::GzEncoder::new(fs::File::create(&packed).expect("made"), flate2::Compression::fast());
    gz.write_all(history().join("\n").as_bytes()).expect("written");
    gz.finish().expect("finished");
    let (plain, packed) = (plain.to_str().expect("UTF-8"), packed.to_str().expect("UTF-8"));
    let import = |more: &[&str]| run(&[&["import", "--data-dir", &data], more].concat(), &[]);

    let dry = import(&[plain, "--dry-run", "--json"]).expect(1).json();
    assert_eq!((&dry["lines"], &dry["taken"], &dry["refused"]), (&json!(13), &json!(11), &json!(2)), "{dry}");
    assert_eq!((&dry["posts"], &dry["events"]), (&json!(0), &json!(0)), "nothing is written");

    let first = import(&[plain, "--shift-to-now", "--json"]).expect(1).json();
    assert_eq!((&first["taken"], &first["refused"]), (&json!(11), &json!(2)), "{first}");
    let reasons = first["reasons"].as_array().expect("reasons");
    assert_eq!((&reasons[0]["line"], &reasons[1]["line"]), (&json!(3), &json!(6)), "{first}");
    assert!(reasons[0]["reason"].as_str().expect("text").contains("EOF"), "{first}");
    assert!(reasons[1]["reason"].as_str().expect("text").contains("when: is no column"), "{first}");
    let size = |report: &Value| {
        ["users", "posts", "follows", "events"].map(|name| report[name].as_u64().expect("a count"))
    };
    assert_eq!(size(&first), [3, 3, 1, 2]);

    // the same again, packed: the same shift, so the same rows and the same events
    let again = import(&[packed, "--shift-to-now", "--json"]).expect(1).json();
    assert_eq!((&again["taken"], size(&again)), (&json!(11), size(&first)), "{again}");
    let table = import(&[plain, "--shift-to-now"]).expect(1).stdout;
    assert!(
        table.contains("line 3: ") && table.contains("line 6: ") && table.contains("11 taken, 2 refused"),
        "{table}"
    );

    let server = Server::start(Path::new(&data), &[]);
    let expected = vec![
        (10, json!({"likes": 1, "comments": 1, "shares": 1, "impressions": 0})),
        (11, json!({"likes": 0, "comments": 0, "shares": 0, "impressions": 1})),
        (12, json!({"likes": 0, "comments": 0, "shares": 0, "impressions": 0})),
    ];
    assert_eq!(counts(&server.http).await, expected, "eleven years old, and shown as of now");
    server.stop().await;

    assert!(import(&["nowhere.jsonl"]).expect(1).stderr.contains("nowhere.jsonl: there is no such file"));
    let good = dir.path().join("good.jsonl");
    fs::write(&good, history()[0].replace("\"id\":1", "\"id\":99").replace("user_1", "user_99"))
        .expect("written");
    import(&[good.to_str().expect("UTF-8")]).expect(0);
}

#[test]
fn an_import_repeated_finds_what_it_left() {
    let (dir, data) = place();
    let file = dir.path().join("history.jsonl");
    let file = file.to_str().expect("UTF-8");
    let import = |lines: &[Value]| {
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        fs::write(file, text.join("\n")).expect("written");
        run(&["import", file, "--data-dir", &data, "--json"], &[])
    };
    let (at, later) = ("2015-03-01T10:00:00Z", "2016-03-01T10:00:00Z");
    let gone =
        json!({"type": "post", "id": 10, "author_id": 1, "text": "x", "created_at": at, "deleted_at": later});
    let mut lines = [
        json!({"type": "user", "id": 1, "handle": "ann", "display_name": "Ann", "created_at": at}),
        json!({"type": "user", "id": 2, "handle": "bob", "display_name": "Bob", "created_at": at, "deleted_at": later}),
        json!({"type": "post", "id": 11, "author_id": 1, "text": "x", "created_at": at}),
        json!({"type": "comment", "id": 12, "post_id": 11, "author_id": 1, "text": "x", "created_at": at, "deleted_at": later}),
        gone,
    ];
    for _ in 0..2 {
        let report = import(&lines).expect(0).json();
        assert_eq!((&report["taken"], &report["refused"]), (&json!(5), &json!(0)), "{report}");
    }
    lines[2]["created_at"] = json!(later);
    lines[4].as_object_mut().expect("an object").remove("deleted_at");
    let report = import(&lines).expect(1).json();
    let reasons: Vec<&str> =
        report["reasons"].as_array().expect("a list").iter().filter_map(|it| it["reason"].as_str()).collect();
    assert_eq!(
        reasons,
        ["created_at: the same row is there already, with another one", "id: a post with this id is there"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_shown_and_put_back_beside_a_server() {
    let (_dir, data) = place();
    let letters =
        |arguments: &[&str]| run(&[&["dead-letters", "--data-dir", &data], arguments].concat(), &[]);
    assert!(letters(&["list"]).expect(1).stderr.contains(&data), "there is no data");

    // nothing may wait for its post here: an event on an unknown one can never be applied
    let server = Server::start(Path::new(&data), &[("NOVA__STORE__WAITING_MAX", "0")]);
    let http = &server.http;
    http.people([1, 2]).await;
    http.report(2, &[event(1, "share", 10), event(2, "share", 10)]).await.expect(202);
    let listed = until("both letters", async || {
        let listed = letters(&["list", "--json"]).expect(0).stdout;
        let lines: Vec<Value> =
            listed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        (lines.len() == 2).then_some(lines)
    })
    .await;
    let letter = &listed[0];
    assert_eq!((&letter["topic"], &letter["reason"]), (&json!("events"), &json!("post_unknown")), "{letter}");
    let id = letter["id"].as_str().expect("an id");
    let shown = letters(&["show", id]).expect(0).json();
    assert_eq!(&shown, letter);
    assert!(shown["value"].as_str().expect("bytes").contains("share"), "{shown}");
    assert!(letters(&["show", "events-0-999"]).code == Some(1) && letters(&["show", "x"]).code == Some(1));

    http.write(1, 10).await;
    letters(&["requeue", id]).expect(0);
    until("the event that was put back", async || {
        (http.feed(2, "").await.item(10)?["counts"]["shares"] == 1).then_some(())
    })
    .await;
    assert_eq!(letters(&["requeue", "--all"]).expect(0).stdout, "1 put back\n");
    assert_eq!(letters(&["requeue", "--all"]).expect(0).stdout, "0 put back\n");
    until("the other one", async || {
        (http.feed(2, "").await.item(10)?["counts"]["shares"] == 2).then_some(())
    })
    .await;
    let listed = letters(&["list"]).expect(0).stdout;
    assert_eq!(listed.matches("put back").count(), 2, "{listed}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_past_their_bound_go_and_it_is_said() {
    let (_dir, data) = place();
    let set = [
        ("NOVA__STORE__WAITING_MAX", "0"),
        ("NOVA__LOG__DEAD_LETTERS_MAX", "2"),
        ("NOVA__JOBS__TRIM_S", "1"),
    ];
    let server = Server::start(Path::new(&data), &set);
    server.http.people([1]).await;
    let events: Vec<Value> = (1..=5).map(|id| event(id, "share", 10)).collect();
    server.http.report(1, &events).await.expect(202);
    until("three to be dropped", async || {
        (server.http.metric("nova_dead_letters_dropped_total", &["cause=\"count\""]).await >= 3.0)
            .then_some(())
    })
    .await;
    let listed = run(&["dead-letters", "--data-dir", &data, "list", "--json"], &[]).expect(0).stdout;
    let offsets: Vec<u64> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["offset"].as_u64().expect("a number"))
        .collect();
    assert_eq!(offsets, [4, 3], "the newest stay");
    assert!(server.log().contains("dead letters were dropped"), "{}", server.log());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_snapshot_is_put_aside_and_the_index_built_from_the_log() {
    let (_dir, data) = place();
    let server = Server::start(Path::new(&data), &[]);
    server.http.people([1, 3]).await;
    server.http.write(1, 10).await;
    server.http.follow(3, 1).await;
    server.http.report(3, &[event(1, "share", 10)]).await.expect(202);
    let before = counts(&server.http).await;
    server.stop().await;
    let written = run(&["snapshot", "--data-dir", &data, "--json"], &[]).expect(0).json();
    assert_eq!(
        (&written["written"], &written["posts"], &written["events"]),
        (&json!(true), &json!(1), &json!(1))
    );

    for name in files(&data, "snapshot-") {
        let path = Path::new(&data).join(name);
        let mut bytes = fs::read(&path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(path, bytes).expect("written");
    }
    let again = Server::start(Path::new(&data), &[]);
    assert!(
        !files(&data, "snapshot-").is_empty()
            && files(&data, "snapshot-").iter().all(|name| name.ends_with(".damaged"))
    );
    assert!(again.log().contains("is damaged and was put aside"), "{}", again.log());
    again.ready().await;
    assert_eq!(counts(&again.http).await, before);
    again.http.report(3, &[event(1, "share", 10)]).await.expect(202);
    assert_eq!(counts(&again.http).await, before, "the deduplication was built from the log too");
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_starts_shows_a_feed_and_ends_with_ctrl_c() {
    let (dir, data) = place();
    let arguments = ["demo", "--users", "50", "--listen", "127.0.0.1:0", "--data-dir", &data];
    let demo = Server::spawn(nova(&arguments, &[]), &data);
    let page = demo.http.get(0, "/").await.expect(200);
    assert!(String::from_utf8_lossy(&page.body).contains("<html"));
    until("live traffic", async || {
        (demo.http.metric("nova_events_received_total", &["accepted"]).await > 0.0).then_some(())
    })
    .await;
    let trending = demo.http.get(0, "/api/v1/feed/trending?window=7d").await.expect(200).json();
    assert!(!trending["items"].as_array().expect("items").is_empty());
    let ended = demo.end("-INT").await;
    assert!(files(&data, "").iter().all(|name| !name.contains(".db-")), "{:?}", files(&data, ""));
    assert_eq!(ended.code(), Some(0), "{}", fs::read_to_string(format!("{data}.log")).unwrap_or_default());
    drop(dir);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_goes_on_with_its_community_and_with_no_other() {
    let (dir, data) = place();
    let first = ["demo", "--users", "50", "--listen", "127.0.0.1:0", "--data-dir", &data];
    let further = ["demo", "--listen", "127.0.0.1:0", "--data-dir", &data];
    let viewers = async |demo: &Server| demo.http.get(0, "/demo/viewers").await.expect(200).json();
    let follows =
        async |demo: &Server| demo.http.get(0, "/demo/figures").await.expect(200).json()["follows"].clone();

    let demo = Server::spawn(nova(&first, &[]), &data);
    let people = viewers(&demo).await;
    assert_eq!(demo.end("-INT").await.code(), Some(0));

    // as if it had been broken off while the history was loaded: what is there already is not doubled
    let note = dir.path().join("data/demo.json");
    let text = fs::read_to_string(&note).expect("the note");
    fs::write(&note, text.replace("\"loaded\":true", "\"loaded\":false")).expect("written");
    let demo = Server::spawn(nova(&further, &[]), &data);
    assert_eq!(viewers(&demo).await, people);
    let before = follows(&demo).await;
    assert_eq!(demo.end("-INT").await.code(), Some(0));
    let demo = Server::spawn(nova(&further, &[]), &data);
    assert_eq!((viewers(&demo).await, follows(&demo).await), (people, before));
    assert_eq!(demo.end("-INT").await.code(), Some(0));

    let other =
        run(&["demo", "--users", "60", "--listen", "127.0.0.1:0", "--data-dir", &data], &[]).expect(1);
    assert!(other.stderr.contains("holds the community of --users 50 --seed 7"), "{}", other.stderr);
    fs::remove_file(note).expect("removed");
    let other = run(&further, &[]).expect(1);
    assert!(other.stderr.contains("holds a service's own data"), "{}", other.stderr);
}

#[test]
fn help_reads_well() {
    for command in ["demo", "serve", "check", "token", "import", "dead-letters", "snapshot"] {
        let help = run(&[command, "--help"], &[]).expect(0).stdout;
        assert!(help.contains(&format!("Usage: nova {command}")) && help.contains("Options:"), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}
