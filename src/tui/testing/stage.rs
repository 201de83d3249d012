//! Runs that a test lets do what it wants, in the whole workbench.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::base::ids::{BatchId, RequestId, RunId, SpanId};
use crate::conversation::{Message, Role, Values};
use crate::runs::script::{llm_request, llm_response};
use crate::runs::{BatchRecord, Update};
use crate::trace::{
    ComponentName, Event, Failure, FailureKind, Planned, RequestKind, RunEvent, RunEventBody,
    RunPlan, RunState, RunTerms, SpanKind, SpanOutcome, SpecText, TracedToolCall,
};
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;

/// Tells a workbench what runs do, a millisecond apart.
pub(crate) struct Runs {
    pub(crate) bench: Harness,
    seqs: Vec<u64>,
    n_batches: usize,
}

/// The spec that is run where a test does not care.
const WEATHER: &str =
    "{component_type: Agent, agentspec_version: 26.1.2, id: weather, name: weather}";

/// A spec of an agent as JSON, with a prompt that is varied.
const WEATHER_OF: &str = r#"{"component_type": "Agent", "agentspec_version": "26.1.2", "id": "weather", "name": "weather",
    "system_prompt": "PROMPT",
    "llm_config": {"component_type": "OllamaConfig", "id": "m", "name": "m", "url": "localhost:1", "model_id": "x"}}"#;

pub(crate) fn component(component_type: &str, name: &str) -> ComponentName {
    ComponentName::new(component_type, name, name)
}

impl Runs {
    /// A batch of runs of `weather`, one for each city, on the Runs screen.
    pub(crate) fn launch(bench: Harness, cities: &[&str]) -> Self {
        Self::launch_spec(bench, WEATHER, cities)
    }

    /// A batch of runs of a spec, which are called `weather`.
    pub(crate) fn launch_spec(bench: Harness, spec: &str, cities: &[&str]) -> Self {
        let mut runs = Self {
            bench,
            seqs: Vec::new(),
            n_batches: 0,
        };
        runs.queue(spec, cities.iter().map(|city| json!({"city": city})));
        runs.bench.press("2");
        runs
    }

    /// Launches one more batch of runs of `weather`, one for each of these inputs; they are counted on.
    pub(crate) fn launch_more(&mut self, inputs: impl IntoIterator<Item = Value>) {
        self.queue(WEATHER, inputs);
    }

    fn queue(&mut self, spec: &str, inputs: impl IntoIterator<Item = Value>) {
        self.n_batches += 1;
        let batch = format!("b_{}", self.n_batches);
        let rows: Vec<Values> = inputs
            .into_iter()
            .map(|row| serde_json::from_value(row).unwrap())
            .collect();
        self.bench.start_batch(&batch, spec, rows.len());
        let of_test = |(index, inputs)| {
            Planned::of_test(&batch, index, component("Agent", "weather"), inputs)
        };
        let all: Vec<Planned> = rows.into_iter().enumerate().map(of_test).collect();
        self.plan(all);
    }

    /// Launches one more batch, which runs `weather` for each city with each of these values of a field.
    pub(crate) fn launch_varied(&mut self, cities: &[&str], (field, values): (&str, &[&str])) {
        self.n_batches += 1;
        let batch = format!("b_{}", self.n_batches);
        self.bench
            .start_batch(&batch, WEATHER, cities.len() * values.len());
        let mut all = Vec::new();
        for city in cities {
            for (variant, value) in values.iter().enumerate() {
                let inputs = serde_json::from_value(json!({"city": city})).unwrap();
                let name = component("Agent", "weather");
                let mut planned = Planned::of_test(&batch, all.len(), name, inputs);
                let mut terms = RunTerms::clone(&planned.terms);
                terms.settings.insert(field.to_owned(), (*value).to_owned());
                terms.spec = Arc::new(SpecText {
                    hash: value.to_string(),
                    text: WEATHER_OF.replace("PROMPT", value.trim_matches('"')),
                });
                planned.terms = Arc::new(terms);
                planned.run = Arc::new(RunPlan {
                    variant: Some(variant),
                    ..RunPlan::clone(&planned.run)
                });
                all.push(planned);
            }
        }
        self.plan(all);
    }

    fn plan(&mut self, all: Vec<Planned>) {
        for planned in all {
            self.seqs.push(0);
            self.tell(
                self.seqs.len() - 1,
                None,
                RunEventBody::Planned(Box::new(planned)),
            );
        }
    }

