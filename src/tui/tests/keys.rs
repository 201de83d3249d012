//! The key table: every key is reached by the keyboard alone, does something or says why not, and is told of alike by
//! footer, palette and help.

use std::collections::BTreeSet;

use ratatui::buffer::Cell;
use ratatui::layout::Position;

use crate::tui::action::{Action, KeyContext, Shown};
use crate::tui::app::Offer;
use crate::tui::keymap::Keymap;
use crate::tui::layer::{Route, route};
use crate::tui::screens::Screen;
use crate::tui::testing::scenes::{ALL, reaching};
use crate::tui::testing::{Harness, OnTerminal};

const SIZE: (u16, u16) = (120, 36);

fn at(context: KeyContext) -> Harness {
    reaching(context)(OnTerminal::of(SIZE))
}

#[test]
fn every_context_is_reached_by_keys_alone() {
    for &context in KeyContext::ALL {
        let bench = at(context);
        let contexts = bench.state.contexts();
        assert!(
            contexts.contains(&context),
            "{context:?}: {contexts:?}\n{}",
            bench.picture()
        );
    }
}

#[test]
fn every_key_of_the_table_gets_through_where_it_stands() {
    for &context in KeyContext::ALL {
        let bench = at(context);
        let contexts = bench.state.contexts();
        for info in Action::TABLE {
            for key in bench.state.keymap().keys(context, info.action) {
                let inner = contexts.iter().take_while(|other| **other != context);
                let is_taken = inner.clone().any(|other| {
                    bench.state.keymap().action(*other, *key).is_some()
                        || (other.takes_text() && key.is_text())
                });
                if !is_taken {
                    let routed = route(bench.state.keymap(), &contexts, *key);
                    assert_eq!(routed, Route::Action(info.action), "{key} in {context:?}");
                }
            }
        }
    }
}

/// What is seen of a workbench, and what it wants done.
fn seen(bench: &Harness) -> (Vec<Vec<Cell>>, Option<Position>, usize, usize, bool) {
    (
        bench.cells(),
        bench.cursor(),
        bench.commands.len(),
        bench.state.notices().iter().len(),
        bench.state.should_quit,
    )
}

/// Whether an action may have nothing to show for itself: what it asks for is so already.
fn may_be_silent(action: Action) -> bool {
    let is_at_an_end = action == Action::PreviousRun;
    action.info().shown == Shown::Help || Screen::shown_by(action).is_some() || is_at_an_end
}

#[test]
fn no_key_that_is_a_command_is_silent() {
    let mut silent = Vec::new();
    for &context in KeyContext::ALL {
        let keys: Vec<(Action, String)> = Action::TABLE
            .iter()
            .filter(|info| !may_be_silent(info.action))
            .flat_map(|info| {
                let keys = at_keys(context, info.action);
                keys.into_iter().map(|key| (info.action, key))
            })
            .collect();
        for (action, key) in keys {
            let mut bench = at(context);
            let before = seen(&bench);
            bench.press(&key);
            if seen(&bench) == before {
                silent.push(format!("{key} ({}) in {context:?}", action.info().id));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// The keys of an action in a context that get through there.
fn at_keys(context: KeyContext, action: Action) -> Vec<String> {
    let (keymap, _) = Keymap::new([]);
    let bound = keymap.keys(context, action);
    if bound.is_empty() {
        return Vec::new();
    }
    let contexts = at(context).state.contexts();
    let keys = bound.iter();
    keys.filter(|key| route(&keymap, &contexts, **key) == Route::Action(action))
        .map(ToString::to_string)
        .collect()
}

#[test]
fn palette_and_keys_agree() {
    for scene in ALL {
        let bench = (scene.make)(OnTerminal::of(SIZE));
        let (contexts, keymap) = (bench.state.contexts(), bench.state.keymap());
        let offers = bench.state.offers(bench.now);
        let name = format!("{} {}", scene.screen, scene.state);
        for (info, offer) in &offers {
            let Some(key) = keymap.key_in(&contexts, info.action) else {
                continue;
            };
            let routed = route(keymap, &contexts, key);
            assert_eq!(routed, Route::Action(info.action), "{name}: {key}");
            let refused = bench.state.refusal(info.action, bench.now);
            let expected = refused.map_or(Offer::Does, Offer::Refused);
            assert_eq!(*offer, expected, "{name}: {}", info.id);
        }
        // What a key does here, the palette has.
        let offered: BTreeSet<&str> = offers.iter().map(|(info, _)| info.id).collect();
        for info in Action::TABLE.iter().filter(|info| info.is_in_palette()) {
            let is_bound = keymap.key_in(&contexts, info.action).is_some();
            if is_bound && info.action != Action::Palette {
                assert!(offered.contains(info.id), "{name}: {}", info.id);
            }
        }
    }
}

#[test]
fn the_footer_names_keys_that_do_what_it_says() {
    for scene in ALL {
        for size in [(80, 24), SIZE, (200, 60)] {
            let bench = (scene.make)(OnTerminal::of(size));
            let (contexts, keymap) = (bench.state.contexts(), bench.state.keymap());
            let name = format!("{} {} at {size:?}", scene.screen, scene.state);
            let hints = bench.hints();
            assert!(!hints.is_empty(), "{name} has no hints");
            for (key, label) in hints {
                let Route::Action(action) = route(keymap, &contexts, key.parse().unwrap()) else {
                    panic!("{name}: {key} does nothing");
                };
                assert!(
                    matches!(action.info().shown, Shown::Footer(_)),
                    "{name}: {key}"
                );
                assert_eq!(
                    bench.state.refusal(action, bench.now),
                    None,
                    "{name}: {key} {label}"
                );
            }
        }
    }
}
