use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::*;
use crate::tui::keymap::{Key, Keymap};

#[test]
fn no_two_actions_have_one_key_in_one_context() {
    let mut taken: HashMap<(KeyContext, Key), Action> = HashMap::new();
    for info in Action::TABLE {
        for (context, keys) in info.keys {
            for key in *keys {
                let parsed: Key = key.parse().unwrap_or_else(|error| panic!("{error}"));
                if let Some(other) = taken.insert((*context, parsed), info.action) {
                    panic!(
                        "{other:?} and {:?} are both on {key} in {context:?}",
                        info.action
                    );
                }
            }
        }
    }
}

#[test]
fn every_action_has_a_name_of_its_own_and_a_key() {
    let mut ids = HashSet::new();
    for info in Action::TABLE {
        assert!(ids.insert(info.id), "two actions are called {}", info.id);
        assert_eq!(info.action.info().id, info.id);
        assert!(
            info.keys.iter().any(|(_, keys)| !keys.is_empty()),
            "{}",
            info.id
        );
    }
}

#[test]
fn no_letter_is_an_action_where_letters_are_text() {
    for info in Action::TABLE {
        for (context, keys) in info.keys {
            for key in *keys {
                let is_letter = key.chars().count() == 1 || *key == "space";
                assert!(
                    !(context.takes_text() && is_letter),
                    "{} in {context:?}",
                    info.id
                );
            }
        }
    }
}

#[test]
fn every_context_is_told_of() {
    for info in Action::TABLE {
        for (context, _) in info.keys {
            assert!(KeyContext::ALL.contains(context), "{context:?}");
        }
    }
}

/// The reference page of all keys.
fn page() -> String {
    let (keymap, problems) = Keymap::new([]);
    assert_eq!(problems, Vec::<String>::new());
    let mut page = "\
# Keys

The keys of each screen; `?` lists those of the screen that you are on. To change one, use the name in the last column in `[keys]` of
[`config.toml`](settings.md), as in `save = \"F2\"`. What the screens show is on [the page of the workbench](workbench.md).

This page is generated from the table of actions in `src/tui/action/table.rs`: `FLOWDECK_WRITE_KEYS=1 cargo test --lib the_keys_page` writes it, and a
test fails if it is stale.
"
    .to_owned();
    for &context in KeyContext::ALL {
        let rows: Vec<_> = Action::TABLE
            .iter()
            .filter(|info| !keymap.keys(context, info.action).is_empty())
            .collect();
        if rows.is_empty() {
            continue;
        }
        write!(
            page,
            "\n## {}\n\n| key | what it does | name |\n|---|---|---|\n",
            context.title()
        )
        .unwrap();
        for info in rows {
            let keys: Vec<String> = keymap
                .keys(context, info.action)
                .iter()
                .map(|key| format!("`{key}`"))
                .collect();
            writeln!(
                page,
                "| {} | {} | `{}` |",
                keys.join(", "),
                info.title,
                info.id
            )
            .unwrap();
        }
    }
    page
}

#[test]
fn the_keys_page_is_what_the_table_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    if std::env::var_os("FLOWDECK_WRITE_KEYS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page(), "docs/keys.md is stale");
}
