use super::*;
use crate::ingest::change::Mapping;
use crate::testbed;
use nova_core::error::Kind;

#[test]
fn tables_and_topics_go_by_the_names_that_decode_them() {
    let mapping: Mapping =
        toml_of("[tables.posts]\ntable = \"articles\"\n[tables.likes]\ntopic = \"hearts\"");
    let config = Connector::new("eu.", mapping).config();
    let included = config["table.include.list"].as_str().expect("text");
    assert!(included.starts_with("public\\.users,public\\.articles,public\\.comments,"), "{included}");
    let routed = |table: &str| {
        let at = |what: &str| config[&format!("transforms.route_{table}.{what}")].as_str().expect("text");
        (at("regex").to_owned(), at("replacement").to_owned())
    };
    assert_eq!(routed("posts"), ("nova\\.public\\.articles".to_owned(), "eu.cdc.articles".to_owned()));
    assert_eq!(routed("likes"), ("nova\\.public\\.likes".to_owned(), "eu.hearts".to_owned()));
    assert!(config.values().all(serde_json::Value::is_string), "Connect takes text alone");
    assert!(!config.contains_key("transforms.route.type"));
}

fn toml_of(text: &str) -> Mapping {
    use figment::providers::{Format as _, Toml};
    figment::Figment::from(Toml::string(text)).extract().expect("a mapping")
}

#[tokio::test]
async fn connect_says_what_is_wrong_in_one_line() {
    let connect = Connect::at(&testbed::connect());
    let nobody = connect.status("nobody-of-this-name").await.expect_err("there is none");
    assert_eq!(nobody.kind(), Kind::NotFound);
    let mut config = Connector::new("", Mapping::default()).config();
    config.insert("plugin.name".to_owned(), "none_of_these".into());
    let refused = connect.register("refused", &config).await.expect_err("no such plugin");
    assert_eq!(refused.kind(), Kind::Rejected, "{refused:?}");
    assert_eq!(refused.detail().lines().count(), 1);
    let gone = Connect::at("http://127.0.0.1:1").status("any").await.expect_err("nobody listens");
    assert_eq!(gone.kind(), Kind::Unavailable);
}
