//! The book that `mdbook` makes of docs/.

use std::collections::BTreeSet;

use super::page::pages;

#[test]
fn every_page_is_in_the_book_once() {
    let pages = pages();
    let summary = pages
        .iter()
        .find(|page| page.name == "docs/SUMMARY.md")
        .unwrap();
    let listed: Vec<_> = summary
        .links
        .iter()
        .map(|link| format!("docs/{}", link.text))
        .collect();
    let once: BTreeSet<_> = listed.iter().map(String::as_str).collect();
    assert_eq!(
        once.len(),
        listed.len(),
        "docs/SUMMARY.md lists a page twice"
    );
    let there: BTreeSet<_> = pages
        .iter()
        .map(|page| page.name.as_str())
        .filter(|name| name.starts_with("docs/") && *name != "docs/SUMMARY.md")
        .collect();
    assert_eq!(
        once, there,
        "docs/SUMMARY.md lists other pages than docs/ has"
    );
}
