//! What needs no server: names, values, statements and addresses.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::columns::{is_held_by, kinds_of};
use super::placeholders::Numbered;
use super::rows::decoded;
use super::statement::Statement;
use super::tables::{Found, Tables};
use crate::base::written::Written;
use crate::conversation::Values;

fn values(value: Value) -> Values {
    match value {
        Value::Object(values) => values,
        other => panic!("an object, not {other}"),
    }
}

#[test]
fn values_of_a_query_are_numbered_and_other_colons_left() {
    for (query, text, names) in [
        (
            "a = :x AND b = :y OR c = :x",
            "a = $1 AND b = $2 OR c = $1",
            &["x", "y"][..],
        ),
        (
            ":x::text, '12:30', a[1:2], y::int",
            "$1::text, '12:30', a[1:2], y::int",
            &["x"],
        ),
        (
            "':x' \":x\" -- :x\n:y /* :x /* :x */ :x */ :z",
            "':x' \":x\" -- :x\n$1 /* :x /* :x */ :x */ $2",
            &["y", "z"],
        ),
        (
            "'it''s :x' E'\\':x' $$:x$$ $t$ :x $$ $t$ :y",
            "'it''s :x' E'\\':x' $$:x$$ $t$ :x $$ $t$ $1",
            &["y"],
        ),
        ("like'\\' :x", "like'\\' $1", &["x"]),
        (r"a\:b \::c", "a:b ::c", &[]),
        ("'never ends :x", "'never ends :x", &[]),
        ("/* never ends :x é", "/* never ends :x é", &[]),
        ("é:größe:naïve = :größe", "é:größe:naïve = $1", &["größe"]),
    ] {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let text = text.to_owned();
        assert_eq!(Numbered::of(query), Numbered { text, names }, "{query}");
    }
}

/// The groups of a `numeric` as the server sends them.
fn numeric(weight: i16, sign: u16, scale: i16, groups: &[i16]) -> Vec<u8> {
    let count = i16::try_from(groups.len()).unwrap();
    let head = [count, weight, sign.cast_signed(), scale];
    let words = head.iter().chain(groups);
    words.flat_map(|word| word.to_be_bytes()).collect()
}

#[test]
fn a_numeric_keeps_its_digits() {
    for (raw, text) in [
        (numeric(0, 0, 0, &[]), "0"),
        (numeric(0, 0, 2, &[1, 1000]), "1.10"),
        (numeric(-1, 0x4000, 4, &[5]), "-0.0005"),
        (numeric(-2, 0, 8, &[5]), "0.00000005"),
        (numeric(2, 0, 0, &[1]), "100000000"),
        (numeric(1, 0x4000, 3, &[12, 3456, 7800]), "-123456.780"),
    ] {
        let read = decoded(&Type::NUMERIC, &raw).unwrap();
        assert_eq!(read, Written::number(text).unwrap());
    }
    let nan = numeric(0, 0xC000, 0, &[]);
    assert!(decoded(&Type::NUMERIC, &nan).is_err());
    assert!(decoded(&Type::NUMERIC, &[0, 1]).is_err(), "cut");
}

fn found(schema: &str, table: &str, columns: &[(&str, &str)]) -> Vec<Found> {
    let column = |(column, type_name): &(&str, &str)| Found {
        schema: schema.to_owned(),
        table: table.to_owned(),
        column: (*column).to_owned(),
        type_name: (*type_name).to_owned(),
        is_enum: false,
    };
    columns.iter().map(column).collect()
}

fn columns(columns: &Value) -> Value {
    json!({"type": "object", "properties": columns})
}

