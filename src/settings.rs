//! A person's settings: `config.toml`.
//!
//! ```toml
//! theme = "dusk"
//!
//! [keys]
//! save = "F2"
//! launch = ["enter", "F6"]
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::files::{ReadError, read_text, write_atomic};

const DEFAULT_KEPT_DETAIL_MIB: u32 = 256;

/// The settings of a user; every setting has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The name of the initial theme.
    pub theme: Option<String>,
    /// Whether the terminal keeps the mouse.
    pub no_mouse: bool,
    /// Whether only ASCII characters are drawn.
    pub ascii: bool,
    /// Whether to leave out the terminal's notification when a run needs the user and another
    /// window is active.
    pub no_calls: bool,
    /// The approximate memory limit, in MiB, for the details of finished runs.
    pub kept_detail_mib: Option<u32>,
    /// The settings of the history.
    pub history: HistoryChoice,
    /// The settings of the NATS server whose workers execute runs.
    pub nats: NatsChoice,
    /// Keys that replace an action's default keys, by the action's id.
    pub keys: IndexMap<String, ChosenKeys>,
    /// The line of `theme` in the file, from 1.
    pub theme_line: Option<usize>,
}

/// The keys that a user assigns to an action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChosenKeys {
    /// The keys as written.
    pub keys: Vec<String>,
    /// The line of `config.toml`, from 1.
    pub line: usize,
}

/// A user's files: `config.toml` and the themes beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PersonFiles {
    /// The settings; `None` if the file has an error, which is in `problems`.
    pub settings: Option<Settings>,
    /// The themes in `themes/`, each with its name and text.
    pub themes: Vec<(String, String)>,
    /// The problems of files that can't be read.
    pub problems: Vec<String>,
}

impl PersonFiles {
    /// Reads `config.toml` and the folder `themes` beside it. Missing files have their defaults.
    /// Blocks.
    pub(crate) fn read(config: &Path) -> Self {
        let mut problems = Vec::new();
        let settings = match Settings::of_person(config) {
            Ok(settings) => Some(settings),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let folder = config.parent().map(|folder| folder.join("themes"));
        let themes = folder.map(|folder| own_themes(&folder, &mut problems));
        Self {
            settings,
            themes: themes.unwrap_or_default(),
            problems,
        }
    }
}

/// Returns the themes of a folder, each with its name and text.
fn own_themes(folder: &Path, problems: &mut Vec<String>) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut themes = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_theme = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        let Some(name) = path.file_stem().filter(|_| is_theme) else {
            continue;
        };
        match read_text(&path) {
            Ok(text) => themes.push((name.to_string_lossy().into_owned(), text)),
            Err(error) => problems.push(error.to_string()),
        }
    }
    themes.sort();
    themes
}

/// The settings of the history, section `[history]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryChoice {
    /// Whether there is a history.
    pub enabled: Option<bool>,
    /// Whether the history keeps content, which is what was said, given and done. Without it,
    /// names, states, times and counts are kept.
    pub content: Option<bool>,
    /// Whether the history also survives a loss of power: `process` or `power`.
    pub durability: Option<HistoryDurability>,
    /// The number of days after which runs are deleted; 0 keeps them forever.
    pub keep_days: Option<u32>,
    /// The size in MiB above which the oldest runs are deleted; 0 for no limit.
    pub max_mib: Option<u32>,
}

/// The settings of the NATS queue from which workers take runs, section `[nats]`. Relative paths
/// start at the folder of `config.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatsChoice {
    /// The NATS servers, separated by commas; without it, runs are executed on this machine.
    pub url: Option<String>,
    /// The name of the group of workers that gets the runs.
    pub pool: Option<String>,
    /// The credentials file, as written by `nsc`.
    pub credentials: Option<PathBuf>,
    /// The file with the seed of an NKEY.
    pub nkey: Option<PathBuf>,
    /// The file with trusted certificate authorities, which replace the system's.
    pub ca_file: Option<PathBuf>,
    /// The file with the client certificate.
    pub cert_file: Option<PathBuf>,
    /// The file with the client's private key.
    pub key_file: Option<PathBuf>,
    /// The number of seconds after which the runs of a silent worker go to another one.
    pub ack_wait_seconds: Option<u32>,
}