    /// Lets the hub announce that the first batch is paused, or continues.
    pub(crate) fn pause_batch(&mut self, is_paused: bool) {
        self.change_batch(|batch| batch.is_paused = is_paused);
    }

    /// Lets the hub announce how many runs of the first batch may be in flight.
    pub(crate) fn set_at_once(&mut self, at_once: usize) {
        self.change_batch(|batch| batch.at_once = at_once);
    }

    pub(crate) fn change_batch(&mut self, change: impl FnOnce(&mut BatchRecord)) {
        let known = self.bench.state.runs_model().batch(&BatchId::new("b_1"));
        let mut batch = BatchRecord::clone(known.unwrap());
        change(&mut batch);
        let changed = Update::BatchChanged(Arc::new(batch));
        self.bench.update(AppEvent::Runs(changed));
    }

    pub(crate) fn tell(&mut self, run: usize, span: Option<&str>, body: RunEventBody) {
        let event = RunEvent {
            run: RunId::new(format!("r_{run}")),
            seq: self.seqs[run],
            joined: 0,
            timestamp: self.bench.now,
            span: span.map(SpanId::new),
            body,
        };
        self.seqs[run] += 1;
        let events: Arc<[Arc<RunEvent>]> = vec![Arc::new(event)].into();
        self.bench.update(AppEvent::Runs(Update::Events(events)));
    }

    pub(crate) fn state(&mut self, run: usize, state: RunState) {
        self.tell(run, None, RunEventBody::StateChanged { state });
    }

    pub(crate) fn say(&mut self, run: usize, role: Role, text: &str) {
        let message = Message::text("m", role, text).from_sender("weather");
        let added = Event::ConversationMessageAdded {
            message: message.into(),
        };
        self.tell(run, None, RunEventBody::Traced(added));
    }

    pub(crate) fn stream(&mut self, run: usize, text: &str) {
        let started = RunEventBody::SpanStarted {
            parent: None,
            kind: SpanKind::LlmGenerationSpan,
            component: component("OllamaConfig", "model"),
        };
        self.tell(run, Some("s_llm"), started);
        let chunk = Event::LlmGenerationChunkReceived {
            llm_config: component("OllamaConfig", "model"),
            request_id: RequestId::new("q_llm"),
            completion_id: None,
            content: text.to_owned(),
            tool_calls: Vec::new(),
            reasoning: String::new(),
        };
        self.tell(run, Some("s_llm"), RunEventBody::Traced(chunk));
    }

    /// A call of a tool that gives this at once, in a turn of its own.
    pub(crate) fn call(&mut self, run: usize, (tool, arguments): (&str, Value), gives: Value) {
        self.ask_model(run);
        let (of, id) = (component("ServerTool", tool), self.seqs[run]);
        let id = RequestId::new(format!("call_{id}"));
        let request = Event::ToolExecutionRequest {
            tool: of.clone(),
            request_id: id.clone(),
            inputs: arguments.into(),
            binding: "a fixed value".to_owned(),
            lane: "fixed".to_owned(),
            key: None,
        };
        self.tell(run, None, RunEventBody::Traced(request));
        let response = Event::ToolExecutionResponse {
            tool: of,
            request_id: id,
            outputs: gives.into(),
            key: None,
            error: None,
            waited_ms: 0.0,
            held_ms: None,
        };
        self.tell(run, None, RunEventBody::Traced(response));
    }

    /// A model is asked, so that a turn begins.
    pub(crate) fn ask_model(&mut self, run: usize) {
        let request = Event::LlmGenerationRequest {
            llm_config: component("OllamaConfig", "model"),
            request_id: RequestId::new(format!("q_{}", self.seqs[run])),
            llm_generation_config: Arc::default(),
            prompt: Arc::default(),
            model_id: "offline".to_owned(),
            endpoint: "offline".to_owned(),
            key: None,
        };
        self.tell(run, None, RunEventBody::Traced(request));
    }

    /// The agent answers, and with that the run.
    pub(crate) fn answer(&mut self, run: usize, text: &str) {
        self.ask_model(run);
        self.say(run, Role::Agent, text);
        self.state(run, RunState::Answered);
    }

    pub(crate) fn ask(&mut self, run: usize) {
        self.ask_for(
            run,
            RequestKind::ToolConfirmation {
                tool: "book_taxi".to_owned(),
                call_id: "call_1".to_owned(),
                arguments: json!({"from": "airport", "at": "18:00"}),
                inputs: Vec::new(),
            },
        );
    }

