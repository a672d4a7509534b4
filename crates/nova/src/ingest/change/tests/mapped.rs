//! Names of a product's own.

use super::*;

#[test]
fn a_mapping_gives_other_tables_and_columns_a_place() {
    let mapping = mapped(
        "[tables.likes]\ntable = \"votes\"\n[tables.likes.columns]\npost_id = \"article\"\nuser_id = \"by\"\ncreated_at = \"\"",
    );
    mapping.validate().expect("a good mapping");
    assert_eq!(mapping.of(Table::Likes).topic(), "cdc.votes");
    assert_eq!(mapping.table_of_topic("cdc.votes"), Some(Table::Likes));
    assert_eq!(mapping.table_of_topic("cdc.likes"), None);
    let row = json!({"article": 1, "by": 2, "created_at": "no time", "": 3});
    let Row::Like(like) = put(run(&mapping, Table::Likes, &Json::Null, &envelope("c", &Json::Null, &row)))
    else {
        panic!("no like")
    };
    assert_eq!(
        like.created_at,
        Timestamp::from_micros(1_767_323_045_000_000),
        "no such column: the commit's time"
    );
    let (_, detail) =
        refused(run(&mapping, Table::Likes, &Json::Null, &envelope("c", &Json::Null, &json!({"by": 2}))));
    assert_eq!(detail, "article: is missing");
}

#[test]
fn one_name_that_is_not_novas_makes_the_tables_a_products() {
    for (toml, is_so) in [
        ("", false),
        ("epoch = 3\n[tables.posts]\ntopic = \"elsewhere\"\ncolumns = { lang = \"lang\" }", false),
        ("[tables.mutes]\ntable = \"silenced\"", true),
        ("[tables.posts]\ncolumns = { lang = \"\" }", true),
        ("[tables.posts]\ncolumns = { author_id = \"writer\" }", true),
    ] {
        assert_eq!(mapped(toml).is_of_a_product(), is_so, "{toml}");
    }
}

#[test]
fn a_mapping_that_cannot_work_names_its_key() {
    for (toml, key) in [
        ("[tables.likes]\ntable = \"\"", "change.tables.likes.table"),
        ("[tables.likes]\ntable = \"posts\"", "change.tables.likes.table"),
        ("[tables.likes]\ntopic = \"cdc.posts\"", "change.tables.likes.topic"),
        ("[tables.likes]\ntopic = \"a b\"", "change.tables.likes.topic"),
        ("[tables.likes.columns]\npost_id = \"\"", "change.tables.likes.columns.post_id"),
        ("[tables.likes.columns]\npost_id = \"user_id\"", "change.tables.likes.columns.user_id"),
        ("[tables.posts.columns]\ncreated_at = \"\"", "change.tables.posts.columns.created_at"),
    ] {
        assert_eq!(mapped(toml).validate().expect_err(toml).key, key);
    }
    use figment::providers::{Format as _, Toml};
    for (toml, word) in [
        ("[tables.lines]\n", "unknown table lines"),
        ("[tables.likes.columns]\npost = \"x\"", "unknown column likes.post"),
        ("[tables.likes]\ntabel = \"x\"", "tabel"),
        ("epoch = 256", "256"),
        ("epochs = 1", "epochs"),
    ] {
        let error =
            figment::Figment::from(Toml::string(toml)).extract::<Mapping>().expect_err(toml).to_string();
        assert!(error.contains(word), "{error}");
    }
    Mapping::default().validate().expect("the default works");
}
