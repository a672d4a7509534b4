//! `deploy/compose.yaml` and this stack are one thing told twice; this holds them together.

use std::collections::BTreeSet;
use std::fs;

use saphyr::{LoadableYamlNode as _, Yaml};

use super::Name;
use super::connect::VARIABLES;
use super::settings::Settings;
use crate::run::root;

fn text(file: &str) -> String {
    fs::read_to_string(root().join("deploy").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What stands below a key of the document, as text.
fn below<'a>(yaml: &'a Yaml<'a>, key: &str) -> Vec<(&'a str, &'a Yaml<'a>)> {
    let entries = yaml.as_mapping_get(key).and_then(Yaml::as_mapping).into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.as_str()?, value))).collect()
}

fn list<'a>(yaml: &'a Yaml<'a>, key: &str) -> Vec<&'a str> {
    yaml.as_mapping_get(key).and_then(Yaml::as_vec).into_iter().flatten().filter_map(Yaml::as_str).collect()
}

/// The names in `${NAME}`; those with a default (`${NAME:-..}`) are not asked for.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let names = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    names.filter(|name| !name.contains(":-")).collect()
}

/// Each service with its part of the document.
fn each_service(check: impl Fn(Name, &Yaml<'_>)) {
    let text = text("compose.yaml");
    let documents = Yaml::load_from_str(&text).unwrap();
    let services = below(&documents[0], "services");
    let names: BTreeSet<&str> = services.iter().map(|(name, _)| *name).collect();
    let ours: BTreeSet<&str> = Name::ALL.into_iter().map(|name| name.service().name()).collect();
    assert_eq!(names, ours, "the services of compose.yaml and of the stack");
    for (name, service) in services {
        let ours = Name::ALL.into_iter().find(|ours| ours.service().name() == name).unwrap();
        check(ours, service);
    }
}

#[test]
fn every_service_is_in_both_and_reads_the_same_files() {
    each_service(|name, service| {
        let mounted: BTreeSet<&str> = list(service, "volumes")
            .into_iter()
            .filter_map(|volume| volume.strip_prefix("./")?.strip_suffix(":ro")?.split(':').next())
            .collect();
        let read: BTreeSet<&str> = name.service().files().iter().copied().collect();
        assert_eq!(mounted, read, "files of {}", name.service().name());
        for file in mounted {
            assert!(!text(file).is_empty());
        }
    });
}

#[test]
fn every_service_has_its_version_from_the_settings_and_says_when_it_is_well() {
    let settings = Settings::parse(&text(".env")).unwrap();
    each_service(|name, service| {
        let image = service.as_mapping_get("image").and_then(Yaml::as_str).unwrap();
        let (_, tag) = image.rsplit_once(":$").unwrap_or_else(|| panic!("{image}: the version is in .env"));
        let variable = tag.trim_matches(['{', '}']);
        assert!(variable.ends_with("_VERSION"), "{image}");
        settings.get(variable).unwrap();
        assert!(service.contains_mapping_key("healthcheck"), "{} has no check", name.service().name());
    });
    for name in placeholders(&text("compose.yaml")).into_iter().filter(|name| !name.contains("...")) {
        settings.get(name).unwrap();
    }
}

#[test]
fn what_the_registries_give_has_the_version_of_the_images() {
    let settings = Settings::parse(&text(".env")).unwrap();
    let server = settings.get("CLICKHOUSE_VERSION").unwrap();
    assert!(settings.get("CHDB_VERSION").unwrap().starts_with(&format!("{server}.")));
    let pom = text("kafka/pom.xml");
    for dependency in pom.split("<dependency>").filter(|part| part.contains("<groupId>org.apache.kafka<")) {
        assert!(dependency.contains("<version>${kafka.version}</version>"), "{dependency}");
    }
    assert!(!pom.contains("<kafka.version>"), "the version of Kafka is in .env alone");
}

#[test]
fn the_connector_finds_its_variables_in_both() {
    let connector = text("debezium/connector.json");
    assert!(serde_json::from_str::<serde_json::Value>(&connector).unwrap().is_object());
    let wanted: BTreeSet<&str> =
        placeholders(&connector).into_iter().filter_map(|name| name.strip_prefix("env:")).collect();
    assert_eq!(wanted, VARIABLES.into_iter().collect());
    each_service(|name, service| {
        if name == Name::Connect {
            let given: BTreeSet<&str> =
                below(service, "environment").into_iter().map(|(name, _)| name).collect();
            assert!(wanted.is_subset(&given), "{wanted:?} in {given:?}");
        }
    });
}
