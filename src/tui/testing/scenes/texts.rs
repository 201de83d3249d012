//! The texts that others wrote in a scene: as usual, too long, and of wide letters.

/// The texts of a scene.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts {
    /// A city, which is an input.
    pub(crate) city: &'static str,
    /// The answer of an agent.
    pub(crate) answer: &'static str,
    /// The name of a file, without its ending.
    pub(crate) file: &'static str,
}

/// Texts as they are most of the time.
pub(crate) const USUAL: Texts = Texts {
    city: "Paris",
    answer: "It is 14 °C, with light rain.",
    file: "weather",
};

/// Texts that are longer than any line.
pub(crate) const LONGEST: Texts = Texts {
    city: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch by the sea, on the island of Anglesey in Wales, where it rains",
    answer: "It is fourteen degrees with light rain in the morning, seventeen with some sun and a breeze from the west after noon, and twelve with a clear sky in the night, so that a coat is of more use than an umbrella, and an umbrella of more use than a hat.",
    file: "a_weather_agent_with_a_very_long_name_that_says_all_that_it_is_good_for_and_then_some_more_of_it",
};

/// Texts of wide letters, letters with marks, and pictures of several characters.
pub(crate) const WIDE: Texts = Texts {
    city: "東京都千代田区 🌧 é\u{301}a\u{308}",
    answer: "東京の天気は晴れです。気温は二十度で、風は弱いです。👩\u{200d}👩\u{200d}👧 すばらしい。",
    file: "天気予報",
};
