//! Starts what is measured: the router with a plan, Kamailio, rtpengine, bare loops.

use crate::server::Server;
use crate::{Result, host};
use std::fmt::Write;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// Where things are, and which addresses are given already.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) work: PathBuf,
    centralino: PathBuf,
    floor: PathBuf,
    kamailio_config: PathBuf,
    taken: Vec<SocketAddr>,
    next_address: u8,
}

/// What the router's plan does with a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plan {
    /// A target is dialled.
    Dial,
    /// A decision among so many agents, all at the callee's address.
    Queue { agents: u32 },
    /// So many numbers in the plan, each dialled.
    Numbers { numbers: u32 },
    /// A prompt of 50 packets, one digit, then a target is dialled.
    Ivr,
}

/// Samples of a prompt of 50 packets of 20 ms.
const PROMPT_SAMPLES: u32 = 50 * 160;

impl Ground {
    pub(crate) fn new(work: PathBuf) -> Result<Ground> {
        let built = std::env::current_exe()?;
        let examples = built.parent().ok_or("the benchmark lies in no folder")?;
        let release = examples.parent().ok_or("the benchmark lies in no folder of cargo's")?;
        Ok(Ground {
            work,
            centralino: std::env::var_os("CENTRALINO")
                .map_or_else(|| release.join("centralino"), PathBuf::from),
            floor: examples.join("floor"),
            kamailio_config: Path::new("scripts/bench/kamailio.cfg").canonicalize()?,
            taken: Vec::new(),
            next_address: 0,
        })
    }

    /// A free port of an address of loopback that no other server of this run has.
    pub(crate) fn fresh(&mut self) -> Result<SocketAddr> {
        let ip = host::address(self.next_address);
        self.next_address += 1;
        host::free_port(ip, &mut self.taken)
    }

    /// A free port of 127.0.0.1, for the generator.
    pub(crate) fn ours(&mut self) -> Result<SocketAddr> {
        host::free_port(IpAddr::from([127, 0, 0, 1]), &mut self.taken)
    }

    pub(crate) fn router(&mut self, name: &str, plan: Plan, callee: SocketAddr) -> Result<Server> {
        let at = self.fresh()?;
        self.router_at(name, plan, callee, at)
    }

    /// A router at an address that was used before.
    pub(crate) fn router_at(
        &mut self,
        name: &str,
        plan: Plan,
        callee: SocketAddr,
        at: SocketAddr,
    ) -> Result<Server> {
        let folder = self.work.join(name);
        fs::create_dir_all(folder.join("prompts"))?;
        let file = folder.join("plan.yaml");
        fs::write(&file, plan_text(plan, at, callee))?;
        if matches!(plan, Plan::Ivr) {
            write_prompt(&folder.join("prompts/second.wav"))?;
        }
        let database = folder.join("records.db");
        let arguments = [
            "run",
            &file.to_string_lossy(),
            "--db",
            &database.to_string_lossy(),
            "--http",
            "127.0.0.1:0",
        ]
        .map(str::to_owned);
        let mut server = Server::start(name, at, &self.centralino, &arguments, &self.work)?;
        server.await_log("ready")?;
        server.database = Some(database);
        Ok(server)
    }

    /// Finished calls among the records of a router.
    pub(crate) fn records(&self, server: &Server) -> Result<u64> {
        let database = server.database.as_ref().ok_or("this server writes no records")?;
        let out = std::process::Command::new(&self.centralino)
            .args(["cdr", "--db"])
            .arg(database)
            .arg("export")
            .output()?;
        let lines = out.stdout.iter().filter(|byte| **byte == b'\n').count();
        Ok(lines.saturating_sub(1) as u64)
    }

    pub(crate) fn kamailio(
        &mut self,
        name: &str,
        children: u32,
        callee: SocketAddr,
    ) -> Result<Server> {
        let at = self.fresh()?;
        self.kamailio_at(name, children, callee, at)
    }

    pub(crate) fn kamailio_at(
        &mut self,
        name: &str,
        children: u32,
        callee: SocketAddr,
        at: SocketAddr,
    ) -> Result<Server> {
        let folder = self.work.join(name);
        fs::create_dir_all(&folder)?;
        let arguments = [
            "-f",
            &self.kamailio_config.to_string_lossy(),
            "-l",
            &format!("udp:{at}"),
            "-A",
            &format!("NEXT_HOP=\"sip:{callee}\""),
            "-n",
            &children.to_string(),
            "-m",
            "256",
            "-M",
            "16",
            "-DD",
            "-E",
            "-Y",
            &folder.to_string_lossy(),
            "-P",
            &folder.join("pid").to_string_lossy(),
        ]
        .map(str::to_owned);
        let program = program("kamailio")?;
        let mut server = Server::start(name, at, &program, &arguments, &self.work)?;
        server.await_port()?;
        Ok(server)
    }

