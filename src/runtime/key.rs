//! Stable names for the positions in a run.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A position in a run: a path of names and numbers that does not depend on timing, so that it is
/// the same in every execution of the same spec with the same inputs:
/// `trip_plan.0/research.1/turn.0/call.2`.
///
/// A segment is a component's id (or a step of an agent) and the number of the visit, branch, item
/// or call, from 0. In ids, `%` and `/` are percent-encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EffectKey(Arc<str>);

impl EffectKey {
    /// Returns the key of a position within this one.
    #[must_use]
    pub fn child(&self, name: &str, index: usize) -> Self {
        let (separator, name) = (self.separator(), escaped(name));
        Self(format!("{}{separator}{name}.{index}", self.0).into())
    }

    /// Returns a sort key for the positions of a run, by which item 2 comes before item 10.
    pub fn order(&self) -> Vec<(String, usize)> {
        let segments = self.0.split('/');
        let parts = segments.filter_map(|segment| segment.rsplit_once('.'));
        parts
            .map(|(name, index)| (name.to_owned(), index.parse().unwrap_or_default()))
            .collect()
    }

    /// Returns the key with a given path.
    pub(in crate::runtime) fn written(path: &str) -> Self {
        Self(path.into())
    }

    /// Returns whether the position is a component or step with this name, or inside one.
    pub fn is_in(&self, name: &str) -> bool {
        let name = escaped(name);
        let parts = self.0.split('/').filter_map(|part| part.rsplit_once('.'));
        parts.into_iter().any(|(its_name, _)| its_name == name)
    }

    /// Returns the path; empty for the whole run.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id of the `ordinal`-th thing of a kind at this position: the kind and sixteen
    /// hexadecimal digits. It is the same in every execution, so that the events of a run are, too.
    pub fn id(&self, kind: &str, ordinal: u64) -> String {
        // The seed of a child of that name, which need not be made.
        let path = [&self.0, self.separator(), &escaped(kind), ".0"];
        format!("{kind}_{:016x}", seed_of(path, ordinal))
    }

    /// Returns the separator between the path and a segment below it.
    fn separator(&self) -> &'static str {
        if self.0.is_empty() { "" } else { "/" }
    }

    /// Returns a well-distributed number that is derived from the run's seed and this position
    /// (FNV-1a, then the finalizer of splitmix64).
    pub fn seed(&self, run_seed: u64) -> u64 {
        seed_of([&*self.0], run_seed)
    }
}

/// Computes [`EffectKey::seed`] for a path that is given in pieces.
fn seed_of<'p>(path: impl IntoIterator<Item = &'p str>, run_seed: u64) -> u64 {
    const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const FNV_PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = FNV_OFFSET;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    };
    add(&run_seed.to_le_bytes());
    for piece in path {
        add(piece.as_bytes());
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['%', '/']) {
        name.replace('%', "%25").replace('/', "%2F").into()
    } else {
        name.into()
    }
}

impl fmt::Display for EffectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_path_that_ids_cannot_break() {
        let key = EffectKey::default().child("flow", 0).child("a/b%", 2);
        assert_eq!(key.as_str(), "flow.0/a%2Fb%25.2");
        assert!(key.is_in("a/b%") && key.is_in("flow") && !key.is_in("a"));
        assert_eq!(EffectKey::written(key.as_str()), key);
    }

    #[test]
    fn places_come_in_the_order_of_their_numbers() {
        let root = EffectKey::default().child("map", 0);
        let mut items = [10, 2, 1].map(|index| root.child("item", index));
        items.sort_by_key(EffectKey::order);
        assert_eq!(items, [1, 2, 10].map(|index| root.child("item", index)));
    }

    #[test]
    fn ids_differ_by_place_kind_and_ordinal_and_repeat() {
        let place = EffectKey::default().child("a", 0);
        assert_eq!(place.id("call", 0), place.clone().id("call", 0));
        let ids = [
            place.id("call", 0),
            place.id("call", 1),
            place.id("ask", 0),
            place.child("b", 0).id("call", 0),
        ];
        let different: std::collections::HashSet<&str> = ids
            .iter()
            .map(|id| id.rsplit('_').next().unwrap())
            .collect();
        assert_eq!(different.len(), ids.len());
        assert_eq!(ids[0].len(), "call_".len() + 16);
        let of_child = EffectKey::default().child("a", 0).child("call", 0).seed(1);
        assert_eq!(ids[1], format!("call_{of_child:016x}"));
    }

    #[test]
    fn seeds_differ_by_place_and_by_run_and_repeat() {
        let (first, second) = (
            EffectKey::default().child("a", 0),
            EffectKey::default().child("a", 1),
        );
        assert_eq!(first.seed(7), first.clone().seed(7));
        assert_ne!(first.seed(7), second.seed(7));
        assert_ne!(first.seed(7), first.seed(8));
    }
}
