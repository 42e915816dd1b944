//! Conversations: turns, references, replies, the version tree.
