//! Variants: several values for fields of a spec; each combination is a separate spec.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::base::separated;
use crate::spec::placeholder;
use crate::spec::set_field::set_field;
use crate::spec::{Component, Format, LoadOptions, Loaded, load};
use crate::trace::SpecText;

/// The maximum number of variants in a batch, because each is loaded and stored as text.
const MAX_VARIANTS: usize = 1_000;

/// The code of a field that the component's type does not have.
const UNKNOWN_FIELD: &str = "AS006";

/// A field and its values: `guide.system_prompt=Be short.,Be kind.`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vary {
    /// The id or name of a component, and a dotted path of fields.
    pub path: String,
    /// The values as written: JSON if the field accepts the result, else text.
    pub values: Vec<String>,
}

/// A spec with one value for each varied field.
#[derive(Clone, Debug, Serialize)]
pub struct Variant {
    /// The values, by the path of their field.
    pub settings: IndexMap<String, String>,
    /// The root component; serialized as its text.
    #[serde(skip)]
    pub component: Arc<Component>,
    /// The text from which the root component can be loaded again.
    pub spec: Arc<SpecText>,
    /// Remarks about values that may be mistakes, each a sentence.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// The reason why a field can't be varied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VaryError {
    /// The text is not of the form `COMPONENT.FIELD=A,B`.
    #[error("`{0}` must be COMPONENT.FIELD=A,B,C")]
    Malformed(String),
    /// A value before or after a comma is missing.
    #[error("`{0}` has an extra comma: remove it, or write \"\" for an empty text")]
    Gap(String),
    /// A prompt does not use a value that the runs get.
    #[error(
        "{path}={value}: the text leaves out `{{{{{name}}}}}`, so that the value given for it is not used; write `{{{{{name}}}}}` in it"
    )]
    LosesPlaceholder {
        /// The path of the field.
        path: String,
        /// The value of the field.
        value: String,
        /// The unused placeholder.
        name: String,
    },
    /// A field is listed twice.
    #[error("`{0}` is varied twice: give all of its values at once")]
    Twice(String),
    /// The field is secret, but varied values are stored and shown in clear text.
    #[error(
        "`{0}` is a secret, and varied values are kept and shown; vary a profile's keys by running the batch once with each profile"
    )]
    Secret(String),
    /// There are too many combinations.
    #[error("this makes {0} variants of the spec; a batch has at most {MAX_VARIANTS}")]
    TooMany(usize),
    /// The field can't be set to a value.
    #[error("{path}={value}: {problem}")]
    Unfit {
        /// The path of the field; if several fields are varied, the last one.
        path: String,
        /// The value of the field.
        value: String,
        /// The problem.
        problem: String,
    },
}

