//! `centralino graph PLAN`: the plan as a picture.

use super::plans;
use super::{NO, WRONG, fail};
use centralino::graph::{self, Asked, Counts, NoFlow};
use centralino::io::run::Origin;
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct GraphOptions {
    /// The plan: a YAML file, or a folder of them.
    plan: PathBuf,
    /// How it is written.
    #[arg(long, value_enum, default_value = "svg")]
    format: GraphFormat,
    /// The file that it is written to; without it stdout.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this flow, with its numbers and its queues.
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// How often each way was taken, as JSON: {"FLOW/STATE/EXIT": 12, "numbers/PATTERN": 3,
    /// "queues/QUEUE/STEP": 4}. Lines become as wide as they were taken often.
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GraphFormat {
    /// A picture for any browser.
    Svg,
    /// For wikis and code hosts that draw it themselves.
    Mermaid,
    /// For Graphviz.
    Dot,
}

pub(crate) fn graph(options: &GraphOptions) -> ExitCode {
    let loaded = match plans::load(&Origin::Path(options.plan.clone())) {
        Ok(loaded) => loaded,
        Err(no_plan) => return no_plan.fail(),
    };
    let title = options.plan.file_name().unwrap_or(options.plan.as_os_str()).to_string_lossy();
    let asked = Asked { title: &title, flow: options.flow.as_deref() };
    let mut graph = match graph::of_plan(&loaded.plan, &asked) {
        Ok(graph) => graph,
        Err(NoFlow { flows }) => {
            let flow = options.flow.as_deref().unwrap_or("");
            let known = flows.join(", ");
            return fail(WRONG, format!("there is no flow `{flow}`; there are: {known}"));
        }
    };
    if let Some(path) = &options.counts {
        match counts(path) {
            Ok(counts) => {
                for key in graph.count(&counts) {
                    eprintln!("centralino: {}: `{key}` names no way drawn here", path.display());
                }
            }
            Err(error) => return fail(WRONG, error),
        }
    }
    let text = match options.format {
        GraphFormat::Svg => graph::svg(&graph),
        GraphFormat::Mermaid => graph::mermaid(&graph),
        GraphFormat::Dot => graph::dot(&graph),
    };
    let written = match &options.output {
        Some(path) => {
            std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
        }
        None => std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string()),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NO, error),
    }
}

fn counts(path: &Path) -> Result<Counts, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text)
        .map_err(|e| format!("{}: {e}; expected {{\"FLOW/STATE/EXIT\": 12}}", path.display()))
}
