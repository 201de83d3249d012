//! Nodes that read and write the variables of an `ExtendedFlow`.

use super::nodes::ExtendedNode;
use crate::spec::language::declare::{components, literals};
use crate::spec::language::kind::{List, Map, OneOf, Schema};

components! {
    /// Reads a variable.
    type PluginReadVariableNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The variable, by its schema.
        variable: Schema;
    }

    /// Writes a variable.
    type PluginWriteVariableNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The variable, by its schema.
        variable: Schema;
        /// How the new value changes the old one.
        operation: OneOf<VariableWriteOperation> = "overwrite";
    }

    /// Writes several variables, then reads several.
    type PluginVariableNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The variables that are written, by their schemas.
        write_variables: List<Schema> = [];
        /// The variables that are read, by their schemas.
        read_variables: List<Schema> = [];
        /// Maps each written variable to how its old value is changed.
        write_operations: Map<OneOf<VariableWriteOperation>> = {};
    }
}

literals! {
    /// How a written value changes the old value of a variable.
    VariableWriteOperation: "overwrite", "merge", "insert";
}
