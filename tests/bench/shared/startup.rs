//! A workbench without specs, as the benches start it.

use std::error::Error;
use std::path::PathBuf;

use chrono::FixedOffset;
use flowdeck::program::{
    ColourDepth, Features, Fixed, Launches, PastRuns, Remembered, Settings, Startup, Theme, Trust,
    Workspace,
};
use flowdeck::runs::HistoryFile;
use flowdeck::spec::IdSource;

/// An empty workbench under a profile.
///
/// # Errors
/// There is no such offset from UTC.
pub(crate) fn startup(profile: &str) -> Result<Startup, Box<dyn Error>> {
    Ok(Startup {
        traces: Vec::new(),
        workspace: Workspace {
            root: PathBuf::from("."),
            file: None,
            is_samples: false,
            kept_samples: Vec::new(),
            note: None,
        },
        settings: Settings::default(),
        themes: Theme::all(&[], ColourDepth::True).0,
        profile: profile.to_owned(),
        notices: Vec::new(),
        mistakes: Vec::new(),
        fixed: Fixed {
            depth: ColourDepth::True,
            features: Features::default(),
            is_ascii: false,
            no_mouse: true,
        },
        remembered: Remembered::default(),
        screen_file: None,
        launches: Launches::default(),
        trash: "trash".into(),
        utc_offset: FixedOffset::east_opt(0).ok_or("no offset")?,
        ids: IdSource::Random,
        trust: Trust::default(),
        config_file: None,
        history: PastRuns {
            file: HistoryFile::new("history.db"),
            off: None,
            queue: None,
        },
    })
}
