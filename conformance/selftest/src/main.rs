//! The program `selftest`, which `cargo xtask` calls; what it does is told by `selftest --help` and in the library's
//! documentation.

use std::process::ExitCode;

/// The allocator of the product, so that what is measured here is what a user runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    selftest::main()
}
