//! Conversion of WayFlow's MCP types to the types of the specification that replace them.

use std::sync::Arc;

use serde_json::Value;

use super::component::{Component, FieldValue};
use super::language::ComponentKind;

/// Converts a component of WayFlow's MCP plugin (a tool, a toolbox or a tool specification) to the
/// type of the specification that replaces it; `None` for other types.
///
/// The transport is kept, because the plugin's transports are subtypes of the specification's.
pub fn mcp_successor(component: &Component) -> Option<Arc<Component>> {
    let successor = match component.kind() {
        ComponentKind::PluginMCPTool => ComponentKind::MCPTool,
        ComponentKind::PluginMCPToolBox => ComponentKind::MCPToolBox,
        ComponentKind::PluginMCPToolSpec => ComponentKind::MCPToolSpec,
        _ => return None,
    };
    let ty = successor.component_type();
    let mut fields = component.fields.clone();
    if let Some(FieldValue::List(filter)) = component.field("tool_filter") {
        let filter = filter.iter().map(in_filter).collect();
        fields.insert("tool_filter", FieldValue::List(filter));
    }
    if ty.field("retry_policy").is_some() {
        fields.insert("retry_policy", FieldValue::Value(Value::Null));
    }
    Some(Arc::new(Component {
        ty,
        foreign_name: None,
        is_id_written: component.is_id_written,
        id: component.id.clone(),
        name: component.name.clone(),
        description: component.description.clone(),
        metadata: component.metadata.clone(),
        inputs: component.inputs.clone(),
        outputs: component.outputs.clone(),
        branches: Vec::new(),
        declared: component.declared,
        fields,
        is_complete: component.is_complete,
        document_version: component.document_version,
        origin: component.origin,
    }))
}

/// Converts an entry of a toolbox filter: a name stays the same, a tool specification is converted.
fn in_filter(item: &FieldValue) -> FieldValue {
    let successor = item.as_component().and_then(|spec| mcp_successor(spec));
    successor.map_or_else(|| item.clone(), FieldValue::Component)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::spec::language::{MCPToolBox, MCPToolSpec};
    use crate::spec::{LoadOptions, load};

    #[test]
    fn a_box_of_wayflow_is_one_of_the_specification() {
        let text = "{component_type: PluginMCPToolBox, component_plugin_name: MCPPlugin, component_plugin_version: 26.3.0, \
                    agentspec_version: 26.1.2, id: b, name: box, requires_confirmation: true, \
                    tool_filter: [add, {component_type: PluginMCPToolSpec, component_plugin_name: MCPPlugin, \
                    component_plugin_version: 26.3.0, id: s, name: sum, inputs: [{title: a, type: integer}]}], \
                    client_transport: {component_type: StdioTransport, id: t, name: t, command: c}}";
        let loaded = load(text, &LoadOptions::default());
        let source = loaded.component.expect("the text is a component");
        let successor = mcp_successor(&source).expect("it has one");
        let toolbox = MCPToolBox::of(&successor).expect("of that type");
        assert_eq!((successor.id(), successor.name()), ("b", "box"));
        assert!(toolbox.requires_confirmation());
        assert_eq!(toolbox.client_transport().id(), "t");
        let filter = successor.field("tool_filter");
        let Some(FieldValue::List(filter)) = filter else {
            panic!("{filter:?}");
        };
        assert_eq!(filter[0], FieldValue::Value("add".into()));
        let spec = filter[1].as_component().and_then(MCPToolSpec::of);
        assert_eq!(spec.expect("of that type").component().inputs().len(), 1);
        assert!(mcp_successor(&successor).is_none());
    }
}
