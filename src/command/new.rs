//! `centralino new [DIR]`: a plan to begin with, from a few answers.

use super::{NO, WRONG, fail};
use centralino::dialplan::{self, Answers, Source};
use centralino::io::run::{self, Origin};
use centralino::plan::Names;
use clap::Args;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct NewOptions {
    /// The folder that plan.yaml and prompts/ are written to; made if it is not there.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The address or network that calls come from.
    #[arg(long, value_name = "ADDRESS")]
    trunk: Option<String>,
    /// A called number; may be given several times. Without one every number is taken.
    #[arg(long, value_name = "N")]
    number: Vec<String>,
    /// A queue; may be given several times.
    #[arg(long, value_name = "NAME")]
    queue: Vec<String>,
    /// An agent and the phone: anna=sip:anna@10.0.0.21; may be given several times.
    #[arg(long, value_name = "NAME=URI", value_parser = agent)]
    agent: Vec<(String, String)>,
    /// When somebody is there: "mon-fri 9-13 14-18, sat 9:30-13", or "always".
    #[arg(long, value_name = "HOURS")]
    hours: Option<String>,
    /// The time zone of the hours, such as Europe/Rome.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Ask nothing: what is not given takes its default.
    #[arg(long)]
    yes: bool,
}

fn agent(text: &str) -> Result<(String, String), String> {
    let (name, uri) = text.split_once('=').ok_or("an agent such as anna=sip:anna@10.0.0.21")?;
    Ok((name.trim().to_owned(), uri.trim().to_owned()))
}

pub(crate) fn new(options: NewOptions) -> ExitCode {
    let plan = options.dir.join("plan.yaml");
    if plan.exists() {
        return fail(NO, format!("{} is already there; nothing was written", plan.display()));
    }
    let dir = options.dir.clone();
    let ask = !options.yes && std::io::stdin().is_terminal();
    let answers = if ask {
        answers(options, Some((&mut std::io::stdin().lock(), &mut std::io::stderr())))
    } else {
        answers(options, None)
    };
    let text = match answers.and_then(|answers| checked(&answers)) {
        Ok(text) => text,
        Err(error) => return fail(WRONG, error),
    };
    match write(&dir, &plan, &text) {
        Ok(()) => {
            let said = format!(
                "{plan} and {prompts}/ are written. Next:\n  centralino check {plan}\n  centralino test {plan}\n  centralino run {plan}\n",
                plan = plan.display(),
                prompts = dir.join("prompts").display(),
            );
            match std::io::stdout().write_all(said.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(NO, error),
            }
        }
        Err(error) => fail(NO, error),
    }
}

/// Where questions are asked and answered.
type Person<'a> = Option<(&'a mut dyn BufRead, &'a mut dyn Write)>;

/// What the flags say, then what the person says, then the defaults.
fn answers(options: NewOptions, mut person: Person<'_>) -> Result<Answers, String> {
    let mut answers = Answers::default();
    let mut ask = |given: bool, question: &str, default: &str| match &mut person {
        Some((from, to)) if !given => asked(*from, *to, question, default),
        Some(_) | None => Ok(None),
    };
    let words = |text: String| -> Vec<String> {
        text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    };
    let trunk = ask(
        options.trunk.is_some(),
        "Where do calls come from (address or network)?",
        &answers.trunk,
    )?;
    answers.trunk = options.trunk.or(trunk).unwrap_or(answers.trunk);
    let numbers =
        ask(!options.number.is_empty(), "Which numbers are called (comma between)?", "all")?;
    answers.numbers = match numbers {
        Some(all) if all == "all" => Vec::new(),
        Some(numbers) => words(numbers),
        None => options.number,
    };
    let queues =
        ask(!options.queue.is_empty(), "Which queues are there?", &answers.queues.join(", "))?;
    let queues = queues.map_or(options.queue, words);
    if !queues.is_empty() {
        answers.queues = queues;
    }
    let known: Vec<String> =
        answers.agents.iter().map(|(name, uri)| format!("{name}={uri}")).collect();
    let agents =
        ask(!options.agent.is_empty(), "Who answers, on which phones?", &known.join(", "))?;
    let agents = match agents {
        Some(agents) => words(agents).iter().map(|text| agent(text)).collect::<Result<_, _>>()?,
        None => options.agent,
    };
    if !agents.is_empty() {
        answers.agents = agents;
    }
    let hours = ask(options.hours.is_some(), "When is somebody there?", &answers.hours)?;
    answers.hours = options.hours.or(hours).unwrap_or(answers.hours);
    let zone = ask(options.zone.is_some(), "In which time zone?", &answers.zone)?;
    answers.zone = options.zone.or(zone).unwrap_or(answers.zone);
    Ok(answers)
}

/// One answer; none if it is left empty.
fn asked(
    from: &mut dyn BufRead,
    to: &mut dyn Write,
    question: &str,
    default: &str,
) -> Result<Option<String>, String> {
    write!(to, "{question} [{default}] ").and_then(|()| to.flush()).map_err(|e| e.to_string())?;
    let mut line = String::new();
    from.read_line(&mut line).map_err(|error| error.to_string())?;
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}

/// The plan's text, if the checks find nothing in it.
fn checked(answers: &Answers) -> Result<String, String> {
    let text = dialplan::fresh(answers)?;
    let source = Source { name: "plan.yaml".to_owned(), text: text.clone() };
    let findings = match dialplan::compile(&[source], &Origin::Demo, &mut Names::default()) {
        Ok(loaded) => loaded.warnings,
        Err(findings) => findings,
    };
    if findings.is_empty() {
        return Ok(text);
    }
    let told: Vec<String> = findings.iter().map(|finding| finding.render()).collect();
    Err(format!("these answers make no plan:\n{}nothing was written", told.concat()))
}

fn write(dir: &Path, plan: &Path, text: &str) -> Result<(), String> {
    let about = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let prompts = dir.join("prompts");
    std::fs::create_dir_all(&prompts).map_err(|error| about(&prompts, error))?;
    for (name, bytes) in run::built_in_prompts() {
        let path = prompts.join(name);
        // A prompt of one's own is kept.
        if !path.exists() {
            std::fs::write(&path, bytes).map_err(|error| about(&path, error))?;
        }
    }
    // The plan comes last, and takes the place of none that came meanwhile.
    let mut file = std::fs::File::create_new(plan).map_err(|error| about(plan, error))?;
    file.write_all(text.as_bytes()).map_err(|error| about(plan, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_asked_for_what_no_flag_gives() {
        let options = NewOptions {
            dir: ".".into(),
            trunk: Some("198.51.100.7".to_owned()),
            number: Vec::new(),
            queue: Vec::new(),
            agent: Vec::new(),
            hours: None,
            zone: None,
            yes: false,
        };
        let mut typed = "+390212345, +390212346\nbilling\n\nalways\n\n".as_bytes();
        let mut shown = Vec::new();
        let answers = answers(options, Some((&mut typed, &mut shown))).unwrap();
        let expected = Answers {
            trunk: "198.51.100.7".to_owned(),
            numbers: vec!["+390212345".to_owned(), "+390212346".to_owned()],
            queues: vec!["billing".to_owned()],
            hours: "always".to_owned(),
            ..Answers::default()
        };
        assert_eq!(answers, expected);
        let shown = String::from_utf8(shown).unwrap();
        assert!(!shown.contains("calls come from") && shown.contains("[mon-fri 9-18]"), "{shown}");
        assert!(checked(&answers).is_ok());
    }
}
