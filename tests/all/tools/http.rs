//! Tools behind HTTP, against a server of the test's own.
