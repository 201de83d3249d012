//! Maps and sets for lookups that happen thousands of times while a document is read.
//!
//! They are seeded in each process like those of the standard library, with a hash function that is
//! several times faster on short keys.

use foldhash::fast::RandomState;

/// A hash map.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A hash set.
pub(crate) type HashSet<K> = std::collections::HashSet<K, RandomState>;

/// A hash map in the order of insertion.
pub(crate) type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;

/// A hash set in the order of insertion.
pub(crate) type IndexSet<T> = indexmap::IndexSet<T, RandomState>;
