use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::conversation::{Message, Role};
use crate::runs::script::{Script, component};
use crate::spec::{LoadOptions, load};
use crate::trace::{Event, RequestKind, RunState};

/// A team at work, told as the runtime tells it.
struct Team {
    script: Script,
    count: usize,
}

impl Team {
    fn new() -> Self {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        Self { script, count: 0 }
    }

    fn swarm(&mut self, parent: Option<&SpanId>, name: &str) -> SpanId {
        let swarm = component("Swarm", name);
        self.script
            .start_of(parent, SpanKind::SwarmExecutionSpan, swarm)
    }

    fn agent(&mut self, parent: &SpanId, name: &str) -> SpanId {
        let agent = component("Agent", name);
        self.script
            .start_of(Some(parent), SpanKind::AgentExecutionSpan, agent)
    }

    fn say(&mut self, span: &SpanId, message: Message) {
        self.count += 1;
        let message = Message {
            id: format!("m_{}", self.count),
            ..message
        };
        let added = Event::ConversationMessageAdded {
            message: message.into(),
        };
        self.script.traced(span, added);
    }

    fn tell(&mut self, span: &SpanId, from: &str, to: &str, text: &str) {
        let message = Message::text("", Role::User, text);
        self.say(span, message.from_sender(from).to_recipient(to));
    }

    fn answer(&mut self, span: &SpanId, from: &str, text: &str) {
        self.say(span, Message::text("", Role::Agent, text).from_sender(from));
    }

    fn end(&mut self, span: &SpanId) {
        self.script.end(span, SpanOutcome::Ok);
        self.script.pass(Duration::from_millis(10));
    }

    fn threads(&self) -> (RunRecord, Threads) {
        let record = self.script.record();
        let mut threads = Threads::default();
        threads.update(&record, None);
        (record, threads)
    }
}

/// Who speaks to whom, as `caller>recipient`, and what is said there.
fn said(record: &RunRecord, threads: &Threads) -> Vec<String> {
    let line = |at: usize| {
        let thread = threads.get(at).unwrap();
        let caller = thread.caller.as_ref().map_or("user", |caller| &caller.name);
        let items = threads.items(record, &Speech::Thread(at));
        let texts = items.iter().filter_map(|item| match item {
            TranscriptItem::Message(message) => Some(message.content.as_str()),
            _ => None,
        });
        let texts: Vec<&str> = texts.collect();
        format!("{caller}>{}: {}", thread.recipient.name, texts.join(" "))
    };
    (0..threads.all.len()).map(line).collect()
}

#[test]
fn each_pair_has_a_thread_that_goes_on_wherever_the_caller_speaks() {
    let mut team = Team::new();
    let swarm = team.swarm(None, "desk");
    team.say(&swarm, Message::text("", Role::User, "Help!"));
    let a = team.agent(&swarm, "a");
    let b = team.agent(&a, "b");
    team.tell(&b, "a", "b", "One?");
    // Asked by b, c asks a third member, as a does later.
    let c = team.agent(&b, "c");
    team.tell(&c, "b", "c", "Two?");
    team.answer(&c, "c", "Two.");
    team.end(&c);
    team.answer(&b, "b", "One.");
    team.end(&b);
    let b = team.agent(&a, "b");
    team.tell(&b, "a", "b", "Again?");
    team.answer(&b, "b", "Again.");
    team.end(&b);
    team.answer(&a, "a", "Done.");
    team.end(&a);
    // b has the user now, and asks c on the thread that they have.
    let b = team.agent(&swarm, "b");
    let c = team.agent(&b, "c");
    team.tell(&c, "b", "c", "Three?");
    let (record, threads) = team.threads();
    assert_eq!(
        said(&record, &threads),
        [
            "user>desk: Help! Done.",
            "a>b: One? One. Again? Again.",
            "b>c: Two? Two. Three?",
        ]
    );
    let pair = threads.get(1).unwrap();
    assert_eq!((pair.asked, pair.answered, pair.team), (2, 2, Some(0)));
    let speakers = &threads.get(0).unwrap().speakers;
    let speakers: Vec<&str> = speakers.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(speakers, ["a", "b"]);
    let c = component("Agent", "c");
    let b = component("Agent", "b");
    assert_eq!(
        threads.state(&record, 0),
        ThreadState::WaitsFor(vec![c.clone()])
    );
    assert_eq!(
        threads.state(&record, 1),
        ThreadState::Over(SpanOutcome::Ok)
    );
    assert_eq!(threads.state(&record, 2), ThreadState::Speaking);
    assert_eq!(
        threads.member_state(&record, 0, &c),
        Some(ThreadState::Speaking)
    );
    assert_eq!(
        threads.member_state(&record, 0, &b),
        Some(ThreadState::WaitsFor(vec![c]))
    );
    assert_eq!(
        threads.member_state(&record, 0, &component("Agent", "a")),
        None
    );
}

