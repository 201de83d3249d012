//! The request fields that a `RemoteTool` and an `ApiNode` have in common.

use serde_json::{Map, Value};

use crate::spec::language::{ApiNode, RemoteTool};
use crate::spec::sensitive::SensitiveValue;

/// The fields of a component that describes a request; `{{name}}` in them inserts an input.
pub(in crate::tools) struct RequestFields<'c> {
    pub(super) name: &'c str,
    pub(super) url: &'c str,
    pub(super) http_method: &'c str,
    pub(super) data: &'c Value,
    pub(super) query_params: &'c Map<String, Value>,
    pub(super) headers: &'c Map<String, Value>,
    pub(super) sensitive_headers: SensitiveValue<'c>,
    /// The allowed prefixes of URLs; `None` allows any.
    pub(super) url_allow_list: Option<&'c [Value]>,
    pub(super) retry_policy: Option<&'c Value>,
}

/// Reads the fields from a view. The two views have the same getters but no common type.
macro_rules! fields_of {
    ($view:expr) => {
        Self {
            name: $view.component().name(),
            url: $view.url(),
            http_method: $view.http_method(),
            data: $view.data(),
            query_params: $view.query_params(),
            headers: $view.headers(),
            sensitive_headers: $view.sensitive_headers(),
            url_allow_list: $view.url_allow_list(),
            retry_policy: $view.retry_policy(),
        }
    };
}

impl<'c> RequestFields<'c> {
    pub(in crate::tools) fn of_remote_tool(tool: &'c RemoteTool) -> Self {
        fields_of!(tool)
    }

    pub(in crate::tools) fn of_api_node(node: &'c ApiNode) -> Self {
        fields_of!(node)
    }

    /// Returns whether the method is safe (RFC 9110, 9.2.1) and does not depend on an input.
    pub(in crate::tools) fn is_safe(&self) -> bool {
        let method = self.http_method.trim();
        ["GET", "HEAD", "OPTIONS"]
            .iter()
            .any(|safe| method.eq_ignore_ascii_case(safe))
    }
}
