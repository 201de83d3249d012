//! Nodes that read and write datastores.

use super::nodes::ExtendedNode;
use crate::spec::language::datastores::{Datastore, RelationalDatastore};
use crate::spec::language::declare::components;
use crate::spec::language::kind::{Any, Flag, Integer, Map, Maybe, Slot, Text};

components! {
    /// Adds a row to a collection.
    type PluginDatastoreCreateNode: ExtendedNode, since V25_4_1, plugin DatastoreNodesPlugin, runs as PluginNode {
        /// The datastore of the collection.
        datastore: Slot<Datastore>;
        /// The collection; a Jinja template.
        collection_name: Text;
        /// The name of the input with the row.
        ENTITY as entity_title: Text = "entity";
        /// The name of the output with the row as it was stored.
        CREATED_ENTITY as created_entity_title: Text = "created_entity";
    }

    /// Removes rows from a collection.
    type PluginDatastoreDeleteNode: ExtendedNode, since V25_4_1, plugin DatastoreNodesPlugin, runs as PluginNode {
        /// The datastore of the collection.
        datastore: Slot<Datastore>;
        /// The collection; a Jinja template.
        collection_name: Text;
        /// Maps columns to the values that the rows must have; texts are Jinja templates.
        where as conditions: Map<Any>;
    }

    /// Reads rows of a collection.
    type PluginDatastoreListNode: ExtendedNode, since V25_4_1, plugin DatastoreNodesPlugin, runs as PluginNode {
        /// The datastore of the collection.
        datastore: Slot<Datastore>;
        /// The collection; a Jinja template.
        collection_name: Text;
        /// Maps columns to the values that the rows must have; texts are Jinja templates. Null means all rows.
        where as conditions: Maybe<Map<Any>>;
        /// The maximum number of rows; null means no limit.
        limit: Maybe<Integer>;
        /// Whether a single row is returned by itself and not as a list of one.
        unpack_single_entity_from_list: Maybe<Flag>;
        /// The name of the output with the rows.
        ENTITIES as entities_title: Text = "entities";
    }

    /// Changes rows of a collection.
    type PluginDatastoreUpdateNode: ExtendedNode, since V25_4_1, plugin DatastoreNodesPlugin, runs as PluginNode {
        /// The datastore of the collection.
        datastore: Slot<Datastore>;
        /// The collection; a Jinja template.
        collection_name: Text;
        /// Maps columns to the values that the rows must have; texts are Jinja templates.
        where as conditions: Map<Any>;
        /// The name of the output with the changed rows.
        ENTITIES as entities_title: Text = "entities";
        /// The name of the input with the new values.
        UPDATE as update_title: Text = "update";
    }

    /// Queries a database with SQL.
    type PluginDatastoreQueryNode: ExtendedNode, since V25_4_1, plugin DatastoreNodesPlugin, runs as PluginNode {
        /// The database.
        datastore: Slot<RelationalDatastore>;
        /// The query, with `:name` where the input `bind_variables` fills in a value.
        query: Text;
        /// The name of the output with the rows.
        RESULT as result_title: Text = "result";
    }
}