#[test]
fn a_team_in_a_team_has_threads_of_its_own() {
    let mut team = Team::new();
    let swarm = team.swarm(None, "desk");
    let a = team.agent(&swarm, "a");
    let inner = team.swarm(Some(&a), "kitchen");
    team.tell(&inner, "a", "kitchen", "Soup?");
    let cook = team.agent(&inner, "cook");
    let baker = team.agent(&cook, "baker");
    team.tell(&baker, "cook", "baker", "Bread?");
    let (record, threads) = team.threads();
    assert_eq!(
        said(&record, &threads),
        ["user>desk: ", "a>kitchen: Soup?", "cook>baker: Bread?"]
    );
    assert_eq!(threads.get(0).unwrap().within, [1]);
    assert_eq!(threads.get(1).unwrap().within, [2]);
    assert_eq!(threads.get(2).unwrap().team, Some(1));
}

#[test]
fn a_sub_agent_is_no_member_of_its_callers_team() {
    let spec = json!({
        "component_type": "Swarm", "agentspec_version": "26.1.2", "id": "desk", "name": "desk",
        "first_agent": {"$component_ref": "a"}, "handoff": "optional",
        "relationships": [[{"$component_ref": "a"}, {"$component_ref": "b"}]],
        "$referenced_components": {
            "a": {"component_type": "Agent", "id": "a", "name": "a", "system_prompt": ""},
            "b": {"component_type": "Agent", "id": "b", "name": "b", "system_prompt": ""},
        },
    });
    let loaded = load(&spec.to_string(), &LoadOptions::default());
    let spec = loaded.component.expect("it is read");
    let mut team = Team::new();
    let swarm = team.swarm(None, "desk");
    let a = team.agent(&swarm, "a");
    let helper = team.agent(&a, "helper");
    team.tell(&helper, "a", "helper", "Help?");
    let record = team.script.record();
    let mut threads = Threads::default();
    threads.update(&record, Some(&spec));
    let members = threads.members(0);
    let members: Vec<&str> = members.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(members, ["a", "b"], "b has not spoken");
    let thread = threads.get(1).unwrap();
    assert_eq!((thread.team, thread.is_team), (None, false));
    assert_eq!(threads.get(0).unwrap().within, [1]);
}

#[test]
fn who_waits_for_a_person_is_who_asked_them() {
    let mut team = Team::new();
    let swarm = team.swarm(None, "desk");
    let a = team.agent(&swarm, "a");
    let b = team.agent(&a, "b");
    let tool = component("ClientTool", "look");
    let call = team
        .script
        .start_of(Some(&b), SpanKind::ToolExecutionSpan, tool);
    let asked = Event::HumanInTheLoopRequest {
        request_id: RequestId::new("q"),
        content: Box::new(RequestKind::UserMessage {
            message: String::new(),
            may_end: false,
        }),
        key: None,
    };
    team.script.traced(&call, asked);
    let (record, threads) = team.threads();
    assert_eq!(threads.state(&record, 1), ThreadState::NeedsPerson);
    let b = component("Agent", "b");
    assert_eq!(threads.state(&record, 0), ThreadState::WaitsFor(vec![b]));
}

#[test]
fn what_is_taken_in_piece_by_piece_is_what_is_taken_in_at_once() {
    let mut team = Team::new();
    let swarm = team.swarm(None, "desk");
    let a = team.agent(&swarm, "a");
    let b = team.agent(&a, "b");
    team.tell(&b, "a", "b", "One?");
    team.answer(&b, "b", "One.");
    team.end(&b);
    team.end(&a);
    let mut record = RunRecord::from_planned(&team.script.events[0]).unwrap();
    let mut threads = Threads::default();
    for event in &team.script.events[1..] {
        record.apply(event);
        threads.update(&record, None);
    }
    let (_, at_once) = team.threads();
    assert_eq!(threads.all, at_once.all);
    assert_eq!(said(&record, &threads), said(&record, &at_once));
}
