//! Search in datastores by meaning (vector search).

use super::agents::PluginToolBox;
use super::embeddings::PluginEmbeddingConfig;
use crate::spec::language::datastores::{
    Datastore, InMemoryCollectionDatastore, OracleDatabaseDatastore,
};
use crate::spec::language::declare::components;
use crate::spec::language::kind::{Any, AnyOf, Integer, List, Map, Maybe, Slot, Slots, Text};

components! {
    /// Keeps rows in memory and searches them by meaning.
    type PluginInMemoryDatastore: InMemoryCollectionDatastore, since V26_1_2, plugin SearchDatastorePlugin {
        /// The ways to search it.
        search_configs: Slots<PluginSearchConfig> = [];
        /// The configurations of its vectors.
        vector_configs: Slots<PluginVectorConfig> = [];
    }

    /// Keeps rows in an Oracle database and searches them by meaning.
    type PluginOracleDatabaseDatastore: OracleDatabaseDatastore, since V26_1_2, plugin SearchDatastorePlugin {
        /// The ways to search it.
        search_configs: Slots<PluginSearchConfig> = [];
        /// The configurations of its vectors.
        vector_configs: Slots<PluginVectorConfig> = [];
    }

    /// A way to search a datastore.
    type PluginSearchConfig: Component, since V25_4_1, plugin SearchPlugin {
        /// The retriever that finds the rows.
        retriever: Slot<PluginVectorRetrieverConfig>;
    }

    /// The vectors of a collection.
    type PluginVectorConfig: Component, since V25_4_1, plugin SearchPlugin {
        /// The model that computes them; null leaves the choice to the search.
        model: Maybe<Slot<PluginEmbeddingConfig>>;
        /// The collection; null means any.
        collection_name: Maybe<Text>;
        /// The column that they are in; null finds it by its type.
        vector_property: Maybe<Text>;
    }

    /// Finds rows whose vectors are near the vector of the question.
    type PluginVectorRetrieverConfig: Component, since V25_4_1, plugin SearchPlugin {
        /// The vectors to search, as a configuration or its name; null finds them by the collection.
        vectors: Maybe<AnyOf<(Slot<PluginVectorConfig>, Text)>>;
        /// The model that computes the vector of the question; null uses the model of the vectors.
        model: Maybe<Slot<PluginEmbeddingConfig>>;
        /// The collection; null means any.
        collection_name: Maybe<Text>;
        /// The measure of distance, for example `cosine_distance`.
        distance_metric: Text;
        /// Further settings of the index.
        index_params: Map<Any> = {};
    }

    /// Tools that search the collections of a datastore.
    type PluginSearchToolBox: PluginToolBox, since V25_4_1, plugin SearchPlugin {
        /// The collections; null means all.
        collection_names: Maybe<List<Text>>;
        /// The number of rows that a search returns.
        k: Integer;
        /// The datastore that is searched.
        datastore: Slot<Datastore>;
        /// The names of the search configurations to offer; null means all.
        search_configs: Maybe<List<Text>>;
    }
}
