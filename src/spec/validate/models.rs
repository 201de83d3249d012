//! Rules for certain model configurations.

use serde_json::Value;

use super::subject::Subject;
use super::wording::called;
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::DbmsVectorChainLlmConfig;

/// The providers that an Oracle database can reach without a credential.
const LOCAL_PROVIDERS: [&str; 2] = ["openai", "ollama"];

/// AS702: a model that an Oracle database calls is either local to the database (some providers
/// only) or has a credential of the database; it has no key and no protocol of its own.
pub(super) fn database_models(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let model = subject.component;
    if !model.is::<DbmsVectorChainLlmConfig>() {
        return;
    }
    let is_set = |field| match model.field(field) {
        None | Some(FieldValue::Value(Value::Null)) => false,
        Some(_) => true,
    };
    match (is_set("host"), is_set("credential_name")) {
        (true, true) => {
            let place = subject.places.field_or_type("credential_name");
            let message = "`host` and `credential_name` exclude each other".to_owned();
            let problem = subject.error("AS702", place, message);
            found.push(problem.with_help("set one of them to null"));
        }
        (false, false) if model.is_complete() => {
            let message = format!("{} needs `credential_name`", called(model));
            let problem = subject.error("AS702", subject.headline(), message);
            found.push(problem.with_help("or `host: local` for an endpoint beside the database"));
        }
        _ => {}
    }
    if let Some(provider) = subject.text("provider")
        && is_set("host")
        && !LOCAL_PROVIDERS.contains(&provider)
    {
        let place = subject.places.field_or_type("host");
        let message = format!("`host` is for the providers openai and ollama, not `{provider}`");
        found.push(subject.error("AS702", place, message));
    }
    for field in ["api_provider", "api_type", "api_key"] {
        if is_set(field) {
            let place = subject.places.field_or_type(field);
            let message = format!("`{field}` must be null: the database makes the call");
            let problem = subject.error("AS702", place, message);
            found.push(problem.with_help("set it to null"));
        }
    }
}
