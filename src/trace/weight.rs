//! An estimate of the memory that an event's text takes. Limits use it for each event, so it has to
//! be cheap.

use std::sync::Arc;

use serde_json::Value;

use super::{
    ClientMessage, ComponentName, Failure, Planned, Prompt, PromptMessage, PromptPart, Reply,
    RequestKind, TracedToolCall,
};
use crate::base::ids::RequestId;
use crate::conversation::{Message, ToolCall, Values};

/// A value with text.
pub(super) trait Weight {
    /// Returns the approximate size of the text in bytes.
    fn weight(&self) -> usize;
}

/// Implements [`Weight`] for types whose size does not depend on their text, or whose text is
/// shared.
macro_rules! weightless {
    ($($type:ty),*) => {
        $(
            impl Weight for $type {
                fn weight(&self) -> usize {
                    0
                }
            }
        )*
    };
}

weightless!(bool, u32, u64, f64, ComponentName, RequestId);

/// Implements [`Weight`] for rare types, by serializing them.
macro_rules! as_written {
    ($($type:ty),*) => {
        $(
            impl Weight for $type {
                fn weight(&self) -> usize {
                    let mut count = Count(0);
                    // What can't be written is not counted further; nothing fails by it.
                    let _written = serde_json::to_writer(&mut count, self);
                    count.0
                }
            }
        )*
    };
}

as_written!(Planned, RequestKind, Reply, ClientMessage);

impl Weight for String {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Weight for Value {
    fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Null | Self::Bool(_) | Self::Number(_) => 0,
                Self::String(text) => text.len(),
                Self::Array(items) => items.iter().map(Weight::weight).sum(),
                Self::Object(entries) => entries.weight(),
            }
    }
}

impl Weight for Values {
    fn weight(&self) -> usize {
        let entries = self.iter();
        entries
            .map(|(name, value)| name.len() + value.weight())
            .sum()
    }
}

impl<T: Weight> Weight for Option<T> {
    fn weight(&self) -> usize {
        self.as_ref().map_or(0, Weight::weight)
    }
}

impl<T: Weight, E: Weight> Weight for Result<T, E> {
    fn weight(&self) -> usize {
        match self {
            Ok(value) => value.weight(),
            Err(error) => error.weight(),
        }
    }
}

impl<T: Weight> Weight for Vec<T> {
    fn weight(&self) -> usize {
        self.iter().map(Weight::weight).sum()
    }
}

impl<T: Weight> Weight for Box<T> {
    fn weight(&self) -> usize {
        self.as_ref().weight()
    }
}

impl<T: Weight> Weight for Arc<T> {
    fn weight(&self) -> usize {
        self.as_ref().weight()
    }
}

impl Weight for Failure {
    fn weight(&self) -> usize {
        self.message.len() + self.hint.weight()
    }
}

impl Weight for TracedToolCall {
    fn weight(&self) -> usize {
        self.call_id.len() + self.tool_name.len() + self.arguments.len() + self.extra.weight()
    }
}

impl Weight for ToolCall {
    fn weight(&self) -> usize {
        self.id.len() + self.name.len() + self.arguments.len() + self.extra.weight()
    }
}

impl Weight for Message {
    fn weight(&self) -> usize {
        let result = self.tool_result.as_ref();
        let images = self.images.iter().map(|image| image.base64.len());
        self.content.len()
            + result.map_or(0, |result| result.content.len())
            + self.tool_calls.weight()
            + self.extra.weight()
            + images.sum::<usize>()
    }
}

/// Counts only what the prompt itself contains, not what it refers to.
impl Weight for Prompt {
    fn weight(&self) -> usize {
        let tools = self.tools.iter().flat_map(|tools| tools.iter());
        let tools = tools.map(|tool| tool.description.len() + tool.parameters.weight());
        self.messages.weight() + tools.sum::<usize>()
    }
}

impl Weight for PromptPart {
    fn weight(&self) -> usize {
        match self {
            Self::Earlier { .. } => 0,
            Self::New(message) => message.weight(),
        }
    }
}

impl Weight for PromptMessage {
    fn weight(&self) -> usize {
        self.content.len() + self.tool_calls.weight()
    }
}

/// A writer that counts bytes.
struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
