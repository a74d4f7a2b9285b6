//! The chores, each on files that are right and on files that are wrong.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod codegen;
mod compat;
mod compat_command;
mod dist;
mod documented;
mod gate;
mod lint;
mod readme;
mod scaffold;
mod tidy;
mod tidy_nested;
mod tidy_tree;
