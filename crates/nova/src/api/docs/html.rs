//! The document as one page: no script, nothing from elsewhere, readable in a terminal browser too.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// The page, and the content security policy under which a browser shows it.
pub(super) fn render(document: &Value) -> (String, String) {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let mut page = Page(String::with_capacity(1 << 17));
    page.html("<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">");
    page.html("<title>Nova: the API</title><style>");
    page.html(STYLE);
    page.html("</style><main><h1>Nova: the API</h1><p>");
    page.text(&document["info"]["description"]);
    page.html(" As data: <a href=\"/openapi.json\">/openapi.json</a>.</p>");
    for tag in array(&document["tags"]) {
        page.html("<h2>");
        page.text(&tag["name"]);
        page.html(" <small>");
        page.text(&tag["description"]);
        page.html("</small></h2>");
        for (path, item) in object(&document["paths"]) {
            for method in METHODS {
                if array(&item[method]["tags"]).any(|of| *of == tag["name"]) {
                    page.operation(method, path, &item[method]);
                }
            }
        }
    }
    page.html("<h2>Shapes</h2>");
    for (name, schema) in object(&document["components"]["schemas"]) {
        let _ = write!(page.0, "<details open id=\"{name}\"><summary><code>{name}</code> <span class=soft>");
        page.text(&schema["description"]);
        page.html("</span></summary>");
        page.members(schema);
        page.html("</details>");
    }
    page.html("</main>");
    (page.0, policy)
}

struct Page(String);

impl Page {
    fn html(&mut self, html: &str) {
        self.0.push_str(html);
    }

    /// A string of the document; nothing for anything else.
    fn text(&mut self, value: &Value) {
        for character in value.as_str().unwrap_or_default().chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                other => self.0.push(other),
            }
        }
    }

    fn operation(&mut self, method: &str, path: &str, operation: &Value) {
        let method = method.to_uppercase();
        let _ = write!(self.0, "<details><summary><b>{method}</b><code>{path}</code> <span class=soft>");
        self.text(&operation["summary"]);
        self.html("</span></summary>");
        if operation["description"].is_string() {
            self.html("<p>");
            self.text(&operation["description"]);
            self.html("</p>");
        }
        let mut parameters = array(&operation["parameters"]).peekable();
        if parameters.peek().is_some() {
            self.html("<h4>Parameters</h4><table>");
            for parameter in parameters {
                let required = parameter["required"] == true;
                self.row(&parameter["name"], &parameter["schema"], required, &parameter["description"]);
            }
            self.html("</table>");
        }
        if let Some((_, content)) = object(&operation["requestBody"]["content"]).next() {
            self.html("<h4>Body</h4><p>");
            self.kind(&content["schema"]);
            self.html("</p>");
        }
        self.html("<h4>Answers</h4><table>");
        for (status, response) in object(&operation["responses"]) {
            let _ = write!(self.0, "<tr><td>{status}<td>");
            let problem = response["$ref"].is_string();
            match object(&response["content"]).next() {
                Some((_, content)) => self.kind(&content["schema"]),
                None if problem => self.html("<a href=\"#Problem\">Problem</a>"),
                None => {}
            }
            self.html("<td>");
            self.text(if problem { &Value::Null } else { &response["description"] });
        }
        self.html("</table></details>");
    }

    fn row(&mut self, name: &Value, schema: &Value, required: bool, description: &Value) {
        self.html("<tr><td>");
        self.text(name);
        self.html(if required { "<td>" } else { "<td>optional " });
        self.kind(schema);
        self.html("<td>");
        self.text(description);
    }

    /// The members of an object, those of the objects it is made of included.
    fn members(&mut self, schema: &Value) {
        for part in array(&schema["allOf"]) {
            match part["$ref"].as_str() {
                Some(_) => {
                    self.html("<p>All of ");
                    self.kind(part);
                    self.html(", and</p>");
                }
                None => self.members(part),
            }
        }
        if object(&schema["properties"]).next().is_none() {
            return;
        }
        self.html("<table>");
        for (name, member) in object(&schema["properties"]) {
            let required = array(&schema["required"]).any(|required| required == name);
            let description = &member["description"];
            self.row(&Value::from(name.as_str()), member, required, description);
        }
        self.html("</table>");
    }

    /// A schema in a few words.
    fn kind(&mut self, schema: &Value) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let _ = write!(self.0, "<a href=\"#{name}\">{name}</a>");
            return;
        }
        for (key, word) in [("oneOf", " or "), ("allOf", " and ")] {
            if let Some(kinds) = schema[key].as_array() {
                for (index, kind) in kinds.iter().enumerate() {
                    self.html(if index == 0 { "" } else { word });
                    self.kind(kind);
                }
                return;
            }
        }
        match &schema["type"] {
            Value::String(kind) if kind == "array" => {
                self.html("list of ");
                self.kind(&schema["items"]);
            }
            Value::String(_) => self.text(&schema["type"]),
            Value::Array(kinds) => {
                let words: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
                self.text(&Value::from(words.join(" or ")));
            }
            _ => self.html("any"),
        }
        for (key, word) in [
            ("minimum", "from"),
            ("maximum", "to"),
            ("maxLength", "characters, at most"),
            ("default", "default"),
        ] {
            match &schema[key] {
                Value::Null => {}
                Value::String(value) => {
                    let _ = write!(self.0, ", {word} {value}");
                }
                value => {
                    let _ = write!(self.0, ", {word} {value}");
                }
            }
        }
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
