//! Every field of every type: left out though it is required, null, of another kind, of another family.

use flowdeck::spec::language::kind::{Bound, DefaultValue, FieldKind};
use flowdeck::spec::language::{ComponentKind, ComponentType, FieldDefinition, ObjectDefinition};
use serde_json::{Value, json};

use super::Fault;
use crate::differential::document::Document;
use crate::differential::generator::{Extent, Generator};

/// Faults in the fields of each type.
pub(in crate::differential) fn of_fields(g: &mut Generator) -> Vec<Fault> {
    let mut faults = Vec::new();
    for ty in g.types() {
        let mut valid = g.document(ty, Extent::Least);
        valid["agentspec_version"] = json!("26.3.1");
        for field in ty.fields() {
            let of_field = of_field(g, ty, field, &valid).into_iter();
            faults.extend(of_field.map(|fault| Fault {
                is_of_field: true,
                ..fault
            }));
        }
    }
    faults
}

/// Values of another kind that stand for one of the field's kind, so that both sides accept them.
pub(in crate::differential) fn lenient(g: &mut Generator) -> Vec<Document> {
    let mut documents = Vec::new();
    for ty in g.types() {
        let valid = g.document(ty, Extent::Least);
        for field in ty.fields() {
            for value in stand_ins(field.kind.inner()) {
                let mut document = valid.clone();
                document[field.name] = value.clone();
                let name = format!("{}.{} is {value}", ty.name(), field.name);
                documents.push(Document::of(name, &document));
            }
        }
    }
    documents
}

fn stand_ins(kind: &FieldKind) -> Vec<Value> {
    match kind {
        FieldKind::Flag => [
            json!("yes"),
            json!("OFF"),
            json!("t"),
            json!("N"),
            json!("1"),
            json!(0),
            json!(1.0),
            json!(0.0),
        ]
        .to_vec(),
        FieldKind::Integer => vec![
            json!("70"),
            json!(70.0),
            json!(true),
            json!(" 70 "),
            json!("7_0"),
            json!("70.0"),
        ],
        FieldKind::Number => vec![
            json!("1.5"),
            json!(true),
            json!(30),
            json!("30"),
            json!("1e3"),
            json!("1_0"),
        ],
        _ => Vec::new(),
    }
}

fn of_field(
    g: &mut Generator,
    ty: &ComponentType,
    field: &FieldDefinition,
    valid: &Value,
) -> Vec<Fault> {
    let name = format!("{}.{}", ty.name(), field.name);
    let mut faults = Vec::new();
    if field.default == DefaultValue::Required {
        let mut document = valid.clone();
        super::take(&mut document, &format!("/{}", field.name));
        faults.push(Fault::new(
            "AS007",
            &format!("{name} is missing"),
            &document,
        ));
    }
    let mut wrong = wrong_values(g, &field.kind);
    if !field.kind.is_nullable() {
        wrong.push(("AS008", Value::Null));
    }
    for (code, value) in wrong {
        let code = match (field.kind.inner(), field.default) {
            _ if code != "AS009" => code,
            // What a type is told by, and how results are put together, have rules of their own.
            (FieldKind::OneOf([_]), DefaultValue::Text(_)) => "AS706",
            (FieldKind::Map(_), _) if field.name == "reducers" => "AS412",
            _ => code,
        };
        let mut document = valid.clone();
        let text: String = value.to_string().chars().take(40).collect();
        document[field.name] = value;
        faults.push(Fault::new(code, &format!("{name} is {text}"), &document));
    }
    if let FieldKind::Component(family) = field.kind.inner() {
        let stranger = stranger(g, *family);
        let mut document = valid.clone();
        document[field.name] = json!({"$component_ref": "stranger"});
        document["$referenced_components"]["stranger"] = stranger;
        let what = format!("{name} refers to another family");
        faults.push(Fault::new("AS102", &what, &document));
    }
    faults
}

/// A component that is not of a family.
fn stranger(g: &mut Generator, family: ComponentKind) -> Value {
    let tool = ComponentKind::ServerTool;
    let is_of_family = tool.component_type().is_a(family);
    let kind = if is_of_family {
        ComponentKind::VllmConfig
    } else {
        tool
    };
    json!(g.make(kind.name()))
}

