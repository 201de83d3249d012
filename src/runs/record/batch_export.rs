//! Exports of several runs as one text.

use std::fmt::Write;

use crate::base::duration;
use crate::base::plural::counted;
use crate::base::text::sanitised;
use crate::runs::record::csv::to_csv;
use crate::runs::{RunFormat, RunRecord, Summary};

/// The format of a batch's export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchFormat {
    /// CSV with a row for each run: inputs, outputs, state, times, tokens, error.
    Csv,
    /// The events of each run, one JSON object per line, followed by the run's result.
    JsonLines,
    /// Markdown with the results of all runs and their conversations.
    Markdown,
}

impl BatchFormat {
    /// Writes the runs in the given order. The time depends on their length.
    pub(crate) fn write(self, records: &[&RunRecord]) -> String {
        let each = |format: RunFormat| -> String {
            let runs = records.iter();
            runs.map(|record| format.write(record, record.last_moment()))
                .collect()
        };
        match self {
            Self::Csv => to_csv(records),
            Self::JsonLines => each(RunFormat::JsonLines),
            // One run needs no head.
            Self::Markdown if records.len() < 2 => each(RunFormat::Markdown),
            Self::Markdown => format!("{}{}", head(records), each(RunFormat::Markdown)),
        }
    }
}

/// Writes a summary of the results in a few lines. (Writing to a string never fails.)
fn head(records: &[&RunRecord]) -> String {
    let summary = Summary::of_past(records);
    let name = records
        .first()
        .map(|run| sanitised(&run.terms.component.name));
    let mut head = format!("# {} \u{d7}{}\n\n", name.unwrap_or_default(), summary.total);
    let states = summary.by_state.iter();
    let states: Vec<String> = states
        .map(|(state, count)| format!("{count} {}", state.name().replace('_', " ")))
        .collect();
    let _ = writeln!(head, "- {}", states.join(", "));
    let time = |ms: Option<f64>| ms.map(|ms| duration::short(duration::of_milliseconds(ms)));
    if let (Some(median), Some(late)) = (time(summary.p50_ms), time(summary.p95_ms)) {
        let _ = writeln!(
            head,
            "- half of the runs took at most {median}, 95 % at most {late}"
        );
    }
    let usage = summary.usage;
    let calls = counted(usage.llm_calls, "model call");
    let tokens = counted(usage.total_tokens, "token");
    let _ = writeln!(head, "- {calls}, {tokens}\n");
    head
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::conversation::Role;
    use crate::runs::script::{Script, llm_request, llm_response, message};
    use crate::trace::{Failure, FailureKind, RunEventBody, RunState, SpanKind};

    fn finished() -> RunRecord {
        let mut script = Script::new("r_0", 0);
        script.state(RunState::Running);
        let span = script.start(None, SpanKind::LlmGenerationSpan, "llm");
        script.traced(&span, llm_request("q"));
        script.traced(&span, llm_response("q", "It is \"dry\",\nand warm."));
        script.traced(&span, message(Role::Agent, "It is \"dry\",\nand warm."));
        let outputs = json!({"sky": "clear", "celsius": 14.5});
        script.push(
            None,
            RunEventBody::Ended {
                state: RunState::Finished,
                status: None,
                outputs: Box::new(outputs.as_object().unwrap().clone()),
                error: None,
            },
        );
        script.record()
    }

    fn failed() -> RunRecord {
        let mut script = Script::new("r_1", 1);
        script.state(RunState::Running);
        let failure = Failure::new(FailureKind::Network, "refused");
        script.ended(RunState::Failed, Some(failure));
        script.record()
    }

    #[test]
    fn a_row_has_inputs_outputs_state_times_tokens_and_error() {
        let (one, two) = (finished(), failed());
        let text = BatchFormat::Csv.write(&[&one, &two]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let cell = |row: usize, name: &str| {
            let column = names.iter().position(|column| column == name);
            rows[row].get(column.expect(name)).unwrap().to_owned()
        };
        assert_eq!(rows.len(), 2);
        assert_eq!(cell(0, "input.city"), "Paris");
        assert_eq!(cell(0, "output.celsius"), "14.5");
        assert_eq!(cell(0, "said"), "It is \"dry\",\nand warm.");
        assert_eq!(cell(0, "state"), "finished");
        assert_eq!(cell(0, "total_tokens"), "12");
        assert_eq!(cell(0, "started_at"), "1970-01-01T00:00:01.001Z");
        assert_eq!(cell(0, "duration_ms"), "5.0");
        assert_eq!(
            (cell(1, "error_kind"), cell(1, "error")),
            ("network".into(), "refused".into())
        );
        assert_eq!(cell(1, "output.sky"), "", "no output of that name");
    }

    #[test]
    fn lines_are_objects_and_end_each_run_with_its_result() {
        let (one, two) = (finished(), failed());
        let mut answered = Script::new("r_2", 2);
        answered.state(RunState::Running);
        answered.state(RunState::Answered);
        let text = BatchFormat::JsonLines.write(&[&one, &two, &answered.record()]);
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let ends = lines.filter(|line| line["type"] == "RunEnd");
        assert_eq!(
            ends.map(|end| end["run"].clone()).collect::<Vec<_>>(),
            ["r_0", "r_1", "r_2"]
        );
    }

    #[test]
    fn a_page_of_several_begins_with_what_came_of_all() {
        let (one, two) = (finished(), failed());
        let page = BatchFormat::Markdown.write(&[&one, &two]);
        assert!(
            page.starts_with("# weather \u{d7}2\n\n- 1 finished, 1 failed\n"),
            "{page}"
        );
        assert!(
            page.contains("# weather Paris") && page.contains("refused"),
            "{page}"
        );
        let alone = BatchFormat::Markdown.write(&[&one]);
        assert!(alone.starts_with("# weather Paris\n"), "{alone}");
    }
}