impl Vary {
    /// Parses `COMPONENT.FIELD=A,B,C`. Commas in quotes, brackets and braces do not separate
    /// values; a quoted value is a JSON string.
    ///
    /// # Errors
    /// [`VaryError::Malformed`], [`VaryError::Gap`].
    pub(crate) fn read(text: &str) -> Result<Self, VaryError> {
        let malformed = || VaryError::Malformed(text.to_owned());
        let (path, values) = text.split_once('=').ok_or_else(malformed)?;
        let path = path.trim();
        if path.is_empty() {
            return Err(malformed());
        }
        let values = separated::values(values).ok_or_else(|| VaryError::Gap(text.to_owned()))?;
        Ok(Self {
            path: path.to_owned(),
            values: values.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Parses several fields, separated by semicolons.
    ///
    /// # Errors
    /// As [`Vary::read`].
    pub(crate) fn read_all(text: &str) -> Result<Vec<Self>, VaryError> {
        let parts = separated::parts(text, ';').into_iter().map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(Self::read)
            .collect()
    }
}

/// Returns the number of variants.
pub(crate) fn count(varied: &[Vary]) -> usize {
    let counts = varied.iter().map(|vary| vary.values.len());
    counts.fold(1, usize::saturating_mul)
}

/// Makes the variants of a document; the first varied field changes slowest.
///
/// # Errors
/// [`VaryError`].
pub(crate) fn variants(
    document: &Value,
    varied: &[Vary],
    options: &LoadOptions,
) -> Result<Vec<Variant>, VaryError> {
    if varied.is_empty() {
        return Ok(Vec::new());
    }
    for (at, vary) in varied.iter().enumerate() {
        if varied
            .iter()
            .take(at)
            .any(|before| before.path == vary.path)
        {
            return Err(VaryError::Twice(vary.path.clone()));
        }
    }
    let n_variants = count(varied);
    if n_variants > MAX_VARIANTS {
        return Err(VaryError::TooMany(n_variants));
    }
    let before = read(document, options);
    if let Some(vary) = varied.iter().find(|vary| is_secret(&vary.path, &before)) {
        return Err(VaryError::Secret(vary.path.clone()));
    }
    let n_unknown = unknown_fields(&before);
    let mut combinations = vec![IndexMap::new()];
    for vary in varied {
        combinations = combinations
            .into_iter()
            .flat_map(|settings| {
                vary.values.iter().map(move |value| {
                    let mut settings: IndexMap<String, String> = settings.clone();
                    settings.insert(vary.path.clone(), value.clone());
                    settings
                })
            })
            .collect();
    }
    let variants = combinations.into_iter();
    variants
        .map(|settings| variant(document, settings, n_unknown, options))
        .collect()
}

/// Returns whether a path leads to or into a field with secrets.
fn is_secret(path: &str, loaded: &Loaded) -> bool {
    let parts = loaded.component.iter().flat_map(|root| root.walk());
    parts.into_iter().any(|part| {
        let fields = part.component_type().fields();
        let mut secret = fields.filter(|field| field.kind.is_sensitive());
        secret.any(|field| {
            [part.id(), part.name()].into_iter().any(|component| {
                let below = path.strip_prefix(component);
                let below = below.and_then(|below| below.strip_prefix('.'));
                let below = below.and_then(|below| below.strip_prefix(field.name));
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    })
}

fn variant(
    document: &Value,
    settings: IndexMap<String, String>,
    n_unknown: usize,
    options: &LoadOptions,
) -> Result<Variant, VaryError> {
    let mut document = document.clone();
    let unfit = |path: &str, value: &str, problem: String| VaryError::Unfit {
        path: path.to_owned(),
        value: value.to_owned(),
        problem,
    };
    let mut notes = Vec::new();
    for (path, value) in &settings {
        let before = texts_with_placeholders(&document);
        set_field(&mut document, path, value)
            .map_err(|error| unfit(path, value, error.to_string()))?;
        let after = texts_with_placeholders(&document);
        for (name, n_before) in before {
            match after.get(&name) {
                None => {
                    return Err(VaryError::LosesPlaceholder {
                        path: path.clone(),
                        value: value.clone(),
                        name,
                    });
                }
                Some(n_after) if *n_after < n_before => notes.push(format!(
                    "{path}={value} no longer uses `{{{{{name}}}}}`, and only other texts do"
                )),
                Some(_) => {}
            }
        }
    }
    let loaded = read(&document, options);
    let of_last = |problem: String| {
        let (path, value) = settings
            .last()
            .map_or(("", ""), |(path, value)| (path, value));
        unfit(path, value, problem)
    };
    if unknown_fields(&loaded) > n_unknown {
        return Err(of_last("the component has no such field".to_owned()));
    }
    if let Some(error) = loaded.diagnostics.iter().find(|problem| problem.is_error()) {
        return Err(of_last(error.message.clone()));
    }
    let component = loaded
        .component
        .ok_or_else(|| of_last("the document is then not a spec".to_owned()))?;
    let spec = SpecText::of(&component).map_err(|error| of_last(error.to_string()))?;
    Ok(Variant {
        settings,
        component,
        spec: Arc::new(spec),
        notes,
    })
}

/// Returns the placeholders of a document, each with the number of texts and keys that contain it.
fn texts_with_placeholders(document: &Value) -> IndexMap<String, usize> {
    let mut counts = IndexMap::new();
    let mut count = |names: Vec<String>| {
        for name in names {
            *counts.entry(name).or_insert(0) += 1;
        }
    };
    let mut pending = vec![document];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(entries) => {
                for key in entries.keys() {
                    count(placeholder::names_in_value(&Value::from(key.as_str())));
                }
                pending.extend(entries.values());
            }
            plain => count(placeholder::names_in_value(plain)),
        }
    }
    counts
}

fn read(document: &Value, options: &LoadOptions) -> Loaded {
    let options = LoadOptions {
        format: Some(Format::Json),
        ..options.clone()
    };
    load(&document.to_string(), &options)
}

/// Returns the number of fields of the spec that no component type has. In a file these may belong
/// to a later version, but a varied field must exist.
fn unknown_fields(loaded: &Loaded) -> usize {
    let problems = loaded.diagnostics.iter();
    problems
        .filter(|problem| problem.code.0 == UNKNOWN_FIELD)
        .count()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "component_type": "Agent", "agentspec_version": "26.1.2", "id": "guide", "name": "guide",
            "system_prompt": "Be brief.",
            "llm_config": {"component_type": "OllamaConfig", "id": "m", "name": "m", "url": "localhost:1", "model_id": "x"},
        })
    }

    fn made(varied: &[&str]) -> Result<Vec<Variant>, VaryError> {
        let varied: Result<Vec<Vary>, VaryError> =
            varied.iter().map(|text| Vary::read(text)).collect();
        variants(&document(), &varied?, &LoadOptions::default())
    }

    #[test]
    fn fields_are_read_with_their_values() {
        assert_eq!(Vary::read("a.b= 1, 2").unwrap().values, ["1", "2"]);
        assert!(Vary::read("a.b").is_err() && Vary::read("=1").is_err());
        let error = Vary::read("a.b=1,,2").unwrap_err().to_string();
        assert!(error.contains("an extra comma"), "{error}");
        let all = Vary::read_all(r#"a.b=1,2; c.d="x;y";"#).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].values, [r#""x;y""#]);
    }

    #[test]
    fn secrets_are_not_varied_for_what_is_varied_is_kept_and_shown() {
        for path in ["m.api_key", "m.api_key.deeper"] {
            let error = made(&[&format!("{path}=S1,S2")]).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{path}` is a secret")),
                "{error}"
            );
            assert!(!error.contains("S1"), "{error}");
        }
        assert!(made(&["m.model_id=a,b"]).is_ok());
    }

    #[test]
    fn a_prompt_that_leaves_out_its_input_is_refused() {
        let mut document = document();
        document["system_prompt"] = json!("Tell me of {{city}}.");
        let made = |value: &str| {
            let vary = Vary {
                path: "guide.system_prompt".to_owned(),
                values: vec![value.to_owned()],
            };
            variants(&document, &[vary], &LoadOptions::default())
        };
        let error = made("Be short.").unwrap_err().to_string();
        assert_eq!(
            error,
            "guide.system_prompt=Be short.: the text leaves out `{{city}}`, so that the value given for it is not used; \
             write `{{city}}` in it"
        );
        assert!(made("Be short about {{city}}.").is_ok());
        // What is still in another text is only told.
        document["description"] = json!("All about {{city}}.");
        let vary = Vary {
            path: "guide.system_prompt".to_owned(),
            values: vec!["Be short.".to_owned(), "{{city}}?".to_owned()],
        };
        let variants = variants(&document, &[vary], &LoadOptions::default()).unwrap();
        let notes: Vec<&[String]> = variants.iter().map(|made| made.notes.as_slice()).collect();
        let told =
            "guide.system_prompt=Be short. no longer uses `{{city}}`, and only other texts do";
        assert_eq!(notes, [&[told.to_owned()][..], &[]]);
    }

    #[test]
    fn each_combination_is_a_spec_of_its_own() {
        let variants = made(&["guide.system_prompt=A,B", "m.model_id=x,y,z"]).unwrap();
        let words: Vec<String> = variants
            .iter()
            .map(|variant| variant.settings.values().cloned().collect::<String>())
            .collect();
        assert_eq!(words, ["Ax", "Ay", "Az", "Bx", "By", "Bz"]);
        let last: Value = serde_json::from_str(&variants[5].spec.text).unwrap();
        assert_eq!(last["system_prompt"], "B");
        assert_eq!(last["llm_config"]["model_id"], "z");
        let hashes: std::collections::HashSet<&str> = variants
            .iter()
            .map(|variant| variant.spec.hash.as_str())
            .collect();
        assert_eq!(hashes.len(), 6);
    }

    #[test]
    fn what_can_not_be_varied_is_told_with_its_value() {
        for (varied, expected) in [
            (vec!["guide.sytem_prompt=A"], "no such field"),
            (vec!["gide.system_prompt=A"], "did you mean `guide`?"),
            (
                vec!["guide.system_prompt=A", "guide.system_prompt=B"],
                "varied twice",
            ),
            (vec!["guide.llm_config=7"], "guide.llm_config=7: "),
        ] {
            let error = made(&varied).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let many = format!("guide.system_prompt={}", ["x"; 1001].join(","));
        assert!(matches!(made(&[&many]), Err(VaryError::TooMany(1001))));
    }
}
