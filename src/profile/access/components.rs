//! Grants of components other than models and tools: addresses, programs, files, databases.

use std::sync::Arc;

use serde_json::Value;

use super::{Draft, GrantKind, Survey, described, flag, shown_url, text};
use crate::base::command_line::shown_command;
use crate::spec::Component;
use crate::spec::component::FieldValue;
use crate::spec::language::{
    Agent, Datastore, InMemoryCollectionDatastore, InputMessageNode, OAuthConfig,
    OciClientConfigWithInstancePrincipal, PluginOpenAiEmbeddingConfig,
    PostgresDatabaseConnectionConfig, RemoteAgent, StdioTransport,
};
use crate::spec::placeholder;

/// The fields of any type that contain the path of a file or folder.
const FILE_FIELDS: [&str; 11] = [
    "key_file",
    "cert_file",
    "ca_file",
    "ssl_ca_cert",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "sslcrl",
    "config_dir",
    "wallet_location",
    "auth_file_location",
];

impl Survey<'_> {
    /// Adds everything that a component itself reaches.
    pub(super) fn component(&mut self, component: &Arc<Component>) {
        self.addresses(component);
        self.files(component);
        self.secrets(component);
        self.datastore(component);
        if component.is::<StdioTransport>() {
            self.program(component);
        }
        if component.is::<Agent>() && flag(component, "human_in_the_loop") {
            let purpose = format!("when {} wants to talk to you", described(component));
            self.asks(component, "messages", &purpose);
        }
        if component.is::<RemoteAgent>() {
            let purpose = format!("when {} answers or asks back", described(component));
            self.asks(component, "messages", &purpose);
        }
        if component.is::<InputMessageNode>() {
            self.asks(
                component,
                "a message",
                &format!("at {}", described(component)),
            );
        }
        if component.is::<OAuthConfig>() {
            self.login(component);
        }
        if component.is::<OciClientConfigWithInstancePrincipal>() {
            let secret = Draft::of(component, GrantKind::Secret, "the identity of this machine");
            self.add(secret.purpose(format!(
                "from Oracle's metadata service, for {}",
                described(component)
            )));
        }
    }

    /// Adds the server for signing in, which the spec names or the tools' server may choose.
    fn login(&mut self, config: &Arc<Component>) {
        let value = |field: &str| config.field(field).and_then(FieldValue::as_value);
        let is_named = ["issuer", "endpoints"]
            .iter()
            .any(|field| value(field).is_some_and(|value| !value.is_null()));
        let described = described(config);
        if is_named {
            return self.asks(
                config,
                "a login",
                &format!("in your browser, for {described}"),
            );
        }
        let purpose = format!("in your browser, where the server says, for {described}");
        let draft = Draft::of(config, GrantKind::Person, "a login").purpose(purpose);
        let client = config.field("client").and_then(FieldValue::as_component);
        let secret = client.and_then(|client| client.field("client_secret"));
        self.add(match secret {
            Some(FieldValue::Secret(_) | FieldValue::Reference(_)) => draft.concern(
                "the server says who is sent the client's secret: give `issuer` or `endpoints`",
            ),
            _ => draft,
        });
    }

    /// Adds the servers that are named in a component's fields.
    fn addresses(&mut self, component: &Component) {
        if let Some(url) = text(component, "url") {
            if component.is::<PostgresDatabaseConnectionConfig>() {
                return;
            }
            let draft = Draft::of(component, GrantKind::Endpoint, shown_url(url));
            self.add(Self::bounded(component, url, draft));
        }
        for (field, purpose) in [
            ("agent_url", "an agent elsewhere"),
            ("service_endpoint", "Oracle's cloud"),
            ("issuer", "a login"),
            ("registration_endpoint", "a login"),
        ] {
            if let Some(url) = text(component, field) {
                let draft = Draft::of(component, GrantKind::Endpoint, shown_url(url));
                self.add(draft.purpose(format!("{purpose}, for {}", described(component))));
            }
        }
        let endpoints = component.field("endpoints").and_then(FieldValue::as_value);
        for url in endpoints
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|endpoints| endpoints.values().filter_map(Value::as_str))
        {
            let draft = Draft::of(component, GrantKind::Endpoint, shown_url(url));
            self.add(draft.purpose(format!("a login, for {}", described(component))));
        }
        if component.is::<PluginOpenAiEmbeddingConfig>() {
            let draft = Draft::of(component, GrantKind::Endpoint, "https://api.openai.com/");
            self.add(draft.purpose(described(component)));
        }
    }

    /// Adds the restrictions on a request's address to its grant.
    fn bounded(component: &Component, url: &str, draft: Draft) -> Draft {
        let allowed = component
            .field("url_allow_list")
            .and_then(FieldValue::as_value)
            .and_then(Value::as_array);
        let draft = match allowed {
            Some(allowed) => {
                let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
                let list = allowed.join(", ");
                return draft.purpose(format!("{}, only below {list}", described(component)));
            }
            None => draft.purpose(described(component)),
        };
        match placeholder::in_authority(url) {
            Some(found) => draft.concern(format!(
                "`{{{{{}}}}}` decides which server is called, and nothing limits it",
                found.name
            )),
            None => draft,
        }
    }

    /// Adds the program that an MCP transport starts.
    fn program(&mut self, transport: &Component) {
        let listed = transport.field("args").and_then(FieldValue::as_value);
        let listed = listed.and_then(Value::as_array).into_iter().flatten();
        let argv: Vec<String> = text(transport, "command")
            .into_iter()
            .chain(listed.filter_map(Value::as_str))
            .map(str::to_owned)
            .collect();
        let env = transport.field("env").and_then(FieldValue::as_value);
        let names: Vec<&str> = env
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|env| env.keys().map(String::as_str))
            .collect();
        let mut purpose = format!("MCP server `{}`", transport.name());
        if !names.is_empty() {
            purpose.push_str(", sets ");
            purpose.push_str(&names.join(", "));
        }
        if let Some(folder) = text(transport, "cwd") {
            purpose.push_str(", in ");
            purpose.push_str(folder);
        }
        let draft = Draft::of(transport, GrantKind::Program, shown_command(&argv)).purpose(purpose);
        self.add(draft.concern("the spec itself says what is started"));
    }

    /// Adds the files that a component names. A secret path is listed by the name of its field.
    pub(super) fn files(&mut self, component: &Component) {
        for field in FILE_FIELDS {
            let target = match component.field(field) {
                Some(FieldValue::Value(Value::String(path))) => path.clone(),
                Some(FieldValue::Secret(_) | FieldValue::Reference(_)) => {
                    format!("the one that `{}.{field}` names", super::name_of(component))
                }
                _ => continue,
            };
            let draft = Draft::of(component, GrantKind::File, target);
            self.add(draft.purpose(format!("`{field}` of {}", described(component))));
        }
    }

    fn datastore(&mut self, component: &Component) {
        if !component.is::<Datastore>() {
            return;
        }
        let connection = component
            .field("connection_config")
            .and_then(FieldValue::as_component);
        let target = match connection.and_then(|connection| text(connection, "url")) {
            Some(url) => shown_url(url),
            None if component.is::<InMemoryCollectionDatastore>() => {
                "memory, until the program ends".to_owned()
            }
            None => "a database, whose address is secret".to_owned(),
        };
        let draft = Draft::of(component, GrantKind::Datastore, target);
        self.add(draft.purpose(described(component)));
    }
}
