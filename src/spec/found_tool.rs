//! A tool that no document holds: a server was found to have it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::component::{Component, Declared, FieldMap, FieldValue};
use super::language::{self, MCPTool, MCPToolBox};
use super::property::Property;

/// What a server says of one of its tools, and what a document says of it on top.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundTool {
    /// The name by which it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it takes.
    pub inputs: Vec<Property>,
    /// Whether a person must agree before each call.
    pub requires_confirmation: bool,
}

impl FoundTool {
    /// The tool as a component: an `MCPTool` at the server of the box, without declared outputs. Its id is the box's,
    /// a dot and its name.
    pub fn in_box(self, toolbox: &MCPToolBox) -> Arc<Component> {
        let source = toolbox.component();
        let of_box = |field: &str| {
            source
                .field(field)
                .cloned()
                .unwrap_or(FieldValue::Value(Value::Null))
        };
        let fields = FieldMap::from_iter([
            (
                "requires_confirmation".to_owned(),
                FieldValue::Value(Value::Bool(self.requires_confirmation)),
            ),
            ("client_transport".to_owned(), of_box("client_transport")),
            ("retry_policy".to_owned(), of_box("retry_policy")),
        ]);
        let id = format!("{}.{}", source.id(), self.name);
        self.like(source, id, fields)
    }

    /// The tool with what its document says and leaves to the server.
    pub fn completing(self, tool: &MCPTool) -> Arc<Component> {
        let source = tool.component();
        let mut completed = self.like(source, source.id().to_owned(), source.fields.clone());
        if let Some(component) = Arc::get_mut(&mut completed) {
            component.outputs = source.outputs().to_vec();
        }
        completed
    }

    #[expect(
        clippy::expect_used,
        reason = "the table has the type, as its view exists"
    )]
    fn like(self, source: &Component, id: String, fields: FieldMap) -> Arc<Component> {
        Arc::new(Component {
            ty: language::find("MCPTool").expect("the language has this type"),
            foreign_name: None,
            is_id_written: false,
            id,
            name: self.name,
            description: self.description,
            metadata: Value::Object(Map::new()),
            inputs: self.inputs,
            outputs: Vec::new(),
            branches: Vec::new(),
            declared: Declared::default(),
            fields,
            is_complete: true,
            document_version: source.document_version(),
            origin: source.origin,
        })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::spec::{LoadOptions, load};

    #[test]
    fn a_found_tool_has_the_view_of_one_in_a_document() {
        let text = "{component_type: MCPToolBox, id: b, name: box, agentspec_version: 26.3.1, client_transport: \
                    {component_type: StdioTransport, id: s, name: s, command: c}, retry_policy: {max_attempts: 1}}";
        let toolbox = load(text, &LoadOptions::default()).component.unwrap();
        let toolbox = MCPToolBox::of(&toolbox).unwrap();
        let found = FoundTool {
            name: "add".to_owned(),
            description: Some("Adds.".to_owned()),
            inputs: vec![Property::from_schema(
                json!({"title": "a", "type": "integer"}),
            )],
            requires_confirmation: true,
        };
        let tool = MCPTool::of(&found.in_box(&toolbox)).unwrap();
        assert_eq!(tool.component().id(), "b.add");
        assert_eq!(tool.component().inputs()[0].title(), "a");
        assert!(tool.requires_confirmation());
        assert!(Arc::ptr_eq(
            tool.client_transport(),
            toolbox.client_transport()
        ));
        assert_eq!(tool.retry_policy(), toolbox.retry_policy());
    }
}
