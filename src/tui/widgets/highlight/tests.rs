use pretty_assertions::assert_eq;

use super::*;

/// Writes each part of a text as `<letter of its role>(text)`.
fn marked(text: &str, format: Format) -> String {
    let mut state = LineState::Plain;
    let lines: Vec<String> = text
        .lines()
        .map(|text| {
            let (tokens, next) = line(text, format, state);
            state = next;
            let mut marked = String::new();
            let mut at = 0;
            for (range, role) in tokens {
                assert!(range.start >= at, "parts overlap in {text:?}");
                marked.push_str(text.get(at..range.start).unwrap());
                let letter = match role {
                    Role::Key => 'k',
                    Role::String => 's',
                    Role::Number => 'n',
                    Role::Keyword => 'w',
                    Role::Comment => 'c',
                    Role::Accent => 'p',
                    Role::Muted => '.',
                    other => panic!("{other:?} is no role of text"),
                };
                if letter == '.' {
                    marked.push_str(text.get(range.clone()).unwrap());
                } else {
                    marked.extend([
                        &letter.to_string(),
                        "(",
                        text.get(range.clone()).unwrap(),
                        ")",
                    ]);
                }
                at = range.end;
            }
            marked.push_str(text.get(at..).unwrap());
            marked
        })
        .collect();
    lines.join("\n")
}

#[track_caller]
fn yaml(text: &str, expected: &str) {
    assert_eq!(marked(text, Format::Yaml), expected);
}

#[test]
fn keys_values_and_comments() {
    yaml("a: b # c", "k(a): s(b) c(# c)");
    yaml("url: http://x:80/#y", "k(url): s(http://x:80/#y)");
    yaml("- - a: 1", "- - k(a): n(1)");
    yaml("on: true", "k(on): w(true)");
    yaml("\"a b\": 'it''s'", "k(\"a b\"): s('it''s')");
    yaml(
        "x: {a: 1, b: [yes, -2.5]}",
        "k(x): {k(a): n(1), k(b): [w(yes), n(-2.5)]}",
    );
    yaml("x: &id !tag *ref", "k(x): w(&id) w(!tag) w(*ref)");
    yaml("---", "w(---)");
    yaml("日本: 語", "k(日本): s(語)");
    yaml("plain text", "s(plain text)");
}

#[test]
fn blocks_end_where_the_indent_ends() {
    yaml(
        "a: |\n  x: 1\n\n  y # no\nb: 2",
        "k(a): w(|)\ns(  x: 1)\n\ns(  y # no)\nk(b): n(2)",
    );
    yaml(
        "- p: >- # c\n    text\n  q: 1",
        "- k(p): w(>-) c(# c)\ns(    text)\n  k(q): n(1)",
    );
    yaml("- |\n  text\n- 2", "- w(|)\ns(  text)\n- n(2)");
}

#[test]
fn quotes_go_over_lines() {
    yaml(
        "a: \"one\n  two\" # c\nb: 1",
        "k(a): s(\"one)\ns(  two\") c(# c)\nk(b): n(1)",
    );
    yaml(
        "a: 'one\n  two'\nb: 1",
        "k(a): s('one)\ns(  two')\nk(b): n(1)",
    );
    yaml("a: \"x\\\"\n y\"", "k(a): s(\"x\\\")\ns( y\")");
}

#[test]
fn placeholders_stand_out_in_strings() {
    yaml("a: Hi {{name}}!", "k(a): s(Hi )p({{name}})s(!)");
    yaml(
        "a: |\n  {{x}}{{ y }}",
        "k(a): w(|)\ns(  )p({{x}})p({{ y }})",
    );
    yaml("a: {{", "k(a): {{");
}

#[test]
fn json_lines() {
    let check = |text, expected: &str| assert_eq!(marked(text, Format::Json), expected);
    check(
        r#"{"a": "b:\"c", "n": -1.5e3,"#,
        r#"{k("a"): s("b:\"c"), k("n"): n(-1.5e3),"#,
    );
    check("  \"open", "  s(\"open)");
    check("[true, null]", "[w(true), w(null)]");
    check(r#""p": "{{x}}""#, r#"k("p"): s(")p({{x}})s(")"#);
}

#[test]
fn states_are_those_that_the_lines_end_in() {
    let lines: Vec<String> = "a: |\n  b\nc: \"d\n e\"\nf: 1"
        .lines()
        .map(str::to_owned)
        .collect();
    let expected = [
        LineState::Plain,
        LineState::Block { indent: 0 },
        LineState::Block { indent: 0 },
        LineState::Quoted('"'),
        LineState::Plain,
    ];
    assert_eq!(states(&lines, Format::Yaml), expected);
}

proptest::proptest! {
    #[test]
    fn any_line_is_covered_in_order(text in "[-a:#|>\"'{}, \\\\é日]{0,24}") {
        for state in [LineState::Plain, LineState::Block { indent: 1 }, LineState::Quoted('"'), LineState::Quoted('\'')] {
            for format in [Format::Yaml, Format::Json] {
                let (tokens, next) = line(&text, format, state);
                let mut at = 0;
                for (range, _) in tokens {
                    proptest::prop_assert!(range.start >= at && range.end <= text.len());
                    proptest::prop_assert!(text.get(range.clone()).is_some());
                    at = range.end;
                }
                if format == Format::Yaml {
                    proptest::prop_assert_eq!(next, yaml::next_state(&text, state));
                }
            }
        }
    }
}
