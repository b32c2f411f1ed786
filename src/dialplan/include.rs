//! From a plan's path to its texts: a file, or a folder of them, and the files that these include.
//!
//! A file is read once, however many others include it. What is included lies within the plan's own
//! folder: a plan is copied, kept and shown as a whole, and the lines that findings show come from
//! nowhere else on the machine.

use super::check::FINDINGS;
use super::codes::{self, Code};
use super::finding::{At, Finding};
use super::source::{FILES, PLAN_BYTES, Source, World};
use super::tree::{self, Node, shortened};
use std::collections::BTreeSet;

/// The key at the top of a file.
pub(super) const KEY: &str = "include";
/// So many files may include one another in a row.
const DEPTH: usize = 16;

/// What a plan consists of.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// A file before those that it includes.
    pub(super) sources: Vec<Source>,
    /// What is wrong with the ways between them.
    pub(super) findings: Vec<Finding>,
    /// All files and folders that were named, also those that are not there.
    pub(super) named: Vec<String>,
}

/// Reads a file, or all `*.yaml` and `*.yml` files of a folder by name, and what they include.
///
/// # Errors
/// The plan itself cannot be read.
pub(super) fn gather(path: &str, world: &dyn World) -> Result<Gathered, Box<Finding>> {
    let fail = |message: String| Box::new(lonely(codes::UNREADABLE, path, message));
    let listed = world.list(path).map_err(fail)?;
    let root = match &listed {
        Some(_) => parts(path),
        None => parts(folder(path)),
    };
    let files = match listed {
        None => vec![path.to_string()],
        Some(files) => plans(files),
    };
    if files.is_empty() {
        return Err(fail(NONE.to_string()));
    }
    if files.len() > FILES {
        return Err(fail(format!("{} files, at most {FILES} are read", files.len())));
    }
    let mut walk = Walk {
        world,
        root,
        known: BTreeSet::new(),
        open: Vec::new(),
        bytes: 0,
        full: false,
        found: Gathered { named: vec![path.to_string()], ..Gathered::default() },
    };
    for name in files {
        walk.file(&name, None).map_err(|(code, why)| Box::new(lonely(code, &name, why)))?;
    }
    let Gathered { sources, findings, named } = walk.found;
    let findings = findings.into_iter().map(|finding| finding.placed(&sources)).collect();
    Ok(Gathered { sources, findings, named })
}

const NONE: &str = "no *.yaml file in this folder";

/// A finding about a file as a whole.
fn lonely(code: &'static Code, file: &str, message: String) -> Finding {
    let at = At::start(0);
    let mut finding = Finding::new(code, at, message);
    finding.file = file.to_string();
    finding
}

struct Walk<'w> {
    world: &'w dyn World,
    /// The folder that nothing leads out of.
    root: Vec<String>,
    /// The files that were read.
    known: BTreeSet<Vec<String>>,
    /// The file that is being read, behind those that lead to it.
    open: Vec<(Vec<String>, String)>,
    bytes: usize,
    /// A bound was reached: nothing more is read.
    full: bool,
    found: Gathered,
}

