//! Builds the HTTP request of a `RemoteTool`, an `ApiNode` or an `http` binding from arguments.

use indexmap::IndexMap;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use url::Url;

use super::allow_list::climbs;
use super::fields::RequestFields;
use super::template::fill_address;
use crate::base::address::shown_text;
use crate::base::redact::Redactor;
use crate::base::secret::{Secret, is_secret_name};
use crate::base::written::{Written, mark};
use crate::conversation::Values;
use crate::profile::HttpBinding;
use crate::spec::placeholder::{Lone, render_request, render_value, text_of};
use crate::spec::property::settle_untyped;
use crate::spec::sensitive::SensitiveValue;
use crate::tools::executor::{CallIdentity, ToolError, ToolErrorKind};

/// The content type of form data.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct HttpRequest {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Whether an argument determines the server.
    pub(super) is_destination_templated: bool,
    /// The secrets of the request, which must stay hidden even if the server repeats them.
    pub(super) sent: Redactor,
}

/// The header by which a server recognizes a repeated call; not set if the tool sets it itself.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl HttpRequest {
    /// Sets the header by which the server can recognize a repeated call.
    pub(super) fn name_call(&mut self, identity: &CallIdentity) {
        if let Ok(key) = HeaderValue::from_str(&identity.idempotency_key()) {
            self.headers.entry(IDEMPOTENCY_KEY).or_insert(key);
        }
    }
}

/// Builds the request of a `RemoteTool` or an `ApiNode`.
///
/// Source: Agent Spec 26.1.2, *Remote tools*. There are three differences from the reference
/// runtime: in a string body that is JSON, placeholders are replaced inside its strings, so that a
/// quote in a value is harmless; a string that consists of one placeholder becomes the value with
/// its type; and header names are compared case-insensitively.
pub(super) fn of_fields(
    fields: &RequestFields<'_>,
    arguments: &Values,
) -> Result<HttpRequest, ToolError> {
    let name = fields.name;
    let wrong = |error: &dyn std::fmt::Display| configuration(name, error);
    let address = fill_address(fields.url, arguments).map_err(|error| wrong(&error))?;
    let method = render_request(fields.http_method, arguments).map_err(|error| wrong(&error))?;
    let mut headers = HeaderMap::new();
    let mut sent = Redactor::default();
    add_headers(name, &mut headers, fields.headers, arguments, None)?;
    match &fields.sensitive_headers {
        SensitiveValue::Absent => {}
        SensitiveValue::Given(secret) => {
            let empty = Map::new();
            let given = secret.reveal().as_object().unwrap_or(&empty);
            add_headers(name, &mut headers, given, arguments, Some(&mut sent))?;
        }
        SensitiveValue::Missing(reference) => {
            return Err(
                wrong(&format!("nothing supplies `{reference}`")).with_hint(format!(
                    "supply `{reference}` in a file of `component_files` or with `--component`"
                )),
            );
        }
    }
    let mut url = address.url;
    // What the spec itself writes into its address, not what the model puts there.
    sent.add_address(
        &fields
            .url
            .trim()
            .parse()
            .unwrap_or_else(|_templated| url.clone()),
    );
    for (key, value) in fields.headers.iter().chain(fields.query_params) {
        if let Some(value) = value.as_str().filter(|_| is_secret_name(key)) {
            sent.add_header(value);
        }
    }
    add_query(&mut url, fields.query_params, arguments).map_err(|error| wrong(&error))?;
    let body = body(fields.data, arguments, &mut headers).map_err(|error| wrong(&error))?;
    Ok(HttpRequest {
        method: method_of(name, &method)?,
        url,
        headers,
        body,
        is_destination_templated: address.is_destination_templated,
        sent,
    })
}

/// Builds a `GET` request for a URL that a model wrote.
pub(super) fn get(name: &str, address: &str) -> Result<HttpRequest, ToolError> {
    let refused = |why: &dyn std::fmt::Display| {
        ToolError::from(format!(
            "`{name}` can't fetch `{}`: {why}",
            shown_text(address)
        ))
    };
    let url = Url::parse(address.trim()).map_err(|error| refused(&error))?;
    if climbs(url.path()) {
        return Err(refused(&"its path leads upward"));
    }
    Ok(HttpRequest {
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: Vec::new(),
        is_destination_templated: true,
        sent: Redactor::default(),
    })
}

/// Builds the request of an `http` binding: the arguments become the query of a `GET`, or the JSON
/// body of another method; placeholders in the URL are replaced by arguments too. The destination
/// is trusted. `secrets` are the values of the headers.
pub(super) fn of_binding(
    name: &str,
    binding: &HttpBinding,
    secrets: &IndexMap<String, Secret>,
    arguments: &Values,
) -> Result<HttpRequest, ToolError> {
    let wrong = |error: &dyn std::fmt::Display| configuration(name, error);
    let address = fill_address(&binding.url, arguments).map_err(|error| wrong(&error))?;
    let mut url = address.url;
    let mut headers = HeaderMap::new();
    let mut sent = Redactor::default();
    sent.add_address(
        &binding
            .url
            .trim()
            .parse()
            .unwrap_or_else(|_templated| url.clone()),
    );
    for (header, secret) in secrets {
        sent.add_header(secret.expose());
        insert_header(name, &mut headers, header, secret.expose(), true)?;
    }
    let mut body = Vec::new();
    if binding.method == "GET" {
        // Without placeholders in it this can't miss a value.
        add_query(&mut url, &quoted(arguments), arguments).map_err(|error| wrong(&error))?;
    } else {
        headers
            .entry(CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("application/json"));
        body = serde_json::to_vec(arguments).map_err(|error| wrong(&error))?;
    }
    Ok(HttpRequest {
        method: method_of(name, &binding.method)?,
        url,
        headers,
        body,
        is_destination_templated: false,
        sent,
    })
}

