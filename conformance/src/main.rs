//! Plans, executes, judges and reports.

fn main() {}
