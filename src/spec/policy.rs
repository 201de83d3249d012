//! A policy for the component types that a document may contain, for programs that load untrusted
//! documents.
//!
//! Source: Agent Spec SDK since 26.1.2, whose loader has the same two lists.

use crate::spec::component::Component;
use crate::spec::language::{ComponentKind, ComponentType};

/// The allowed and the blocked component types.
///
/// A name covers the type itself and, if the language knows it, all its descendants. If several
/// names cover a type, the nearest one decides; on a tie, the type is blocked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadPolicy {
    /// The allowed types; `None` allows all.
    pub allowed: Option<Vec<String>>,
    /// The blocked types.
    pub blocked: Vec<String>,
}

impl LoadPolicy {
    /// Returns a policy that blocks the types which start a program on this machine, for documents
    /// from untrusted sources.
    pub fn without_local_programs() -> Self {
        let blocked = [
            ComponentKind::StdioTransport,
            ComponentKind::PluginStdioTransport,
        ];
        Self {
            allowed: None,
            blocked: blocked.map(|kind| kind.name().to_owned()).to_vec(),
        }
    }

    /// Returns whether a component is allowed.
    pub fn permits(&self, component: &Component) -> bool {
        let (name, ty) = (component.type_name(), component.component_type());
        let blocked = nearest(&self.blocked, name, ty);
        match &self.allowed {
            None => blocked.is_none(),
            Some(allowed) => nearest(allowed, name, ty)
                .is_some_and(|allowed| blocked.is_none_or(|blocked| allowed < blocked)),
        }
    }
}

/// Returns the distance from a type to its nearest ancestor among some names; 0 is the type itself.
fn nearest(names: &[String], type_name: &str, ty: &ComponentType) -> Option<usize> {
    if names.iter().any(|name| name == type_name) {
        return Some(0);
    }
    ty.ancestry()
        .iter()
        .position(|family| names.iter().any(|name| name == family.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::load::{LoadOptions, load};

    fn permits(allowed: Option<&[&str]>, blocked: &[&str], component_type: &str) -> bool {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let text = format!(
            "{{component_type: {component_type}, id: x, name: x, component_plugin_name: p}}"
        );
        let component = load(&text, &LoadOptions::default()).component.unwrap();
        LoadPolicy {
            allowed: allowed.map(owned),
            blocked: owned(blocked),
        }
        .permits(&component)
    }

    #[test]
    fn the_nearest_name_decides() {
        assert!(permits(None, &[], "StdioTransport"));
        assert!(!permits(None, &["StdioTransport"], "StdioTransport"));
        assert!(permits(None, &["StdioTransport"], "SSETransport"));
        assert!(!permits(None, &["ClientTransport"], "SSEmTLSTransport"));
        let allowed: &[&str] = &["SSETransport"];
        assert!(permits(
            Some(allowed),
            &["ClientTransport"],
            "SSEmTLSTransport"
        ));
        assert!(!permits(Some(allowed), &["SSETransport"], "SSETransport"));
        assert!(!permits(Some(allowed), &[], "Agent"));
        assert!(permits(Some(&["Component"]), &[], "Agent"));
        assert!(!permits(None, &["AcmeTool"], "AcmeTool"));
    }
}
