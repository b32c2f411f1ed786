//! `centralino test PLAN --sipp DIR`: the plan's tests written down for SIPp, one folder each.

use super::rehearsal::Ready;
use centralino::dialplan::{Case, Source};
use centralino::io::run::Origin;
use centralino::rehearse::{WireOptions, Written, folder_of, scenarios};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What is written where.
#[derive(Debug)]
pub(super) struct Target<'o> {
    pub(super) dir: &'o Path,
    pub(super) at: SocketAddr,
    pub(super) by_info: bool,
    pub(super) plan: &'o Path,
    /// Texts at the end of the sources that are no part of the plan.
    pub(super) extra: usize,
    /// The list as one JSON object.
    pub(super) json: bool,
}

/// Plays each test and writes it; whether all passed on virtual time. What cannot be written is told.
///
/// # Errors
/// A folder or a file cannot be written.
pub(super) fn write(target: &Target<'_>, ready: &Ready, cases: &[&Case]) -> io::Result<bool> {
    let origin = Origin::Path(target.plan.to_owned());
    let options = WireOptions {
        at: target.at,
        by_info: target.by_info,
        folder: folder(target.plan)?,
        plan: target.plan.display().to_string(),
    };
    let own = ready.sources.len().saturating_sub(target.extra);
    let sources: &[Source] = ready.sources.get(..own).unwrap_or_default();
    let mut names = BTreeSet::new();
    let mut listed = Vec::new();
    let mut passed = true;
    for case in cases {
        let outcome = ready.rehearsal.run(case);
        let written = scenarios(&ready.rehearsal, case, &outcome, sources, &origin, &options);
        let mut name = folder_of(case);
        while !names.insert(name.clone()) {
            name.push('+');
        }
        if let Ok(written) = &written {
            put(&target.dir.join(&name), written)?;
        }
        passed &= outcome.passed();
        listed.push(one(case, &name, &written));
        if !target.json {
            told(target.dir, case, &name, &written)?;
        }
    }
    fs::create_dir_all(target.dir)?;
    let list = format!("{:#}\n", json!({ "tests": listed }));
    fs::write(target.dir.join("tests.json"), &list)?;
    if target.json {
        io::stdout().write_all(list.as_bytes())?;
    }
    Ok(passed)
}

fn one(case: &Case, name: &str, written: &Result<Written, String>) -> Value {
    match written {
        Ok(written) => json!({
            "name": &*case.name,
            "folder": name,
            "lasts_ms": u64::try_from(written.lasts.as_millis()).unwrap_or(u64::MAX),
        }),
        Err(why) => json!({ "name": &*case.name, "not_on_the_wire": why }),
    }
}

fn told(dir: &Path, case: &Case, name: &str, written: &Result<Written, String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match written {
        Ok(written) => {
            let (path, seconds) = (dir.join(name), written.lasts.as_secs_f64());
            writeln!(out, "{}  {}/run.sh, {seconds:.1} s", case.name, path.display())
        }
        Err(why) => writeln!(out, "{}  not on the wire: {why}", case.name),
    }
}

fn put(dir: &Path, written: &Written) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for (name, contents) in &written.files {
        let path = dir.join(name);
        fs::write(&path, contents)?;
        if name.ends_with(".sh") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// The folder that the plan's prompts are relative to.
fn folder(plan: &Path) -> io::Result<String> {
    let whole: PathBuf = fs::canonicalize(plan)?;
    let folder = if whole.is_dir() { whole.as_path() } else { whole.parent().unwrap_or(&whole) };
    Ok(folder.to_string_lossy().into_owned())
}
