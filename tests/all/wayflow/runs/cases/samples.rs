//! The samples that flowdeck comes with, as far as WayFlow can load them, with the scripted model in place of theirs.

use flowdeck::spec::{ExportOptions, Format, LoadOptions, export, load};
use serde_json::{Map, Value, json};

use super::super::super::server::Answer::{self, Calls, Text};
use super::super::case::Case;
use crate::program::repository;

/// What the model answers one after the other.
const ANSWERS: [Answer; 6] = [
    Text("One."),
    Text("Two."),
    Text("Three."),
    Text("Four."),
    Text("Five."),
    Text("Six."),
];

pub(super) fn cases() -> Vec<Case> {
    let of = |path: &str| {
        tools().iter().fold(
            Case::of(path, sample(path)).model(&ANSWERS),
            |case, (name, result)| case.tool(name, result.clone()),
        )
    };
    vec![
        of("agents/city_desk.yaml").inputs(json!({"city": "Bern"})).says(&["Hello."]),
        of("agents/party_planner.yaml").says(&["Hello."]),
        of("agents/week_planner.yaml").says(&["Hello."]),
        of("agents/refund_desk.yaml").says(&["Where is it?", "Pay it back."]).model(&[
            Calls("", vec![("find_order", r#"{"order": "A-1"}"#)]),
            Text("Delivered."),
            Calls("", vec![("refund_order", r#"{"order": "A-1"}"#)]),
            Text("Done."),
        ]),
        of("flows/capital_facts.json").inputs(json!({"country": "Peru"})),
        of("flows/draft_and_review.yaml").inputs(json!({"topic": "tea"})),
        of("flows/guest_book.yaml")
            .inputs(json!({"entry": {"name": "Ada", "city": "Bern"}, "city": "Bern"}))
            .differs(
                "`ENTITY`, `CREATED_ENTITY`, `ENTITIES`, `UPDATE`, `RESULT` of a spec",
                json!({"outputs": {"all_guests": [{"name": "Ada", "city": "Bern", "greeting": "Welcome!"}]}}),
                json!({"error": "Unknown input descriptor specified"}),
            ),
        of("flows/interview.yaml").inputs(json!({"event": "the fair"})).replies(&["Ada", "A loom."]).differs(
            "`message` of an `InputMessageNode`",
            json!({"outputs": {"line": "One."}}),
            json!({"error": "Unknown input descriptor specified"}),
        ),
        of("flows/newsletter.yaml").inputs(json!({"news": "It rained."})),
        of("flows/review_digest.yaml")
            .inputs(json!({"product": "bell", "reviews": ["Loud.", "Louder."]}))
            .model(&[3, 4].map(|_| Text(r#"{"summary": "Loud.", "stars": 4}"#)))
            .differs(
                "reducers of a map over integers",
                json!({"outputs": {"summaries": ["Loud.", "Loud."], "average_stars": 4.0}}),
                json!({"error": "is not supported"}),
            ),
        of("flows/slogan_race.yaml").model(&[(); 12].map(|()| Text("Bright."))).parallel(),
        of("flows/support_triage.yaml").inputs(json!({"message": "My lamp is broken."}))
            .model(&[Text(r#"{"team": "technical"}"#), Text("We mend it.")])
            .theirs(&[Text(r#"<final_answer>{"team": "technical"}</final_answer>"#), Text("We mend it.")]),
        of("flows/trip_plan.yaml").inputs(json!({"city": "Bern"})).model(&[
            Calls("", vec![("find_sights", r#"{"city": "Bern"}"#)]),
            Calls("", vec![("submit_result", r#"{"sights": ["the bears", "the clock", "the river"]}"#)]),
            Text("Go on foot."),
            Text("Enjoy."),
        ]),
        of("flows/purchase_approval.yaml").differs(
            "an integer as the default of a `number`",
            json!({"outputs": {"order_number": "PO-4711", "reason": "Fine."}}),
            json!({"error": "is not of type"}),
        ),
        of("teams/help_desk.yaml").says(&["Where is it?", "And now?"]),
        of("teams/news_desk.yaml").says(&["It rained."]),
    ]
}

/// A sample, with models that are found under `llm`.
fn sample(path: &str) -> Value {
    let path = repository().join("sample_specs").join(path);
    let loaded = load(
        &std::fs::read_to_string(path).unwrap(),
        &LoadOptions::default(),
    );
    let options = ExportOptions::new(Format::Json);
    let exported = export(&loaded.component.unwrap(), &options).unwrap();
    let mut document = serde_json::from_str(&exported.text).unwrap();
    with_model(&mut document);
    document
}

/// Puts a reference in place of each model.
fn with_model(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(with_model),
        Value::Object(fields) => {
            if fields.contains_key("model_id") {
                *value = json!({"$component_ref": "llm"});
            } else {
                fields.values_mut().for_each(with_model);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What the tools of all samples give.
fn tools() -> Map<String, Value> {
    let tools = json!({
        "get_weather": {"sky": "light rain", "celsius": 14.5}, "book_taxi": "at nine", "heavy_work": "worked",
        "remote_call": "called", "count_words": {"words": 4, "fits": true},
        "review_draft": {"verdict": "approved", "remarks": "Good.", "attempts": 2},
        "find_order": {"state": "delivered on Tuesday", "paid": 59.9}, "refund_order": "R-2026-0117",
        "find_menu": ["tomato soup", "mushroom pie"], "book_room": "B-31", "read_calendar": "nothing", "find_sights": ["the old harbour"],
        "manager_decision": {"decision": "yes", "reason": "Fine."}, "place_order": "PO-4711",
    });
    serde_json::from_value(tools).unwrap()
}
