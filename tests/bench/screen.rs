//! The screen under load; see the next commit.
fn main() {}
