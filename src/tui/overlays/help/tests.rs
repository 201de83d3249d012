//! Help in the whole workbench.

use crate::tui::action::{Action, Home, KeyContext};
use crate::tui::keymap::Keymap;
use crate::tui::screens::Screen;
use crate::tui::testing::Harness;

/// The pages of help for what was gone to by some keys, from the first to the last.
fn pages(size: (u16, u16), keys: &str) -> Vec<String> {
    let mut bench = Harness::samples(size);
    bench.press(keys).press("?");
    let mut pages = vec![bench.picture()];
    while pages.last().is_some_and(|page| page.contains('↓')) {
        bench.press("pagedown");
        pages.push(bench.picture());
    }
    pages
}

#[test]
fn help_shows_where_it_goes_on_at_80x24_and_120x36() {
    insta::assert_snapshot!("runs_80", pages((80, 24), "2")[0]);
    insta::assert_snapshot!("runs_120", pages((120, 36), "2")[0]);
    insta::assert_snapshot!("inspect_120", pages((120, 36), "3")[0]);
}

#[test]
fn every_line_of_help_is_reached_and_whole_at_80x24() {
    let text = pages((80, 24), "2").concat();
    for words in [
        "Filter the runs: state:failed tool:name text",
        "Suspend to the shell",
        "not waiting for you",
        "To the pane on the right",
    ] {
        let whole = words.split(' ').all(|word| text.contains(word));
        assert!(whole, "{words}: {text}");
    }
    assert!(!text.contains('…'), "{text}");
}

#[test]
fn no_heading_stands_alone_at_the_foot_of_a_column() {
    let headings: Vec<&str> = crate::tui::action::KeyContext::ALL
        .iter()
        .map(|context| context.title())
        .collect();
    for height in 20..44 {
        for page in pages((120, height), "2") {
            let lines: Vec<&str> = page.lines().collect();
            let foot: Vec<char> = lines[lines.len() - 3].chars().collect();
            for cell in foot.chunks(foot.len().div_ceil(2)) {
                let cell: String = cell.iter().collect();
                let cell = cell.trim_matches(['│', ' ']);
                assert!(!headings.contains(&cell), "{page}");
            }
        }
    }
}

#[test]
fn over_a_dialog_its_own_keys_are_told() {
    let mut bench = Harness::samples((80, 24));
    bench.press("enter F1");
    let picture = bench.picture();
    assert!(picture.contains("Begin a new line"), "{picture}");
    assert!(!picture.contains("Save the file"), "{picture}");
}

#[test]
fn a_word_or_a_key_is_found_on_every_screen() {
    let mut bench = Harness::samples((80, 24));
    bench.press("2 ? /").type_text("rename everywhere");
    let picture = bench.picture();
    assert!(picture.contains("Specs: editor"), "{picture}");
    assert!(picture.contains("F2"), "{picture}");
    assert!(!picture.contains("Switch to the next theme"), "{picture}");
    // Letters are keys again, and a second `esc` closes.
    bench.press("enter");
    assert!(bench.picture().contains("q close"), "{}", bench.picture());
    bench.press("esc");
    assert!(bench.picture().contains("Runs"), "{}", bench.picture());
    bench.press("/").type_text("ctrl-z");
    assert!(bench.picture().contains("Suspend to the shell"));
    bench.type_text("zz");
    assert!(bench.picture().contains("no key and no action matches"));
    bench.press("esc esc");
    assert!(!bench.picture().contains("┌ keys"), "{}", bench.picture());
}

#[test]
fn help_and_the_page_of_keys_tell_the_same() {
    let page = include_str!("../../../../docs/keys.md");
    let (keymap, _) = Keymap::new([]);
    for &group in KeyContext::ALL {
        let glyphs = &crate::tui::glyphs::UNICODE;
        let mut told = super::key_rows(group, &[group], &keymap, glyphs);
        let n_words =
            super::legend::words_of(group).len() + super::legend::signs_of(group, glyphs).len();
        told.truncate(told.len() - n_words);
        let heading = format!("## {}\n", group.title());
        let section = page.split_once(&heading).map_or("", |(_, rest)| rest);
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows: Vec<(String, &str)> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .map(|row| {
                let (keys, rest) = row.split_once("` | ").unwrap();
                (keys.replace('`', ""), rest.split(" | `").next().unwrap())
            })
            .collect();
        assert_eq!(told, rows, "{group:?}");
    }
}

