//! Tools.

use super::declare::components;
use super::families::Tool;
use super::kind::{Any, AnyOf, List, Map, Maybe, Object, Sensitive, Text};
use super::objects::RetryPolicy;

components! {
    /// A tool that the program running the document provides under this name.
    type ServerTool: Tool, since V25_4_1, runs as Tool {}

    /// A tool that the caller runs: the run stops and asks for the result.
    type ClientTool: Tool, since V25_4_1, runs as Tool {}

    /// A tool that is built into the runtime.
    type BuiltinTool: Tool, since V25_4_2, runs as Tool {
        /// Which tool: flowdeck has `arithmetic`, `current_time`, `http_fetch`, `read_file` and `wait`.
        tool_type: Text;
        /// The settings of the tool.
        configuration: Maybe<Map<Any>> = null;
        /// The name of the runtime that has the tool, or a list of names.
        executor_name: Maybe<AnyOf<(Text, List<Text>)>> = null;
        /// The version of the tool.
        tool_version: Maybe<Text> = null;
    }

    /// A tool that is an HTTP request.
    type RemoteTool: Tool, since V25_4_1, runs as Tool {
        /// The address; `{{name}}` inserts an input.
        url: Text;
        /// The method, for example `GET`; `{{name}}` inserts an input.
        http_method: Text;
        /// The address of a description of the API, for people.
        api_spec_uri: Maybe<Text> = null;
        /// The body: an object or a list is sent as JSON (or as a form if the content type says so), text as it is;
        /// `{{name}}` inserts an input in keys and values.
        data: Any = {};
        /// The query of the address; `{{name}}` inserts an input in keys and values.
        query_params: Map<Any> = {};
        /// The headers; `{{name}}` inserts an input in keys and values.
        headers: Map<Any> = {};
        /// Headers that hold secrets.
        sensitive_headers: Sensitive<Map<Any>> = {}, since V25_4_2;
        /// The allowed addresses, as prefixes whose scheme, host and port must match exactly; null allows any.
        url_allow_list: Maybe<List<Text>> = null, since V26_1_2;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }
}
