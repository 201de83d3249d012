//! Output parsers, which read values from the text of a model.

use crate::spec::language::declare::{components, literals, plain_objects};
use crate::spec::language::families::Tool;
use crate::spec::language::kind::{AnyOf, Flag, Integer, Map, Maybe, Object, OneOf, Slots, Text};

components! {
    /// Reads values from the text of a model.
    family PluginOutputParser: Component, since V25_4_1 {}

    /// Reads the text as JSON.
    type PluginJsonOutputParser: PluginOutputParser, since V25_4_1, plugin OutputParserPlugin {
        /// Maps outputs to jq queries that find their values; null takes the whole JSON.
        properties: Maybe<Map<Text>> = null;
    }

    /// Finds patterns in the text.
    type PluginRegexOutputParser: PluginOutputParser, since V25_4_1, plugin OutputParserPlugin {
        /// The pattern, or a pattern for each output, each as text or with its settings.
        regex_pattern: AnyOf<(Map<AnyOf<(Text, Object<PluginRegexPattern>)>>, Object<PluginRegexPattern>, Text)>;
        /// Whether text without a match is an error.
        strict: Flag = true;
    }

    /// Finds calls of tools in the text.
    type PluginToolOutputParser: PluginOutputParser, since V25_4_1, plugin OutputParserPlugin {
        /// The tools that can be called; null means those of the prompt.
        tools: Maybe<Slots<Tool>> = null;
    }

    /// Finds calls of tools that are written as JSON.
    type PluginJsonToolOutputParser: PluginToolOutputParser, since V25_4_1, plugin OutputParserPlugin, runs as Parser {}

    /// Finds calls of tools that are written as calls in Python.
    type PluginPythonToolOutputParser: PluginToolOutputParser, since V25_4_1, plugin OutputParserPlugin {}

    /// Finds calls of tools in a text of thought, action and observation.
    type PluginReactToolOutputParser: PluginToolOutputParser, since V25_4_1, plugin OutputParserPlugin, runs as Parser {}
}

plain_objects! {
    /// A pattern and how it is applied.
    PluginRegexPattern, drops_extras {
        /// The pattern, in Python's form; its first group is the result.
        pattern: Text;
        /// Which match is taken.
        match: OneOf<RegexMatch> = "first";
        /// Python's `re` flags, added up.
        flags: Maybe<Integer> = null;
    }
}

literals! {
    /// Which match of a pattern is taken.
    RegexMatch: "first", "last";
}