#[test]
fn no_key_is_told_of_twice() {
    for screen in ["1", "2", "3"] {
        let mut seen = std::collections::HashSet::new();
        let bench = Harness::samples((80, 24));
        let mut bench = bench;
        bench.press(screen);
        let contexts = [
            bench.state.screen_contexts(),
            vec![crate::tui::action::KeyContext::Always],
        ]
        .concat();
        let look = bench.state.look(bench.now, &contexts[..contexts.len() - 1]);
        let signs = contexts.iter();
        let signs = signs.flat_map(|group| super::legend::signs_of(*group, look.glyphs));
        let signs: Vec<super::KeyRow> = signs.collect();
        for row in super::rows(&contexts, "", &look.context, 200) {
            let text = row.row.text();
            let Some(keys) = text.strip_prefix("  ") else {
                continue;
            };
            let keys = keys.split("  ").next().unwrap_or_default();
            if signs
                .iter()
                .any(|(sign, meaning)| keys == sign && text.ends_with(meaning))
            {
                continue;
            }
            for key in keys.split(", ") {
                assert!(seen.insert(key.to_owned()), "{key} twice on {screen}");
            }
        }
    }
}

#[test]
fn help_tells_every_key_of_the_table_where_it_means_something() {
    let bench = Harness::samples((80, 24));
    let look = bench.state.look(bench.now, &[]);
    let keymap = look.context.keymap;
    for &context in KeyContext::ALL {
        let entries = super::rows(&[context], "", &look.context, 400);
        let lines: Vec<String> = entries.iter().map(|entry| entry.row.text()).collect();
        for info in Action::TABLE {
            for key in keymap.keys(context, info.action) {
                let is_told = lines
                    .iter()
                    .any(|line| line.ends_with(info.title) && line.contains(&key.to_string()));
                assert!(is_told, "{key} in {context:?}: {lines:?}");
            }
        }
    }
}

#[test]
fn the_palette_offers_every_action_of_each_screen_and_the_footer_only_what_help_tells() {
    let mut bench = Harness::samples((200, 60));
    for info in Screen::TABLE {
        let number = (info.tab.trim().split(' ').next()).unwrap().to_owned();
        bench.press(&format!("alt-{number}"));
        assert_eq!(bench.state.screen, info.screen, "{}", info.tab);
        let offers = bench.state.offers(bench.now);
        for action in Action::TABLE.iter().filter(|action| action.is_in_palette()) {
            let mut homes = action.keys.iter().map(|(context, _)| context.home());
            let is_here =
                homes.any(|home| home == Home::Screen(info.screen) || home == Home::Everywhere);
            // The palette does not offer itself, and what enter opens hangs on the focus.
            let is_own = matches!(action.action, Action::Palette | Action::Accept);
            let is_offered = offers
                .iter()
                .any(|(offer, _)| offer.action == action.action);
            assert!(
                is_offered || is_own || !is_here,
                "{} on {}",
                action.id,
                info.tab
            );
        }
        let picture = bench.picture();
        let footer = picture.lines().last().unwrap().to_owned();
        let contexts = bench.state.contexts();
        let look = bench.state.look(bench.now, &contexts);
        let entries = super::rows(&contexts, "", &look.context, 400);
        let help: String = entries
            .iter()
            .map(|entry| entry.row.text() + "\n")
            .collect();
        for action in Action::TABLE {
            for context in &contexts {
                for key in look.context.keymap.keys(*context, action.action) {
                    let hint = format!("{key} {}", action.label_in(*context));
                    if footer.contains(&hint) {
                        assert!(help.contains(action.title), "{hint}: {help}");
                    }
                }
            }
        }
    }
}
