//! The tidy test: the rules of the repository that neither the compiler nor clippy knows.
//!
//! Each rule is one test with a message that says what to do. Limits are named where they are checked.

mod dependencies;
mod documents;
mod files;
mod layers;
mod licences;
mod modules;
mod support;
