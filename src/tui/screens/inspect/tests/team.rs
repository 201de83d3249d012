//! Who speaks to whom, and what is said on a thread alone.

use std::time::Duration;

use super::{SIZES, inspect, tell};
use crate::base::ids::{RequestId, SpanId};
use crate::conversation::{Message, Role};
use crate::runs::script::{Script, component, llm_chunk, llm_request};
use crate::trace::{Event, RequestKind, RunState, SpanKind, SpanOutcome};
use crate::tui::testing::Harness;

/// A reception that asks the orders desk, which is a team, and gives the user over to the bills desk.
const SPEC: &str = "
component_type: Swarm
agentspec_version: 26.1.2
id: help_desk
name: help_desk
first_agent: {$component_ref: reception}
handoff: optional
relationships:
  - [{$component_ref: reception}, {$component_ref: orders}]
  - [{$component_ref: reception}, {$component_ref: bills}]
  - [{$component_ref: bills}, {$component_ref: archive}]
$referenced_components:
  reception: {component_type: Agent, id: reception, name: reception, system_prompt: x}
  bills: {component_type: Agent, id: bills, name: bills, system_prompt: x}
  archive: {component_type: Agent, id: archive, name: archive, system_prompt: x}
  orders:
    component_type: ManagerWorkers
    id: orders
    name: orders
    group_manager: {$component_ref: lead}
    workers: [{$component_ref: clerk}]
  lead: {component_type: Agent, id: lead, name: lead, system_prompt: x}
  clerk: {component_type: Agent, id: clerk, name: clerk, system_prompt: x}
";

struct Desk {
    script: Script,
    count: usize,
    team: SpanId,
}

impl Desk {
    fn new() -> Self {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let swarm = component("Swarm", "help_desk");
        let team = script.start_of(None, SpanKind::SwarmExecutionSpan, swarm);
        let mut desk = Self {
            script,
            count: 0,
            team: team.clone(),
        };
        desk.say(
            &team,
            Message::text("", Role::User, "Where is my order, and what did I pay?"),
        );
        desk
    }

    fn open(&mut self, parent: &SpanId, kind: SpanKind, ty: &str, name: &str) -> SpanId {
        self.script
            .start_of(Some(parent), kind, component(ty, name))
    }

    fn agent(&mut self, parent: &SpanId, name: &str) -> SpanId {
        self.open(parent, SpanKind::AgentExecutionSpan, "Agent", name)
    }

    fn say(&mut self, span: &SpanId, message: Message) {
        self.count += 1;
        let id = format!("m_{}", self.count);
        let message = Message { id, ..message }.into();
        self.script
            .traced(span, Event::ConversationMessageAdded { message });
        self.script.pass(Duration::from_millis(200));
    }

    fn asked(&mut self, span: &SpanId, from: &str, to: &str, text: &str) {
        let message = Message::text("", Role::User, text);
        self.say(span, message.from_sender(from).to_recipient(to));
    }

    fn answered(&mut self, span: &SpanId, from: &str, text: &str) {
        self.say(span, Message::text("", Role::Agent, text).from_sender(from));
        self.script.end(span, SpanOutcome::Ok);
    }

    /// Up to the moment at which the archive writes for the bills desk.
    fn up_to_the_archive(mut self) -> Self {
        let team = self.team.clone();
        let reception = self.agent(&team, "reception");
        let orders = SpanKind::ManagerWorkersExecutionSpan;
        let orders = self.open(&reception, orders, "ManagerWorkers", "orders");
        self.asked(&orders, "reception", "orders", "Where is order 12?");
        let lead = self.agent(&orders, "lead");
        let clerk = self.agent(&lead, "clerk");
        self.asked(&clerk, "lead", "clerk", "Look up 12.");
        self.answered(&clerk, "clerk", "12 is in Oslo.");
        self.answered(&lead, "lead", "It is in Oslo.");
        self.script.end(&orders, SpanOutcome::Ok);
        self.answered(
            &reception,
            "reception",
            "Your order is in Oslo; for bills I give you over.",
        );
        let bills = self.agent(&team, "bills");
        let archive = self.agent(&bills, "archive");
        self.asked(
            &archive,
            "bills",
            "archive",
            "Find the bill of order 12, please.",
        );
        let model = self.open(
            &archive,
            SpanKind::LlmGenerationSpan,
            "OllamaConfig",
            "model",
        );
        self.script.traced(&model, llm_request("q_1"));
        self.script
            .traced(&model, llm_chunk("q_1", "The bill of order 12 says"));
        self
    }
}

