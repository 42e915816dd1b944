//! SQLite repositories and the content-addressed blob store.