    pub(crate) fn ask_for(&mut self, run: usize, content: RequestKind) {
        let asked = Event::HumanInTheLoopRequest {
            request_id: RequestId::new("q_ask"),
            content: Box::new(content),
            key: None,
        };
        self.tell(run, None, RunEventBody::Traced(asked));
        self.state(run, RunState::NeedsInput);
    }

    pub(crate) fn fail(&mut self, run: usize) {
        let failure = Failure::new(
            FailureKind::Model,
            "the model's server answered 429: slow down",
        )
        .with_hint("lower `at once`, or wait a minute");
        let ended = RunEventBody::Ended {
            state: RunState::Failed,
            status: None,
            outputs: Box::default(),
            error: Some(Box::new(failure)),
        };
        self.tell(run, None, ended);
    }

    /// One run in each of the states that matter.
    pub(crate) fn mixed(bench: Harness) -> Self {
        let cities = [
            "Paris",
            "東京都千代田区",
            "Lima",
            "Oslo",
            "São Paulo 🌧",
            "Perth",
        ];
        let mut runs = Self::launch(bench, &cities);
        for (run, city) in cities.iter().enumerate().take(5) {
            runs.state(run, RunState::Running);
            runs.say(
                run,
                Role::User,
                &format!("What is the **weather** in {city}?"),
            );
        }
        runs.bench.wait(Duration::from_millis(1400));
        runs.stream(
            0,
            "It is `14 °C` with:\n- light rain\n- some wind from the w",
        );
        runs.stream(1, "東京の天気は晴れです。気温は二十度で、風は弱いです。");
        runs.ask(2);
        runs.fail(3);
        runs.say(4, Role::Agent, "Wet \u{1b}[31mand\u{202e} warm.");
        runs.state(4, RunState::Answered);
        runs
    }

    /// The first run calls a tool and answers; it can be written to.
    pub(crate) fn call_and_answer(&mut self, city: &str, answer: &str) {
        self.state(0, RunState::Running);
        self.say(0, Role::User, &format!("How is the weather in {city}?"));
        let span = |parent: Option<&str>, kind, of: ComponentName| RunEventBody::SpanStarted {
            parent: parent.map(SpanId::new),
            kind,
            component: of,
        };
        let agent = component("Agent", "weather");
        let started = span(None, SpanKind::AgentExecutionSpan, agent);
        self.tell(0, Some("s_agent"), started);
        let model = component("OllamaConfig", "model");
        let asked = span(Some("s_agent"), SpanKind::LlmGenerationSpan, model);
        self.tell(0, Some("s_llm"), asked);
        let traced = |runs: &mut Self, span, event| {
            runs.bench.wait(Duration::from_millis(120));
            runs.tell(0, Some(span), RunEventBody::Traced(event));
        };
        traced(self, "s_llm", llm_request("q_1"));
        let mut response = llm_response("q_1", "");
        if let Event::LlmGenerationResponse(response) = &mut response {
            response.tool_calls.push(TracedToolCall {
                call_id: "call_1".to_owned(),
                tool_name: "get_weather".to_owned(),
                arguments: json!({"city": city, "days": 2}).to_string(),
                extra: None,
            });
        }
        traced(self, "s_llm", response);
        let outcome = SpanOutcome::Ok;
        self.tell(0, Some("s_llm"), RunEventBody::SpanEnded { outcome });
        let tool = component("ServerTool", "get_weather");
        let called = span(Some("s_agent"), SpanKind::ToolExecutionSpan, tool.clone());
        self.tell(0, Some("s_tool"), called);
        let request = Event::ToolExecutionRequest {
            tool: tool.clone(),
            request_id: RequestId::new("call_1"),
            inputs: json!({"city": city, "days": 2}).into(),
            binding: "a fixed value".to_owned(),
            lane: "fixed".to_owned(),
            key: None,
        };
        traced(self, "s_tool", request);
        let response = Event::ToolExecutionResponse {
            tool,
            request_id: RequestId::new("call_1"),
            key: None,
            outputs: json!({"days": [{"high": 14, "sky": "rain"}, {"high": 17, "sky": "sun"}], "of": city}).into(),
            error: None,
            waited_ms: 0.0,
            held_ms: None,
        };
        traced(self, "s_tool", response);
        let outcome = SpanOutcome::Ok;
        self.tell(0, Some("s_tool"), RunEventBody::SpanEnded { outcome });
        self.say(0, Role::Agent, answer);
        self.ask_for(
            0,
            RequestKind::UserMessage {
                message: answer.to_owned(),
                may_end: true,
            },
        );
        self.state(0, RunState::Answered);
    }
}