    /// The bare loop of `examples/floor.rs`.
    pub(crate) fn floor(&mut self, name: &str, callee: SocketAddr) -> Result<Server> {
        let at = self.fresh()?;
        let arguments = [at.to_string(), callee.to_string()];
        let mut server = Server::start(name, at, &self.floor, &arguments, &self.work)?;
        server.await_log("listening")?;
        Ok(server)
    }

    /// Ourselves in another role; see `loops`.
    pub(crate) fn role(&mut self, name: &str, arguments: &[String]) -> Result<Server> {
        let at = self.fresh()?;
        let mut all = vec!["role".to_owned(), name.to_owned(), at.to_string()];
        all.extend_from_slice(arguments);
        let mut server = Server::start(name, at, &std::env::current_exe()?, &all, &self.work)?;
        server.await_log("listening")?;
        Ok(server)
    }

    /// rtpengine in user space, with one thread: it is held to one core.
    pub(crate) fn rtpengine(&mut self) -> Result<Server> {
        let at = self.fresh()?;
        let arguments = [
            "--config-file=none".to_owned(),
            "--table=-1".to_owned(),
            format!("--interface={}", at.ip()),
            format!("--listen-ng={at}"),
            "--port-min=10000".to_owned(),
            "--port-max=27999".to_owned(),
            "--num-threads=1".to_owned(),
            "--timeout=3600".to_owned(),
            "--silent-timeout=3600".to_owned(),
            "--log-stderr".to_owned(),
            "--log-level=3".to_owned(),
            "--foreground".to_owned(),
        ];
        let program = program("rtpengine")?;
        let mut server = Server::start("rtpengine", at, &program, &arguments, &self.work)?;
        server.await_port()?;
        Ok(server)
    }
}

/// Debian puts servers where a user's PATH may not look.
fn program(name: &str) -> Result<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|p| p.is_file());
    found.ok_or_else(|| format!("{name} is not installed").into())
}

fn plan_text(plan: Plan, at: SocketAddr, callee: SocketAddr) -> String {
    let mut text = format!(
        "version: 1\nsip: {{ listen: [udp://{at}] }}\n\
         media: {{ ports: 10000-27999, address: {}, codecs: [pcmu, pcma] }}\n\
         http: {{ listen: off }}\ndefaults: {{ ring: 6s, wrap_up: 0s }}\n\
         trunks:\n  load: {{ accept_from: [127.0.0.0/8] }}\n",
        at.ip()
    );
    match plan {
        Plan::Dial => {
            writeln!(text, "numbers:\n  default: {{ dial: \"sip:100@{callee}\" }}").ok();
        }
        Plan::Numbers { numbers } => {
            text.push_str("numbers:\n");
            for number in 0..numbers {
                writeln!(text, "  \"+3902{number:06}\": {{ dial: \"sip:100@{callee}\" }}").ok();
            }
        }
        Plan::Queue { agents } => {
            text.push_str("agents:\n");
            for agent in 0..agents {
                writeln!(
                    text,
                    "  agent{agent}: {{ contact: \"sip:agent{agent}@{callee}\", \
                     skills: {{ sales: {} }} }}",
                    1 + agent % 9
                )
                .ok();
            }
            text.push_str(
                "queues:\n  sales:\n    steps: [{ want: skill.sales >= 1, best: longest-idle }]\n    \
                 otherwise: { hang_up: 480 }\n\
                 numbers: { default: main }\nflows:\n  main:\n    \
                 sell: { queue: sales, early: true }\n",
            );
        }
        Plan::Ivr => {
            writeln!(
                text,
                "numbers: {{ default: main }}\nflows:\n  main:\n    choose:\n      \
                 menu: {{ prompt: second, wait: 5s, keys: {{ \"1\": out }} }}\n      \
                 failed: {{ hang_up: 480 }}\n    out: {{ dial: \"sip:100@{callee}\" }}"
            )
            .ok();
        }
    }
    text
}

/// A second of a tone.
fn write_prompt(path: &Path) -> Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec)?;
    for sample in 0..PROMPT_SAMPLES {
        let angle = f64::from(sample) * 440.0 * std::f64::consts::TAU / 8000.0;
        wav.write_sample((angle.sin() * 8000.0) as i16)?;
    }
    wav.finalize()?;
    Ok(())
}