/// Replaces each value by a placeholder with its name, `{"city": "Bern"}` by `{"city":
/// "{{city}}"}`, so that the values themselves are not searched for placeholders.
fn quoted(arguments: &Values) -> Map<String, Value> {
    arguments
        .iter()
        .map(|(name, value)| match value {
            Value::Array(_) => (name.clone(), value.clone()),
            _ => (name.clone(), Value::String(format!("{{{{{name}}}}}"))),
        })
        .collect()
}

pub(super) fn configuration(name: &str, error: &dyn std::fmt::Display) -> ToolError {
    ToolError::new(
        ToolErrorKind::Configuration,
        format!("the request of `{name}` can't be made: {error}"),
    )
}

fn method_of(name: &str, method: &str) -> Result<Method, ToolError> {
    Method::from_bytes(method.trim().to_ascii_uppercase().as_bytes())
        .map_err(|_invalid| configuration(name, &format!("`{method}` is not an HTTP method")))
}

fn add_headers(
    name: &str,
    headers: &mut HeaderMap,
    templates: &Map<String, Value>,
    arguments: &Values,
    mut secret: Option<&mut Redactor>,
) -> Result<(), ToolError> {
    for (header, template) in templates {
        let wrong = |error: &dyn std::fmt::Display| configuration(name, error);
        let header = render_request(header, arguments).map_err(|error| wrong(&error))?;
        let value = render_value(template, arguments, Lone::Text).map_err(|error| wrong(&error))?;
        let value = text_of(&value);
        insert_header(name, headers, &header, &value, secret.is_some())?;
        if let Some(secret) = &mut secret {
            secret.add_header(&value);
        }
    }
    Ok(())
}

fn insert_header(
    name: &str,
    headers: &mut HeaderMap,
    header: &str,
    value: &str,
    is_secret: bool,
) -> Result<(), ToolError> {
    // The value is not shown: it may be a secret.
    let invalid = || configuration(name, &format!("header `{header}` can't be sent"));
    let header_name = HeaderName::from_bytes(header.as_bytes()).map_err(|_invalid| invalid())?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_invalid| invalid())?;
    value.set_sensitive(is_secret);
    headers.insert(header_name, value);
    Ok(())
}

/// Adds parameters to the query of a URL; a list repeats its key.
fn add_query(
    url: &mut Url,
    templates: &Map<String, Value>,
    arguments: &Values,
) -> Result<(), crate::spec::placeholder::MissingValues> {
    if templates.is_empty() {
        return Ok(());
    }
    let mut pairs = Vec::new();
    for (key, template) in templates {
        let key = render_request(key, arguments)?;
        add_pairs(
            &mut pairs,
            &key,
            &render_value(template, arguments, Lone::Value)?,
        );
    }
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(())
}

fn add_pairs(pairs: &mut Vec<(String, String)>, key: &str, value: &Value) {
    match value {
        Value::Array(items) => {
            for item in items {
                pairs.push((key.to_owned(), text_of(item)));
            }
        }
        value => pairs.push((key.to_owned(), text_of(value))),
    }
}

fn body(
    data: &Value,
    arguments: &Values,
    headers: &mut HeaderMap,
) -> Result<Vec<u8>, crate::spec::placeholder::MissingValues> {
    // JSON in a string is filled inside its own strings.
    let parsed = data
        .as_str()
        .and_then(|text| serde_json::from_str::<Value>(&mark(text)).ok())
        .filter(|value| value.is_object() || value.is_array());
    let template = parsed.as_ref().unwrap_or(data);
    let is_form = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().contains(FORM));
    match template {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => Ok(render_request(text, arguments)?.into_bytes()),
        Value::Object(object) if object.is_empty() => Ok(Vec::new()),
        Value::Array(items) if items.is_empty() => Ok(Vec::new()),
        Value::Object(_) if is_form => {
            let filled = render_value(template, arguments, Lone::Value)?;
            let mut pairs = Vec::new();
            for (key, value) in filled.as_object().into_iter().flatten() {
                let value = Written::from_marked(value.clone());
                let value =
                    settle_untyped(&value).unwrap_or_else(|_twice| value.to_string().into());
                add_pairs(&mut pairs, key, &value);
            }
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            Ok(form.extend_pairs(pairs).finish().into_bytes())
        }
        other => {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/json"));
            let filled = render_value(other, arguments, Lone::Value)?;
            Ok(Written::from_marked(filled).to_string().into_bytes())
        }
    }
}