/// Values that a kind does not accept, each with the rule that it breaks.
fn wrong_values(g: &mut Generator, kind: &FieldKind) -> Vec<(&'static str, Value)> {
    let of_kind = |values: &[Value]| values.iter().map(|it| ("AS008", it.clone())).collect();
    match kind {
        FieldKind::Text => of_kind(&[json!(5), json!(true), json!(["x"]), json!({"x": 1})]),
        FieldKind::Flag => of_kind(&[json!("maybe"), json!(2), json!(0.5), json!([])]),
        FieldKind::Integer => of_kind(&[json!(1.5), json!("x"), json!(""), json!([]), json!({})]),
        FieldKind::Number => of_kind(&[json!("x"), json!(""), json!([1.0]), json!({})]),
        FieldKind::Any => Vec::new(),
        FieldKind::OneOf(names) => vec![
            ("AS009", json!("nonsense")),
            ("AS009", json!(names[0].to_ascii_uppercase() + "!")),
            ("AS009", json!("")),
            ("AS008", json!(5)),
            ("AS008", json!([names[0]])),
        ],
        FieldKind::Object(object) => {
            let mut wrong: Vec<_> = of_kind(&[json!([]), json!("x"), json!(1)]);
            wrong.extend(wrong_objects(g, object));
            wrong
        }
        FieldKind::Component(family) => {
            let mut wrong: Vec<_> = of_kind(&[json!("x"), json!([]), json!(5)]);
            wrong.push(("AS102", stranger(g, *family)));
            wrong
        }
        FieldKind::List(item) => {
            let mut wrong: Vec<_> = of_kind(&[json!("x"), json!({"a": 1}), json!(5)]);
            let items = wrong_values(g, item);
            wrong.extend(items.into_iter().map(|(code, it)| (code, json!([it]))));
            wrong
        }
        FieldKind::Map(item) => {
            let mut wrong: Vec<_> = of_kind(&[json!("x"), json!(["a"]), json!(5)]);
            let items = wrong_values(g, item);
            wrong.extend(
                items
                    .into_iter()
                    .map(|(code, it)| (code, json!({"key": it}))),
            );
            wrong
        }
        FieldKind::OneOfOrFlag(_) => vec![("AS009", json!("nonsense")), ("AS008", json!([]))],
        FieldKind::Schema => of_kind(&[json!(5), json!("string"), json!([])]),
        FieldKind::Pair(item) => {
            let mut wrong: Vec<_> = of_kind(&[json!("x"), json!(5)]);
            let pairs = wrong_values(g, item).into_iter().zip(wrong_values(g, item));
            wrong.extend(pairs.map(|((code, one), (_, other))| (code, json!([one, other]))));
            wrong
        }
        FieldKind::AnyOf(_) => of_kind(&[json!(5), json!(true)]),
        FieldKind::Bounded(inner, bound) => {
            let beyond = match bound {
                Bound::Positive => json!(0),
                Bound::NotNegative => json!(-1),
                Bound::NotEmpty => json!(""),
                Bound::Moment => json!("some day"),
            };
            let mut wrong = wrong_values(g, inner);
            wrong.push(("AS010", beyond));
            wrong
        }
        FieldKind::Nullable(inner) | FieldKind::Sensitive(inner) => wrong_values(g, inner),
        FieldKind::Properties => of_kind(&[json!("x"), json!({"title": "x"}), json!(5)]),
        FieldKind::Branches => of_kind(&[json!("next"), json!({"next": 1}), json!([5])]),
    }
}

/// Objects of which one field is wrong.
fn wrong_objects(g: &mut Generator, object: &ObjectDefinition) -> Vec<(&'static str, Value)> {
    let required = |g: &mut Generator| {
        let mut entries = serde_json::Map::new();
        for field in object.fields {
            if field.default == DefaultValue::Required {
                let value = g.value(&field.kind, field.default, Extent::Least);
                entries.insert(field.name.to_owned(), value);
            }
        }
        entries
    };
    let mut wrong = Vec::new();
    for field in object.fields {
        let mut values = wrong_values(g, &field.kind);
        if !field.kind.is_nullable() {
            values.push(("AS008", Value::Null));
        }
        for (code, value) in values {
            let mut entries = required(g);
            entries.insert(field.name.to_owned(), value);
            wrong.push((code, Value::Object(entries)));
        }
        if field.default == DefaultValue::Required {
            let mut entries = required(g);
            entries.shift_remove(field.name);
            wrong.push(("AS007", Value::Object(entries)));
        }
    }
    wrong
}
