//! The stream of a running response, as events of the protocol: numbered, each output item with its
//! own index.

use std::convert::Infallible;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::object::{
    Head, LastItem, call_item, item_id, last_items, message_item, response, text_part,
};
use crate::serve::desk::{ConversationStarter, TurnOf};
use crate::serve::turn::{Turn, TurnState};
use crate::serve::watch::{News, Watch};

/// Streams a turn until its end.
pub(super) fn stream(desk: ConversationStarter, turn: TurnOf, head: Head) -> Response {
    let event_stream = EventStream {
        watch: Watch::new(desk.clone(), turn.clone()),
        desk,
        turn,
        head,
        n_events: 0,
        has_begun: false,
        is_open: false,
        n_items: 0,
    };
    let events = stream::unfold(event_stream, |mut event_stream| async move {
        let events = event_stream.next().await?;
        Some((stream::iter(events), event_stream))
    });
    let events = events.flatten().map(Ok::<_, Infallible>);
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

struct EventStream {
    watch: Watch,
    desk: ConversationStarter,
    turn: TurnOf,
    head: Head,
    n_events: u64,
    has_begun: bool,
    /// Whether the events that open the current message were sent.
    is_open: bool,
    /// The number of output items that were sent completely.
    n_items: usize,
}

impl EventStream {
    async fn next(&mut self) -> Option<Vec<Event>> {
        let emitted = if self.has_begun {
            let news = self.watch.next().await?;
            news.into_iter()
                .flat_map(|news| self.handle(news))
                .collect()
        } else {
            self.has_begun = true;
            let mut turn = self.desk.turn(&self.turn);
            turn.state = TurnState::Working;
            let begun = response(&self.head, &turn);
            vec![
                ("response.created", json!({"response": begun})),
                ("response.in_progress", json!({"response": begun})),
            ]
        };
        Some(
            emitted
                .into_iter()
                .map(|(kind, value)| self.numbered(kind, value))
                .collect(),
        )
    }

    fn numbered(&mut self, kind: &str, mut value: Value) -> Event {
        value["type"] = json!(kind);
        value["sequence_number"] = json!(self.n_events);
        self.n_events += 1;
        Event::default().event(kind).data(value.to_string())
    }

    fn handle(&mut self, news: News) -> Vec<(&'static str, Value)> {
        match news {
            News::Piece { index, text } => {
                let mut emitted = self.opened(index);
                emitted.push(self.delta(index, &text));
                emitted
            }
            News::Whole { index, message, .. } => self.message_events(index, &message.content),
            News::Over(turn) => self.over(&turn),
        }
    }

    /// Returns the events that complete a message.
    fn message_events(&mut self, index: usize, text: &str) -> Vec<(&'static str, Value)> {
        let was_open = self.is_open;
        let mut emitted = self.opened(index);
        if !was_open && !text.is_empty() {
            emitted.push(self.delta(index, text));
        }
        let id = item_id(&self.head, "msg", index);
        let place = |mut value: Value| {
            value["item_id"] = json!(id);
            value["output_index"] = json!(index);
            value["content_index"] = json!(0);
            value
        };
        emitted.push((
            "response.output_text.done",
            place(json!({"text": text, "logprobs": []})),
        ));
        emitted.push((
            "response.content_part.done",
            place(json!({"part": text_part(text)})),
        ));
        let item = message_item(&self.head, index, text);
        emitted.push((
            "response.output_item.done",
            json!({"output_index": index, "item": item}),
        ));
        self.is_open = false;
        self.n_items = index + 1;
        emitted
    }

    /// Returns the events that open a message; empty if they were already sent.
    fn opened(&mut self, index: usize) -> Vec<(&'static str, Value)> {
        if std::mem::replace(&mut self.is_open, true) {
            return Vec::new();
        }
        let id = item_id(&self.head, "msg", index);
        let item = json!({
            "id": id, "type": "message", "status": "in_progress", "role": "assistant", "content": [],
        });
        vec![
            (
                "response.output_item.added",
                json!({"output_index": index, "item": item}),
            ),
            (
                "response.content_part.added",
                json!({"item_id": id, "output_index": index, "content_index": 0, "part": text_part("")}),
            ),
        ]
    }

    fn delta(&self, index: usize, text: &str) -> (&'static str, Value) {
        let id = item_id(&self.head, "msg", index);
        (
            "response.output_text.delta",
            json!({
                "item_id": id, "output_index": index, "content_index": 0, "delta": text, "logprobs": [],
            }),
        )
    }

    fn over(&mut self, turn: &Turn) -> Vec<(&'static str, Value)> {
        let mut emitted = Vec::new();
        for item in last_items(turn) {
            let index = self.n_items;
            match item {
                LastItem::Words(text) => emitted.extend(self.message_events(index, &text)),
                LastItem::Call {
                    call_id,
                    name,
                    arguments,
                } => {
                    emitted.extend(self.called(index, (&call_id, &name, &arguments)));
                    self.n_items += 1;
                }
            }
        }
        let kind = match turn.state {
            TurnState::Failed => "response.failed",
            // The protocol has no event for one that was stopped.
            TurnState::Cancelled => "response.incomplete",
            _ => "response.completed",
        };
        emitted.push((kind, json!({"response": response(&self.head, turn)})));
        emitted
    }

    fn called(
        &self,
        index: usize,
        (call_id, name, arguments): (&str, &str, &str),
    ) -> Vec<(&'static str, Value)> {
        let id = item_id(&self.head, "fc", index);
        let begun = call_item(&self.head, index, (call_id, name, ""), "in_progress");
        let whole = call_item(&self.head, index, (call_id, name, arguments), "completed");
        vec![
            (
                "response.output_item.added",
                json!({"output_index": index, "item": begun}),
            ),
            (
                "response.function_call_arguments.delta",
                json!({"item_id": id, "output_index": index, "delta": arguments}),
            ),
            (
                "response.function_call_arguments.done",
                json!({"item_id": id, "output_index": index, "name": name, "arguments": arguments}),
            ),
            (
                "response.output_item.done",
                json!({"output_index": index, "item": whole}),
            ),
        ]
    }
}
