//! A digest of a spec's content that does not depend on generated ids.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::base::hash::HashMap;
use crate::base::ids::is_uuid;

/// The length of a UUID in bytes.
const UUID_BYTES: usize = 36;

/// Returns a digest of a spec's canonical text in which ids that look generated count only by their
/// order, so that two launches of a file without ids have the same digest.
pub(super) fn spec_mark(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut ordinals: HashMap<&str, usize> = HashMap::default();
    // Ids, and references that begin with one, are texts of their own.
    for piece in text.split('"') {
        let id = piece.get(..UUID_BYTES).filter(|id| is_uuid(id));
        if let Some(id) = id {
            let next = ordinals.len();
            ordinals.entry(id).or_insert(next).hash(&mut hasher);
        }
        piece
            .get(id.map_or(0, str::len)..)
            .unwrap_or_default()
            .hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::IdSource;

    #[test]
    fn made_up_ids_count_by_their_order_alone() {
        let text = |ids: [&str; 3]| {
            let [a, b, c] = ids;
            format!(r#"{{"id": "{a}", "of": {{"$component_ref": "{b}"}}, "key": "{c}.api_key"}}"#)
        };
        let (one, other) = (IdSource::Random.uuid(), IdSource::Random.uuid());
        let (third, fourth) = (IdSource::Random.uuid(), IdSource::Random.uuid());
        let mark = |ids| spec_mark(&text(ids));
        assert_eq!(mark([&one, &other, &one]), mark([&third, &fourth, &third]));
        assert_ne!(mark([&one, &other, &one]), mark([&one, &other, &other]));
        assert_ne!(mark(["a", &other, "a"]), mark(["b", &other, "b"]));
    }
}