impl Walk<'_> {
    /// Reads a file and what it includes; `by` is the place that names it.
    fn file(&mut self, name: &str, by: Option<&Node>) -> Result<(), (&'static Code, String)> {
        let own = parts(name);
        if self.full || self.known.contains(&own) {
            return Ok(());
        }
        if self.found.sources.len() >= FILES {
            self.full = true;
            return Err((codes::BUDGET, format!("more than {FILES} files in one plan")));
        }
        let missing = if by.is_some() { codes::NOT_INCLUDED } else { codes::UNREADABLE };
        let text = self.world.read(name).map_err(|why| (missing, why))?;
        self.bytes += text.len();
        if self.bytes > PLAN_BYTES {
            self.full = true;
            let message = format!("the files of this plan have more than {PLAN_BYTES} bytes");
            return Err((codes::BUDGET, message));
        }
        let file = u16::try_from(self.found.sources.len()).unwrap_or(u16::MAX);
        self.known.insert(own.clone());
        // Most files include nothing, and what is no YAML is told when it is compiled.
        let node = text.contains(KEY).then(|| tree::parse(file, &text, tree::NODES).ok()).flatten();
        self.found.sources.push(Source { name: name.to_string(), text });
        let Some(included) = node.as_ref().and_then(|node| node.key(KEY)) else { return Ok(()) };
        self.open.push((own, name.to_string()));
        for item in included.each() {
            self.include(name, item);
        }
        self.open.pop();
        Ok(())
    }

    /// What one file says that it includes.
    fn include(&mut self, from: &str, item: &Node) {
        let what = "a file or a folder, relative to this file";
        let given = item.scalar().map(str::trim).filter(|text| !text.is_empty());
        let Some(given) = given.filter(|text| !text.contains(char::is_control)) else {
            let message = format!("found {}", item.described());
            return self.tell(codes::WRONG_KIND, item.at, message, what);
        };
        let shown = shortened(given);
        let path = match folder(from) {
            "" => given.to_string(),
            folder => format!("{folder}/{given}"),
        };
        let path = parts(&path);
        let inside = path.strip_prefix(self.root.as_slice());
        let inside = inside.is_some_and(|rest| rest.first().is_none_or(|part| part != ".."));
        if given.starts_with('/') || !inside {
            let message = format!("`{shown}` is outside the plan's folder");
            let expected = "a path within the plan's folder";
            return self.tell(codes::OUTSIDE, item.at, message, expected);
        }
        if self.open.len() >= DEPTH {
            let message = format!("more than {DEPTH} files that include one another in a row");
            return self.tell(codes::BUDGET, item.at, message, "fewer files in between");
        }
        let path = written(&path);
        self.found.named.push(path.clone());
        let files = match self.world.list(&path) {
            Ok(None) => vec![path],
            Ok(Some(files)) => plans(files),
            Err(why) => {
                return self.tell(codes::NOT_INCLUDED, item.at, format!("`{shown}`: {why}"), what);
            }
        };
        if files.is_empty() {
            self.tell(codes::NOT_INCLUDED, item.at, format!("`{shown}`: {NONE}"), what);
        }
        for name in files {
            let own = parts(&name);
            if let Some(first) = self.open.iter().position(|(open, _)| *open == own) {
                let ring = self.open.iter().skip(first).map(|(_, name)| name.as_str());
                let ring: Vec<&str> = ring.chain([name.as_str()]).collect();
                let message = format!("files that include one another: {}", ring.join(" → "));
                let expected = "what both need in a file of its own";
                self.tell(codes::IN_A_RING, item.at, message, expected);
                // A folder may hold more of the ring.
                return;
            }
            if let Err((code, why)) = self.file(&name, Some(item)) {
                let (message, expected) = if code == codes::BUDGET {
                    (why, "a smaller plan")
                } else {
                    (format!("`{}`: {why}", shortened(&name)), what)
                };
                self.tell(code, item.at, message, expected);
            }
        }
    }

    fn tell(&mut self, code: &'static Code, at: At, message: String, expected: &str) {
        if self.found.findings.len() >= FINDINGS {
            return;
        }
        let mut finding = Finding::new(code, at, message);
        finding.expected(expected);
        self.found.findings.push(finding);
    }
}

/// Those files of a folder that a plan is made of, by name.
fn plans(files: Vec<String>) -> Vec<String> {
    let is_plan = |name: &String| name.ends_with(".yaml") || name.ends_with(".yml");
    let mut files: Vec<String> = files.into_iter().filter(is_plan).collect();
    files.sort();
    files
}

/// The folder that a file is in; nothing for the one where we are.
fn folder(file: &str) -> &str {
    match file.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => "",
    }
}

/// A path in its parts, `.` and what `..` takes back left out; an absolute one begins with an empty
/// part. Links of the file system are not followed here: whoever made them meant them.
fn parts(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    if path.starts_with('/') {
        parts.push(String::new());
    }
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last().map(String::as_str)) {
            ("..", Some("")) => {}
            ("..", Some(last)) if last != ".." => {
                parts.pop();
            }
            (_, _) => parts.push(part.to_string()),
        }
    }
    parts
}

/// And back.
fn written(parts: &[String]) -> String {
    match parts {
        [] => ".".to_string(),
        [one] if one.is_empty() => "/".to_string(),
        [..] => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart_by_where_they_lead() {
        for (path, shown) in [
            ("plan.yaml", "plan.yaml"),
            ("./a//b/./c.yaml", "a/b/c.yaml"),
            ("a/../b.yaml", "b.yaml"),
            ("../a/../b.yaml", "../b.yaml"),
            ("a/../../../b", "../../b"),
            ("/etc/../b", "/b"),
            ("/../b", "/b"),
            ("a/..", "."),
            ("/", "/"),
        ] {
            assert_eq!(written(&parts(path)), shown, "{path}");
        }
    }
}