#[test]
fn a_team_is_a_tree_of_who_speaks_to_whom() {
    for size in SIZES {
        let desk = Desk::new().up_to_the_archive();
        let mut bench = inspect(size, SPEC, &desk.script);
        bench.press("t end up");
        insta::assert_snapshot!(format!("team_{}", size.0), bench.picture());
    }
}

#[test]
fn a_thread_has_what_is_said_on_it_and_nothing_else() {
    let desk = Desk::new().up_to_the_archive();
    let mut bench = inspect((120, 36), SPEC, &desk.script);
    bench.press("t down down");
    let picture = bench.picture();
    assert!(picture.contains("reception → orders"), "{picture}");
    assert!(picture.contains("Where is order 12?"), "{picture}");
    assert!(picture.contains("It is in Oslo."), "{picture}");
    for other in [
        "12 is in Oslo",
        "Look up 12",
        "what did I pay",
        "The bill of",
    ] {
        assert!(
            !picture.contains(other),
            "{other} is said elsewhere\n{picture}"
        );
    }
    // Inside the team that was asked.
    bench.press("down down");
    let picture = bench.picture();
    assert!(picture.contains("lead → clerk"), "{picture}");
    assert!(picture.contains("Look up 12."), "{picture}");
    assert!(!picture.contains("Where is order"), "{picture}");
}

#[test]
fn a_thread_goes_on_while_it_is_read() {
    let mut desk = Desk::new().up_to_the_archive();
    let mut bench = inspect((120, 36), SPEC, &desk.script);
    bench.press("t end up");
    assert!(
        bench.picture().contains("bills → archive"),
        "{}",
        bench.picture()
    );
    let told = desk.script.events.len();
    let model = SpanId::new("s_8");
    desk.script.traced(&model, llm_chunk("q_1", " 30 crowns."));
    tell(&mut bench, &desk.script, told);
    let picture = bench.picture();
    assert!(
        picture.contains("The bill of order 12 says 30 crowns."),
        "{picture}"
    );
    let told = desk.script.events.len();
    let asks = Event::HumanInTheLoopRequest {
        request_id: RequestId::new("ask"),
        content: Box::new(RequestKind::UserMessage {
            message: "Which?".to_owned(),
            may_end: false,
        }),
        key: None,
    };
    desk.script.traced(&SpanId::new("s_7"), asks);
    desk.script.state(RunState::NeedsInput);
    tell(&mut bench, &desk.script, told);
    let picture = bench.picture();
    assert!(
        picture
            .lines()
            .any(|line| line.contains("→ archive") && line.contains("? needs you")),
        "{picture}"
    );
    bench.press("esc esc");
}

#[test]
fn what_is_said_is_found_and_copied() {
    let desk = Desk::new().up_to_the_archive();
    let mut bench = inspect((80, 24), SPEC, &desk.script);
    bench
        .press("t down down /")
        .type_text("oslo")
        .press("enter");
    assert!(!bench.picture().contains("no match"), "{}", bench.picture());
    bench.press("n y");
    let copied = format!("{:?}", bench.commands);
    assert!(copied.contains("It is in Oslo."), "{copied}");
    assert!(!copied.contains("Look up 12"), "{copied}");
}

#[test]
fn a_run_of_one_agent_has_no_team() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    script.start_of(
        None,
        SpanKind::AgentExecutionSpan,
        component("Agent", "weather"),
    );
    let spec = "{component_type: Agent, agentspec_version: 26.1.2, id: weather, name: weather}";
    let mut bench: Harness = inspect((120, 36), spec, &script);
    assert!(!bench.picture().contains("t team"), "{}", bench.picture());
    bench.press("t");
    assert!(
        bench.picture().contains("no member of this run speaks"),
        "{}",
        bench.picture()
    );
    assert!(bench.picture().contains("AgentExecution weather"));
}