/// The events that the history survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryDurability {
    /// The termination of the process.
    #[default]
    Process,
    /// The termination of the process and a loss of power.
    Power,
}

impl Settings {
    /// Reads a user's settings from a file; the defaults if there is no file.
    ///
    /// # Errors
    /// The file can't be read or has an error, described in words.
    pub(crate) fn of_person(file: &Path) -> Result<Self, String> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = read_text(file).map_err(|error| error.to_string())?;
        parse(&text).map_err(|error| error.to_string())
    }

    /// Returns the approximate memory limit, in bytes, for the details of finished runs.
    pub fn kept_detail_bytes(&self) -> usize {
        let mib = self.kept_detail_mib.unwrap_or(DEFAULT_KEPT_DETAIL_MIB);
        usize::try_from(mib).map_or(usize::MAX, |mib| mib.saturating_mul(1 << 20))
    }
}

/// The reason why `config.toml` could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("config.toml: {0}")]
pub(crate) struct SettingsError(String);

/// The reason why a selected theme could not be saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RememberError {
    /// The file can't be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The file has an error and is left unchanged.
    #[error(transparent)]
    Invalid(#[from] SettingsError),
    /// The file can't be written.
    #[error("config.toml can't be written: {0}")]
    Io(#[from] io::Error),
}

/// Writes the name of the theme into `config.toml`, and creates the file if necessary. Everything
/// else in the file, including comments, is kept. Blocks.
///
/// # Errors
/// [`RememberError`]; the file is then unchanged.
pub(crate) fn remember_theme(file: &Path, name: &str) -> Result<(), RememberError> {
    let text = match read_text(file) {
        Err(ReadError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            String::new()
        }
        read => read?,
    };
    let changed = with_theme(&text, name)?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    write_atomic(file, &changed)?;
    Ok(())
}

/// Returns the text of `config.toml` with another theme.
fn with_theme(text: &str, name: &str) -> Result<String, SettingsError> {
    #[derive(Deserialize)]
    struct OnlyTheme {
        theme: Option<toml::Spanned<String>>,
    }
    parse(text)?;
    let found: OnlyTheme =
        toml::from_str(text).map_err(|error| SettingsError(error.message().to_owned()))?;
    let value = toml::Value::from(name).to_string();
    let mut changed = text.to_owned();
    match found.theme {
        Some(theme) => changed.replace_range(theme.span(), &value),
        // Before all else, because keys after a table's head would belong to it.
        None => changed.insert_str(0, &format!("theme = {value}\n")),
    }
    if parse(&changed)?.theme.as_deref() == Some(name) {
        Ok(changed)
    } else {
        Err(SettingsError(
            "the theme can't be written into it".to_owned(),
        ))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    theme: Option<toml::Spanned<String>>,
    #[serde(default)]
    no_mouse: bool,
    #[serde(default)]
    ascii: bool,
    #[serde(default)]
    no_calls: bool,
    kept_detail_mib: Option<u32>,
    #[serde(default)]
    history: HistoryChoice,
    #[serde(default)]
    nats: NatsChoice,
    #[serde(default)]
    keys: IndexMap<String, toml::Spanned<OneOrMany>>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "the keys of an action are written as \"F2\" or as [\"enter\", \"F6\"]"
)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Parses settings.
///
/// # Errors
/// The text is not TOML, or has unknown keys.
pub(crate) fn parse(text: &str) -> Result<Settings, SettingsError> {
    let line_at = |byte: usize| {
        let before = text.get(..byte).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_at(span.start));
        SettingsError(match line {
            Some(line) => format!("line {line}: {}", error.message()),
            None => error.message().to_owned(),
        })
    })?;
    let keys = file.keys.into_iter().map(|(id, keys)| {
        let line = line_at(keys.span().start);
        let keys = match keys.into_inner() {
            OneOrMany::One(key) => vec![key],
            OneOrMany::Many(keys) => keys,
        };
        (id, ChosenKeys { keys, line })
    });
    Ok(Settings {
        theme_line: file.theme.as_ref().map(|theme| line_at(theme.span().start)),
        theme: file.theme.map(toml::Spanned::into_inner),
        no_mouse: file.no_mouse,
        ascii: file.ascii,
        no_calls: file.no_calls,
        kept_detail_mib: file.kept_detail_mib,
        history: file.history,
        nats: file.nats,
        keys: keys.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_theme_is_kept_and_all_else_stays_as_it_was() {
        for (before, after) in [
            ("", "theme = \"dusk\"\n"),
            (
                "# mine\ntheme = 'day' # by day\nascii = true\n",
                "# mine\ntheme = \"dusk\" # by day\nascii = true\n",
            ),
            (
                "# keys\n[keys]\nsave = \"F2\"",
                "theme = \"dusk\"\n# keys\n[keys]\nsave = \"F2\"",
            ),
        ] {
            assert_eq!(with_theme(before, "dusk").unwrap(), after);
        }
        let odd = with_theme("", "a \"b\"\n\\c").unwrap();
        assert_eq!(parse(&odd).unwrap().theme.as_deref(), Some("a \"b\"\n\\c"));

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flowdeck/config.toml");
        remember_theme(&file, "dusk").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "theme = \"dusk\"\n");
        fs::write(&file, "theem = 1\n").unwrap();
        assert!(matches!(
            remember_theme(&file, "day"),
            Err(RememberError::Invalid(_))
        ));
        assert_eq!(fs::read_to_string(&file).unwrap(), "theem = 1\n");
    }

    #[test]
    fn the_page_of_settings_has_every_key_and_an_example_that_holds() {
        let page = include_str!("../docs/settings.md");
        // The reader itself says which keys there are.
        let told = parse("nonesuch = 1").unwrap_err().to_string();
        let keys: Vec<&str> = told.split('`').skip(3).step_by(2).collect();
        assert!(keys.len() >= 4, "{told}");
        for key in keys {
            assert!(
                page.contains(&format!("| `{key}` |")),
                "no row about `{key}`"
            );
        }
        let example = page
            .split("```toml file=config.toml\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next());
        let settings = parse(example.unwrap()).unwrap();
        assert!(settings.theme.is_some() && !settings.keys.is_empty());
        for id in settings.keys.keys() {
            let known = include_str!("../docs/keys.md");
            assert!(known.contains(&format!("| `{id}` |")), "no action `{id}`");
        }
    }

    #[test]
    fn what_is_not_there_is_no_mistake_and_one_file_at_fault_leaves_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let read = PersonFiles::read(&config);
        assert_eq!(read.settings, Some(Settings::default()));
        assert_eq!((read.themes, read.problems), (Vec::new(), Vec::new()));
        fs::write(&config, "theem = 1").unwrap();
        fs::create_dir(folder.path().join("themes")).unwrap();
        fs::write(folder.path().join("themes/mine.toml"), "[colors]").unwrap();
        fs::write(folder.path().join("themes/notes.txt"), "none").unwrap();
        fs::write(folder.path().join("themes/odd.toml"), b"\xff\xfe\xfa").unwrap();
        let read = PersonFiles::read(&config);
        assert_eq!(read.settings, None);
        assert_eq!(read.themes, [("mine".to_owned(), "[colors]".to_owned())]);
        assert_eq!(read.problems.len(), 2, "{:?}", read.problems);
        assert!(read.problems[0].contains("line 1"), "{:?}", read.problems);
        assert!(read.problems[1].contains("odd.toml"), "{:?}", read.problems);
    }

    #[test]
    fn settings_are_read_and_mistakes_told_with_their_line() {
        let settings =
            parse("theme = \"dusk\"\n[keys]\nsave = \"F2\"\nquit = [\"Q\", \"F10\"]").unwrap();
        assert_eq!(settings.theme.as_deref(), Some("dusk"));
        assert_eq!(settings.theme_line, Some(1));
        let chosen = |keys: &[&str], line| ChosenKeys {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            line,
        };
        assert_eq!(settings.keys["save"], chosen(&["F2"], 3));
        assert_eq!(settings.keys["quit"], chosen(&["Q", "F10"], 4));
        assert_eq!(parse("").unwrap(), Settings::default());
        let error = parse("theme = \"a\"\ntheem = \"b\"")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("config.toml: line 2: unknown field `theem`"),
            "{error}"
        );
        let error = parse("[keys]\nsave = 7").unwrap_err().to_string();
        assert!(
            error.starts_with("config.toml: line 2: the keys of an action are written as"),
            "{error}"
        );
    }
}
