//! A tool that a server offers and no document contains.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::component::{Component, Declared, FieldMap, FieldValue};
use super::language::{ComponentKind, MCPTool, MCPToolBox};
use super::mcp_successor::mcp_successor;
use super::property::Property;

/// A tool as its server describes it, possibly overridden by the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundTool {
    /// The name under which the tool is called.
    pub name: String,
    /// A description of the tool.
    pub description: Option<String>,
    /// The inputs of the tool.
    pub inputs: Vec<Property>,
    /// Whether a person must agree before each call.
    pub requires_confirmation: bool,
}

impl FoundTool {
    /// Returns the parts of a tool component that a server could have described.
    pub fn of(tool: &Component) -> Self {
        let asks = tool.field("requires_confirmation");
        Self {
            name: tool.name().to_owned(),
            description: tool.description().map(str::to_owned),
            inputs: tool.inputs().to_vec(),
            requires_confirmation: asks.and_then(FieldValue::as_value) == Some(&Value::Bool(true)),
        }
    }

    /// Returns the tool as a component, if `source` is a toolbox or a tool that takes its inputs
    /// from the server; `None` otherwise.
    pub fn at(self, source: &Arc<Component>) -> Option<Arc<Component>> {
        let successor = mcp_successor(source);
        let source = successor.as_ref().unwrap_or(source);
        match (MCPToolBox::of(source), MCPTool::of(source)) {
            (Some(toolbox), _) => Some(self.in_box(&toolbox)),
            (None, Some(tool)) => Some(self.completing(&tool)),
            (None, None) => None,
        }
    }

    /// Returns the tool as an `MCPTool` of the toolbox's server, without declared outputs. The id
    /// is the toolbox's id, a dot, and the name of the tool.
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

    /// Returns the tool component of a document, completed with the server's description of the
    /// inputs.
    pub fn completing(self, tool: &MCPTool) -> Arc<Component> {
        let source = tool.component();
        let mut completed = self.like(source, source.id().to_owned(), source.fields.clone());
        if let Some(component) = Arc::get_mut(&mut completed) {
            component.outputs = source.outputs().to_vec();
        }
        completed
    }

    fn like(self, source: &Component, id: String, fields: FieldMap) -> Arc<Component> {
        Arc::new(Component {
            ty: ComponentKind::MCPTool.component_type(),
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
