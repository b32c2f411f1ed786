//! `centralino schema`: the JSON Schema of plans.

use super::{NO, fail};
use centralino::dialplan;
use std::io::Write;
use std::process::ExitCode;

pub(crate) fn schema() -> ExitCode {
    let text = format!("{:#}\n", dialplan::schema());
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NO, error),
    }
}
