//! The rules for people: a page for each code, as text or as Markdown.

use std::fmt::Write as _;

use super::rules::{CHAPTERS, Rule};
use crate::spec::language::page::PageFormat;

/// The text before all pages.
const INTRODUCTION: &str = "\
# Problems of specs

`flowdeck validate`, the editor and every launch name a problem by its code. Here is what each code says, why it matters and what to do. In a terminal
`flowdeck docs problem AS203` shows the same. An **error** keeps a spec from being run and exported; a **warning** does not, unless `validate --strict`
makes it an error. In the editor `f` on a problem applies its fix where there is one ([the editor](editor.md#fixes)).

Made by `flowdeck docs problem --all --format markdown` from the table in `src/spec/diagnostic/rules/`; a test holds the two together.

See also: [troubleshooting](troubleshooting.md), [components and their fields](components.md), [differences from the reference SDK](differences.md).
";

impl Rule {
    /// The page of the rule. Ends with a line break.
    ///
    /// ```text
    /// AS012  `agentspec_version` below the root (warning)
    ///
    ///   Why  The version applies to the whole document, and is read only at its top.
    ///   Fix  Delete this line, and set the version at the top.
    /// ```
    pub fn page(&self, format: PageFormat) -> String {
        let Self {
            code,
            title,
            why,
            fix,
            ..
        } = self;
        let severity = self.severities.words();
        match format {
            PageFormat::Text => {
                format!("{code}  {title} ({severity})\n\n  Why  {why}\n  Fix  {fix}\n")
            }
            PageFormat::Markdown => {
                format!("### {code}\n\n**{title}** ({severity}). {why}\n\n**Fix:** {fix}\n")
            }
        }
    }
}

/// Every page, by chapter.
pub fn pages(format: PageFormat) -> String {
    let mut text = match format {
        PageFormat::Text => String::new(),
        PageFormat::Markdown => INTRODUCTION.to_owned(),
    };
    for chapter in CHAPTERS {
        if format == PageFormat::Markdown {
            let _ = write!(text, "\n## {}\n", chapter.heading);
        }
        for rule in chapter.rules {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&rule.page(format));
        }
    }
    text
}

/// A line for each rule, by chapter.
pub fn index(format: PageFormat) -> String {
    let mut text = String::new();
    for chapter in CHAPTERS {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = match format {
            PageFormat::Text => writeln!(text, "{}", chapter.heading),
            PageFormat::Markdown => write!(text, "## {}\n\n", chapter.heading),
        };
        for rule in chapter.rules {
            let _ = match format {
                PageFormat::Text => writeln!(text, "  {}  {}", rule.code, rule.title),
                PageFormat::Markdown => writeln!(text, "- `{}`: {}", rule.code, rule.title),
            };
        }
    }
    text
}
