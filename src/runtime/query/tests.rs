use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn asked(query: &str, of: &Value) -> Result<Option<Value>, String> {
    Query::of(query)?.first(of)
}

/// What jq 1.7 gives.
#[test]
fn queries_give_what_jq_gives() {
    let of = json!({
        "a": {"b": [1, 2, {"c": "x"}]}, "n": 7, "t": "Abc", "none": null, "no": false,
        "items": [{"k": 3, "v": "three"}, {"k": 1, "v": "one"}], "two words": "yes",
    });
    for (query, expected) in [
        (".", of.clone()),
        (".n", json!(7)),
        (".a.b[0]", json!(1)),
        (".a.b[-1].c", json!("x")),
        (".a[\"b\"][1]", json!(2)),
        (".\"two words\"", json!("yes")),
        (".missing.further", json!(null)),
        (".a.b[1:]", json!([2, {"c": "x"}])),
        (".t[0:2]", json!("Ab")),
        (".items[].v", json!("three")),
        ("[.items[].k]", json!([3, 1])),
        (".items | map(.v) | join(\"-\")", json!("three-one")),
        (".items | map(select(.k == 1)) | first | .v", json!("one")),
        (" has(\"n\")", json!(true)),
        (".none // .no // \"default\"", json!("default")),
        (".n + 1, 5", json!(8)),
        (".n * 2 - 4 / 2", json!(12)),
        (".n / 2", json!(3.5)),
        (".t + \"!\"", json!("Abc!")),
        ("{n, s: .t, (.t): 1}", json!({"n": 7, "s": "Abc", "Abc": 1})),
        (
            "if .n > 5 then \"big\" elif .n > 3 then \"mid\" else \"small\" end",
            json!("big"),
        ),
        (".n?, .t", json!(7)),
        (".t.x?, \"fine\"", json!("fine")),
        (".no | not", json!(true)),
        (".n > 3 and .t == \"Abc\" or false", json!(true)),
        (".a | keys", json!(["b"])),
        (".items | length", json!(2)),
        ("[.items[].k] | sort | reverse | last", json!(1)),
        ("[3, 1, 3] | unique", json!([1, 3])),
        ("[1, 2, 3] | add", json!(6)),
        (".t | ascii_upcase", json!("ABC")),
        ("\"a,b\" | split(\",\")", json!(["a", "b"])),
        ("\"[1]\" | fromjson | .[0]", json!(1)),
        (".n | tostring | type", json!("string")),
        ("\"12\" | tonumber", json!(12)),
        ("-.n", json!(-7)),
        ("first(.items[] | .k)", json!(3)),
        ("[1, null] < [1, 2]", json!(true)),
    ] {
        assert_eq!(asked(query, &of), Ok(Some(expected)), "{query}");
    }
    assert_eq!(asked("empty", &of), Ok(None));
    assert_eq!(asked(".items[] | select(.k == 9)", &of), Ok(None));
}

#[test]
fn what_is_not_understood_is_refused() {
    for (query, told) in [
        (".a |", "something is missing at the end"),
        (".a b", "`b` is not expected here"),
        ("def f: f; f", "there is no function `def`"),
        ("recurse", "there is no function `recurse`"),
        ("lenght", "did you mean `length`?"),
        (".a[1", "`]` is missing at the end"),
        ("\"\\(.a)\"", "is not understood"),
        (".a = 1", "`=` is not understood"),
        ("..", "`..` is not expected here"),
    ] {
        let problem = Query::of(query).expect_err(query);
        assert!(problem.contains(told), "{query}: {problem}");
    }
    assert!(Query::of(&"(".repeat(1_000)).is_err());
    assert!(
        asked(".a", &json!([1]))
            .unwrap_err()
            .contains("array has nothing at")
    );
}

#[test]
fn a_query_makes_only_so_much() {
    for query in ["[., .]", ". + ."] {
        let doubled = vec![query; 60].join(" | ");
        let told = asked(&doubled, &json!("x")).unwrap_err();
        assert!(told.contains("too large"), "{told}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(query in "[.a-c\\[\\](){}|,:;?+*/<>=\"0-9 -]{0,24}") {
        let _ = asked(&query, &json!({"a": [1, {"b": "c"}], "b": null}));
    }
}
