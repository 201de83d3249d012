use pretty_assertions::assert_eq;

use super::*;
use crate::spec::diagnostic::Code;
use crate::spec::syntax::LineIndex;

/// Renders an error about the text between `«` and `»`, which are taken out of the source.
fn rendered(marked: &str) -> String {
    let start = marked.find('«').unwrap();
    let source = marked.replacen('«', "", 1);
    let end = source.find('»').unwrap();
    let source = source.replacen('»', "", 1);
    let place = LineIndex::new(&source).place(start..end);
    Diagnostic::error(Code("AS006"), place, "m").render("a.yaml", &source, Colours::Off)
}

#[test]
fn the_place_is_under_its_line() {
    let source = "name: a\n  urll: u\n";
    let place = LineIndex::new(source).place(10..14);
    let diagnostic = Diagnostic::warning(Code("AS006"), place, "no field `urll`")
        .with_help("did you mean `url`?")
        .with_related(LineIndex::new(source).place(0..4), "first here");
    let expected = "\
a.yaml:2:3: warning[AS006]: no field `urll`
  2 |   urll: u
    |   ^^^^
    note: a.yaml:1:1: first here
    help: did you mean `url`?
";
    assert_eq!(diagnostic.render("a.yaml", source, Colours::Off), expected);
}

#[test]
fn carets_stand_under_wide_characters_tabs_and_hidden_ones() {
    for (marked, line, carets) in [
        ("\t«a»: b", "    a: b", "    ^"),
        ("a\tb: «x\ty»", "a    b: x    y", "        ^^^^^^"),
        ("名前: «値» # x", "名前: 値 # x", "      ^^"),
        ("👩‍👩‍👧: «👍🏽» x", "👩‍👩‍👧: 👍🏽 x", "    ^^"),
        ("a\u{1b}[2J: «b»", "a\u{fffd}[2J: b", "       ^"),
        ("first\r\n«second»\r\nthird", "second", "^^^^^^"),
        ("a: «[1,\n  2]»", "a: [1,", "   ^^^"),
        ("a:«»\nb: 1", "a:", "  ^"),
    ] {
        let text = rendered(marked);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let number = if marked.starts_with("first") {
            "2"
        } else {
            "1"
        };
        assert_eq!(
            lines,
            [format!("  {number} | {line}"), format!("    | {carets}")],
            "{marked:?}"
        );
    }
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = rendered(&format!(
        "{}«bad»{}",
        "x".repeat(5_000_000),
        "y".repeat(5_000_000)
    ));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1],
        format!("  1 | …{}bad{}…", "x".repeat(30), "y".repeat(67))
    );
    assert_eq!(lines[2], format!("    | {}^^^", " ".repeat(31)));

    let near_the_end = rendered(&format!("{}«bad»", "x".repeat(200)));
    assert_eq!(
        near_the_end.lines().nth(1),
        Some(&*format!("  1 | …{}bad", "x".repeat(97)))
    );

    let all_of_it = rendered(&format!("«{}»", "x".repeat(200)));
    assert_eq!(
        all_of_it.lines().nth(1),
        Some(&*format!("  1 | {}…", "x".repeat(70)))
    );
}

#[test]
fn without_a_line_there_is_no_excerpt() {
    assert_eq!(rendered("«»"), "a.yaml:1:1: error[AS006]: m\n");
    let place = LineIndex::new("a longer text").place(9..13);
    let text = Diagnostic::error(Code("AS001"), place, "m").render("a", "short", Colours::Off);
    assert_eq!(text, "a:1:10: error[AS001]: m\n");
}

#[test]
fn nothing_of_a_document_acts_on_the_terminal() {
    let source = "a\u{1b}]0;x\u{7}b";
    let place = LineIndex::new(source).place(0..1);
    let diagnostic = Diagnostic::error(Code("AS001"), place, "no \u{1b}[31mfield\nx");
    let text = diagnostic.render("a\u{1b}[2Jb.yaml", source, Colours::Off);
    assert_eq!(
        text.lines().next(),
        Some("ab.yaml:1:1: error[AS001]: no field x")
    );
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn colours_only_add_escape_sequences() {
    let source = "name: a\n";
    let place = LineIndex::new(source).place(0..4);
    let diagnostic = Diagnostic::error(Code("AS001"), place, "m").with_help("h");
    let coloured = diagnostic.render("a", source, Colours::On);
    assert!(coloured.contains("\u{1b}[1;31merror[AS001]\u{1b}[0m"));
    assert_eq!(
        sanitised(&coloured),
        diagnostic.render("a", source, Colours::Off)
    );
}