#[test]
fn a_name_is_the_databases_own_else_the_only_one_in_other_case() {
    let all = [
        found("app", "Notes", &[("Topic", "text"), ("topic", "text")]),
        found("app", "notes", &[("TOPIC", "text")]),
        found("public", "notes", &[("other", "text")]),
    ]
    .concat();
    let checked = |collections: Value| {
        Tables::checked(&values(collections), &all).map(|tables| {
            let select = |name: &str| {
                Statement::select(tables.get(name).unwrap(), &Values::new(), None).text
            };
            ["notes", "Notes", "NOTES"].map(|name| tables.get(name).map(|_| select(name)))
        })
    };
    let topic = columns(&json!({"topic": {"type": "string"}}));
    let [lower, exact, none] = checked(json!({"notes": topic, "Notes": topic})).unwrap();
    assert_eq!(lower.unwrap(), r#"SELECT "TOPIC" FROM "app"."notes""#);
    assert_eq!(exact.unwrap(), r#"SELECT "topic" FROM "app"."Notes""#);
    assert_eq!(none, None);
    let several = checked(json!({ "NOTES": topic })).unwrap_err();
    assert_eq!(several, ["the database has several for table `NOTES`"]);
    let upper = columns(&json!({"TOPIC": {"type": "string"}}));
    let several = checked(json!({ "Notes": upper })).unwrap_err();
    assert_eq!(several, ["table `Notes` has several for column `TOPIC`"]);
}

#[test]
fn statements_quote_names_and_number_values() {
    let all = found("s", "t\"x", &[("a", "text"), ("b", "json"), ("c", "int4")]);
    let any = columns(&json!({"a": {"type": "string"}, "b": {}, "c": {"type": "integer"}}));
    let tables = Tables::checked(&values(json!({ "t\"x": any })), &all).unwrap();
    let table = tables.get("t\"x").unwrap();
    let row = values(json!({"c": 1, "a": "x"}));
    let filter = values(json!({"b": {"k": 1}, "a": null}));
    let given = |statement: Statement| {
        let names = statement.values.iter().map(|(name, _)| name.clone());
        (statement.text, names.collect::<String>())
    };
    let statement = |text: &str, names: &str| (text.to_owned(), names.to_owned());
    assert_eq!(
        given(Statement::insert(table, &row)),
        statement(
            r#"INSERT INTO "s"."t""x" ("c", "a") VALUES ($1, $2) RETURNING "a", "b", "c""#,
            "ca"
        )
    );
    assert_eq!(
        given(Statement::insert(table, &Values::new())),
        statement(
            r#"INSERT INTO "s"."t""x" DEFAULT VALUES RETURNING "a", "b", "c""#,
            ""
        )
    );
    assert_eq!(
        given(Statement::select(table, &filter, Some(3))),
        statement(
            r#"SELECT "a", "b", "c" FROM "s"."t""x" WHERE "b"::jsonb = $1 AND "a" IS NULL LIMIT 3"#,
            "b"
        )
    );
    assert_eq!(
        given(Statement::update(table, &filter, &row)),
        statement(
            r#"UPDATE "s"."t""x" SET "c" = $1, "a" = $2 WHERE "b"::jsonb = $3 AND "a" IS NULL RETURNING "a", "b", "c""#,
            "cab"
        )
    );
    assert_eq!(
        given(Statement::update(table, &filter, &Values::new())),
        given(Statement::select(table, &filter, None)),
        "nothing is written"
    );
    assert_eq!(
        given(Statement::delete(table, &Values::new())),
        statement(r#"DELETE FROM "s"."t""x""#, "")
    );
}

#[test]
fn a_column_holds_all_kinds_that_are_declared_for_it() {
    let nullable = json!({"anyOf": [{"type": "integer"}, {"type": "null"}]});
    assert_eq!(kinds_of(&nullable), ["integer"]);
    assert_eq!(kinds_of(&json!({"type": ["string", "null"]})), ["string"]);
    assert_eq!(kinds_of(&json!({"title": "x"})).len(), 6);
    for (kinds, type_name, is_held) in [
        (&["integer"][..], "int8", true),
        (&["integer", "string"], "int8", false),
        (&["integer", "string"], "numeric", true),
        (&["string"], "uuid", true),
        (&["string"], "bytea", false),
        (&["object"], "jsonb", true),
        (&["array"], "_text", true),
        (&["array"], "_bytea", false),
        (&["string"], "_text", false),
        (&["number"], "bool", false),
    ] {
        assert_eq!(
            is_held_by(kinds, type_name, false),
            is_held,
            "{kinds:?} {type_name}"
        );
    }
}
