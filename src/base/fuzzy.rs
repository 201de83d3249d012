//! Fuzzy search: which names match a few typed letters, and how well.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Returns the items whose names contain these letters in order, the best first: names that begin
/// with them, then names of which a part does (`id` in `model_id`). Equally good items keep their
/// order. Case is ignored.
pub(crate) fn with_letters<'n, T>(
    letters: &str,
    items: impl IntoIterator<Item = (&'n str, T)>,
) -> Vec<T> {
    // A sign among them is one that was typed, such as that of `$component_ref`.
    let pattern = Pattern::new(
        letters,
        CaseMatching::Ignore,
        Normalization::Smart,
        AtomKind::Fuzzy,
    );
    let mut config = Config::DEFAULT;
    config.prefer_prefix = true;
    best_first(&pattern, config, items)
}

/// Returns the items whose names match a search text, the best first. Each word is searched for
/// separately, and marks have the meaning of other finders: `^begins`, `ends$`, `'exactly`,
/// `!without`.
pub(crate) fn found<'n, T>(typed: &str, items: impl IntoIterator<Item = (&'n str, T)>) -> Vec<T> {
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    best_first(&pattern, Config::DEFAULT, items)
}

fn best_first<'n, T>(
    pattern: &Pattern,
    config: Config,
    items: impl IntoIterator<Item = (&'n str, T)>,
) -> Vec<T> {
    let mut matcher = Matcher::new(config);
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, T)> = items
        .into_iter()
        .filter_map(|(name, item)| {
            let name = Utf32Str::new(name, &mut letters);
            Some((pattern.score(name, &mut matcher)?, item))
        })
        .collect();
    scored.sort_by_key(|(score, _)| Reverse(*score));
    scored.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn like<'n>(letters: &str, names: &[&'n str]) -> Vec<&'n str> {
        with_letters(letters, names.iter().map(|name| (*name, *name)))
    }

    #[test]
    fn names_that_begin_so_come_before_names_that_have_the_letters() {
        let names = [
            "model_id",
            "id",
            "$component_ref",
            "OllamaConfig",
            "Ünïcode",
        ];
        assert_eq!(like("", &names), names);
        assert_eq!(like("Mod", &names), ["model_id"]);
        assert_eq!(like("id", &names), ["id", "model_id", "Ünïcode"]);
        assert_eq!(like("$comp", &names), ["$component_ref"]);
        assert_eq!(like("comp", &names), ["$component_ref"]);
        assert_eq!(like("mi", &names), ["model_id", "OllamaConfig"]);
        assert_eq!(like("im", &names), [""; 0]);
        assert_eq!(like("oc", &names), ["OllamaConfig"]);
        assert_eq!(like("ün", &names), ["Ünïcode"]);
        let begin_so = ["name", "nameless", "named"];
        assert_eq!(like("na", &begin_so), begin_so);
    }

    #[test]
    fn what_is_typed_to_find_a_name_may_have_signs() {
        let names = ["flows/weather.yaml", "weather.json", "notes.yaml"];
        let found = |typed| found(typed, names.iter().map(|name| (*name, *name)));
        assert_eq!(found("weather"), ["weather.json", "flows/weather.yaml"]);
        assert_eq!(found("yaml wea"), ["flows/weather.yaml"]);
        assert_eq!(found("^weather"), ["weather.json"]);
        assert_eq!(found("!weather"), ["notes.yaml"]);
    }
}
