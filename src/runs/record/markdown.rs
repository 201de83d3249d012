//! A run as a Markdown page, for people to keep and to send.

use std::fmt::Write;

use serde_json::Value;

use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::base::plural::counted;
use crate::base::text::sanitised;
use crate::conversation::Role;
use crate::runs::{RunRecord, ToolCallRecord, TranscriptItem};

/// Formats a run as Markdown: its facts, its inputs, the conversation and actions in order, and its
/// result. Texts of models and tools are made safe to display.
pub fn to_markdown(record: &RunRecord, now: Timestamp) -> String {
    let mut page = Page::default();
    page.line(&format!("# {}", sanitised(&record.label())));
    page.line(&facts(record, now));
    page.values("Inputs", &record.plan.inputs);
    page.line("## Transcript");
    for item in &record.transcript {
        page.item(record, item);
    }
    page.values("Outputs", &record.outputs);
    if let Some(error) = &record.error {
        page.line("## Error");
        page.line(&sanitised(&error.message));
        if let Some(hint) = &error.hint {
            page.line(&format!("*{}*", sanitised(hint)));
        }
    }
    page.text
}

/// Writes a line for each known fact of a run. (Writing to a string never fails.)
fn facts(record: &RunRecord, now: Timestamp) -> String {
    let mut facts = format!(
        "- run `{}`, {}\n- spec `{}` ({})\n",
        record.run,
        record.state.name().replace('_', " "),
        sanitised(&record.terms.component.name),
        record.terms.component.component_type,
    );
    let stubbed = record.terms.stubbed_words();
    if !stubbed.is_empty() {
        let _ = writeln!(facts, "- {}", sanitised(&stubbed));
    }
    if let Some(started_at) = record.started_at {
        let took = duration::short(record.duration(now));
        let started_at = started_at.to_rfc3339();
        let _ = writeln!(facts, "- started {started_at}, took {took}");
    }
    let usage = record.usage;
    let _ = write!(
        facts,
        "- {}, {}, {}",
        counted(usage.llm_calls, "model call"),
        counted(record.tool_calls.len(), "tool call"),
        counted(usage.total_tokens, "token")
    );
    facts
}

#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    /// Writes a paragraph, followed by a blank line.
    fn line(&mut self, text: &str) {
        // Writing to a string never fails.
        let _ = write!(self.text, "{text}\n\n");
    }

    fn values(&mut self, title: &str, values: &serde_json::Map<String, Value>) {
        if values.is_empty() {
            return;
        }
        self.line(&format!("## {title}"));
        for (name, value) in values {
            self.line(&format!("**{}**", sanitised(name)));
            self.value(value);
        }
    }

    fn item(&mut self, record: &RunRecord, item: &TranscriptItem) {
        match item {
            TranscriptItem::Message(message) => {
                let speaker = match message.role {
                    Role::User => "user",
                    Role::System => "system",
                    Role::Agent => message.sender.as_deref().unwrap_or("agent"),
                };
                self.speech(speaker, &message.shown());
            }
            TranscriptItem::Streaming {
                sender, content, ..
            } => self.speech(sender, content),
            TranscriptItem::Reasoning(index) => {
                if let Some(call) = record.model_calls.get(*index) {
                    self.speech("reasoning", &call.reasoning);
                }
            }
            TranscriptItem::ToolCall(index) => {
                if let Some(call) = record.tool_calls.get(*index) {
                    self.tool_call(call);
                }
            }
            TranscriptItem::Node(index) => {
                if let Some(span) = record.spans.get(*index) {
                    let name = sanitised(&span.component.name);
                    self.line(&format!("*node {name}*"));
                }
            }
            TranscriptItem::Error(failure) => {
                self.line(&format!("**error:** {}", sanitised(&failure.message)));
            }
            TranscriptItem::Note(note) => self.line(&format!("*{}*", sanitised(note))),
        }
    }

    fn speech(&mut self, speaker: &str, content: &str) {
        self.line(&format!("### {}", sanitised(speaker)));
        self.line(&sanitised(content));
    }

    fn tool_call(&mut self, call: &ToolCallRecord) {
        self.line(&format!("### tool `{}`", sanitised(&call.name)));
        self.value(&call.arguments);
        if let Some(output) = &call.output {
            self.line("gave");
            self.value(output);
        }
        if let Some(error) = &call.error {
            self.line(&format!("**failed:** {}", sanitised(error)));
        }
    }

    /// Writes a value in a code fence that its content can't close.
    fn value(&mut self, value: &Value) {
        let (language, text) = match value {
            Value::String(text) => ("", sanitised(text)),
            other => ("json", sanitised(&format!("{other:#}"))),
        };
        let fence = "`".repeat(longest_run_of_backticks(&text).max(2) + 1);
        self.line(&format!("{fence}{language}\n{text}\n{fence}"));
    }
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::script::{Script, message, tool_request, tool_response};
    use crate::trace::{RunState, SpanKind};

    #[test]
    fn a_page_tells_the_run_in_its_order() {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
        script.traced(&agent, message(Role::User, "Is it \u{1b}[31mwarm?"));
        script.traced(&agent, tool_request("call_1", "get_weather"));
        script.traced(
            &agent,
            tool_response("call_1", "get_weather", Some("no ``` route")),
        );
        script.traced(&agent, message(Role::Agent, "I can't tell."));
        script.ended(RunState::Finished, None);
        let mut record = RunRecord::from_planned(&script.events[0]).expect("queued");
        for event in &script.events[1..] {
            record.apply(event);
        }
        let page = to_markdown(&record, Timestamp::from_ns(0));
        let parts = [
            "# weather Paris\n",
            "- run `r_1`, finished\n",
            "## Inputs\n\n**city**\n\n```\nParis\n```\n",
            "### user\n\nIs it warm?\n",
            "### tool `get_weather`\n\n```json\n{\n  \"city\": \"Paris\"\n}\n```\n",
            "**failed:** no ``` route\n",
            "### weather\n\nI can't tell.\n",
        ];
        let mut rest = page.as_str();
        for part in parts {
            let Some((_, after)) = rest.split_once(part) else {
                panic!("{part:?} is missing in {page}");
            };
            rest = after;
        }
    }

    #[test]
    fn a_fence_is_longer_than_any_in_its_text() {
        let mut page = Page::default();
        page.value(&Value::String("````".to_owned()));
        assert_eq!(page.text, "`````\n````\n`````\n\n");
    }
}
