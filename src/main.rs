//! The command line: arguments to a plan, the plan to `io`, results to exit codes.

fn main() {}
