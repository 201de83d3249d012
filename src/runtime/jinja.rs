//! Jinja, the language of WayFlow's prompt templates. Source: WayFlow 26.3.1, where templates can
//! read values, test, loop and filter, but not call functions.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value as TemplateValue};
use serde_json::Value;

use crate::base::python_text;
use crate::conversation::Values;
use crate::trace::{Failure, FailureKind};

/// The maximum number of steps of a template, so that nested loops end in limited time.
const FUEL: u64 = 1_000_000;

/// The engine's functions that WayFlow's templates lack.
const NO_FUNCTIONS: [&str; 4] = ["range", "dict", "debug", "namespace"];

/// Fills in a template. The values themselves are never read as templates.
///
/// # Errors
/// A `spec` failure, if the template is invalid or uses a missing value.
pub(super) fn render(template: &str, values: &Values) -> Result<String, Failure> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    for function in NO_FUNCTIONS {
        environment.remove_global(function);
    }
    environment.add_filter("tojson", to_json);
    let values = TemplateValue::from(Serde(values));
    environment.render_str(template, values).map_err(|error| {
        let message = format!("a template can't be filled in: {error}");
        Failure::new(FailureKind::Spec, message)
    })
}

/// Returns a value as JSON that is safe inside tags.
fn to_json(value: &TemplateValue) -> String {
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    let text = python_text::without_tags(&python_text::on_one_line(&value));
    text.replace('\'', "\\u0027")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn rendered(template: &str) -> Result<String, String> {
        let values = json!({
            "name": "{{ secret }}", "none": "", "tools": [{"function": {"z": "a'b", "a": 1}}, {"function": {}}],
        });
        let Value::Object(values) = values else {
            panic!("values are an object");
        };
        render(template, &values).map_err(|failure| failure.message)
    }

    #[test]
    fn templates_read_test_loop_and_filter() {
        for (template, expected) in [
            ("Be {{ name }}.\n", "Be {{ secret }}."),
            ("{%- if none -%}x{%- endif -%}", ""),
            (
                "{% for tool in tools %}- {{ tool.function | tojson }}{{ \",\n\" }}{% endfor %}",
                "- {\"z\": \"a\\u0027b\", \"a\": 1},\n- {},\n",
            ),
            (
                "{% for t in tools %}{{ loop.index }}{% if not loop.last %}, {% endif %}{% endfor %}",
                "1, 2",
            ),
        ] {
            assert_eq!(rendered(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_can_not_be_filled_in_is_told() {
        for template in [
            "{{ other }}",
            "{% if x",
            "{{ range(3) }}",
            "{% for a in tools * 1000 %}{% for b in tools * 1000 %}x{% endfor %}{% endfor %}",
        ] {
            let told = rendered(template).expect_err(template);
            assert!(told.starts_with("a template can't be filled in"), "{told}");
        }
    }
}
