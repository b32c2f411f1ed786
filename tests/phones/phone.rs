//! One baresip: its configuration, its control socket (JSON in netstrings), what it hears.

use crate::ground::{free_ports, scratch, wait_until};
use crate::recording;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Every phone is on loopback.
pub(crate) const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// SIP; the next, which it takes for TLS; the one after for control; the rest from the fifth for RTP.
const PORTS: u16 = 20;
const CONTROL: u16 = 2;
const RTP: u16 = 4;

/// A phone before it is switched on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// The user part of its address.
    pub(crate) name: &'static str,
    /// Its voice is a tone of so many hertz.
    pub(crate) hz: u16,
    /// It answers by itself.
    pub(crate) answers: bool,
}

/// A running baresip; ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Phone {
    child: Child,
    dir: PathBuf,
    setup: Setup,
    /// Where it speaks SIP.
    pub(crate) sip: SocketAddr,
    control: TcpStream,
    /// Commands given so far; the last one's token.
    commands: u64,
    events: Arc<Mutex<Vec<Value>>>,
}

impl Setup {
    /// A caller with this voice.
    pub(crate) fn caller(name: &'static str, hz: u16) -> Setup {
        Setup { name, hz, answers: false }
    }

    /// A phone with this voice that answers by itself.
    pub(crate) fn agent(name: &'static str, hz: u16) -> Setup {
        Setup { answers: true, ..Setup::caller(name, hz) }
    }

    fn config(&self, dir: &std::path::Path, port: u16) -> String {
        let mut text = format!(
            "poll_method epoll\nnet_interface {HOST}\nsip_listen {HOST}:{port}\n\
             ctrl_tcp_listen {HOST}:{}\nrtp_ports {}-{}\ncall_max_calls 4\n\
             audio_player aubridge,ear\naudio_source ausine,{}\naudio_alert aubridge,bell\n\
             ausrc_srate 48000\nausrc_channels 2\nauplay_srate 8000\nauplay_channels 1\n\
             ausrc_format s16\nauplay_format s16\nauenc_format s16\naudec_format s16\n\
             jitter_buffer_delay 2-10\nringback_disabled yes\nsnd_path {}\n\
             module_path /usr/lib/baresip/modules\n",
            port + CONTROL,
            port + RTP,
            port + PORTS - 1,
            self.hz,
            dir.display(),
        );
        for module in ["g711", "sndfile", "ausine", "aubridge"] {
            let _ = writeln!(text, "module {module}.so");
        }
        text += "module_tmp uuid.so\nmodule_tmp account.so\n";
        text += "module_app menu.so\nmodule_app ctrl_tcp.so\n";
        text
    }

    /// Switches it on; it can be called and commanded when this returns.
    pub(crate) fn start(self) -> Phone {
        let dir = scratch(self.name);
        let port = free_ports(HOST, PORTS);
        let sip = SocketAddr::new(HOST, port);
        let answers = if self.answers { ";answermode=auto" } else { "" };
        let account =
            format!("<sip:{}@{sip}>;regint=0;audio_codecs=pcma,pcmu{answers}\n", self.name);
        let files = [
            ("config", self.config(&dir, port)),
            ("accounts", account),
            ("contacts", String::new()),
        ];
        for (name, text) in files {
            std::fs::write(dir.join(name), text).expect("a file of the phone");
        }
        let log = std::fs::File::create(dir.join("log")).expect("a log");
        let mut child = Command::new("baresip")
            .args(["-f", ".", "-s"])
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("baresip is installed (Debian: baresip-core)");
        let mut control = None;
        wait_until("the phone takes commands", || {
            let ended = child.try_wait().is_ok_and(|status| status.is_some());
            assert!(!ended, "{}", std::fs::read_to_string(dir.join("log")).unwrap_or_default());
            control = TcpStream::connect((HOST, port + CONTROL)).ok();
            control.is_some()
        });
        let control = control.expect("it is there");
        let events = Arc::new(Mutex::new(Vec::new()));
        let (stream, kept) = (control.try_clone().expect("a socket"), Arc::clone(&events));
        std::thread::spawn(move || keep_events(stream, &kept));
        Phone { child, dir, setup: self, sip, control, commands: 0, events }
    }
}

impl Phone {
    /// A command as one types it, without the slash.
    pub(crate) fn command(&mut self, command: &str, parameters: &str) {
        self.commands += 1;
        let token = self.commands.to_string();
        let text = json!({ "command": command, "params": parameters, "token": token }).to_string();
        write!(self.control, "{}:{text},", text.len()).expect("the phone takes commands");
    }

    /// Waits for an event of this type.
    #[track_caller]
    pub(crate) fn wait_for(&self, event: &str) {
        wait_until(&format!("{} tells {event}", self.setup.name), || {
            let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            events.iter().any(|e| e["type"] == event)
        });
    }

    /// RTP packets that it received in the call that goes on.
    pub(crate) fn received(&mut self) -> u64 {
        self.command("audio_debug", "");
        let (token, mut answer) = (self.commands.to_string(), String::new());
        wait_until("the phone answers", || {
            let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            let found = events.iter().find(|e| e["response"] == true && e["token"] == *token);
            answer = found.map_or_else(String::new, |e| e["data"].to_string());
            found.is_some()
        });
        let count = answer.split_once("rcvd=").map_or("", |(_, rest)| rest);
        let end = count.find(|c: char| !c.is_ascii_digit()).unwrap_or(count.len());
        count[..end].parse().unwrap_or_else(|e| panic!("{e}: {answer}"))
    }

    /// Waits until this many more packets have come.
    #[track_caller]
    pub(crate) fn wait_to_receive(&mut self, more: u64) {
        let wanted = self.received() + more;
        wait_until("packets come", || self.received() >= wanted);
    }

    /// Waits until nothing has come for so long that ten packets would have.
    #[track_caller]
    pub(crate) fn wait_for_silence(&mut self) {
        let (mut last, mut since) = (self.received(), Instant::now());
        wait_until("no more packets come", || {
            let now = self.received();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            since.elapsed() > Duration::from_millis(200)
        });
    }

    /// Waits until it hears this tone.
    #[track_caller]
    pub(crate) fn wait_to_hear(&self, hz: u16) {
        wait_until(&format!("{} hears {hz} Hz", self.setup.name), || {
            self.recordings().last().is_some_and(|last| recording::ends_with(last, hz))
        });
    }

    /// The tones of each of its calls in their order; see [`recording::tones`].
    pub(crate) fn heard(&self, known: &[u16]) -> Vec<Vec<u16>> {
        self.recordings().iter().map(|samples| recording::tones(samples, known)).collect()
    }

    /// What it heard in each call; nothing is in there while no packets come, and nothing more after a
    /// re-INVITE, at which baresip 1.0 ends the recording.
    fn recordings(&self) -> Vec<Vec<i16>> {
        let names = std::fs::read_dir(&self.dir).expect("its folder").flatten();
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.ends_with("-dec.wav")).collect();
        names.sort();
        names.iter().map(|name| recording::read(&self.dir.join(name))).collect()
    }

    /// What it wrote about itself; whole only after [`Phone::switch_off`].
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.dir.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Switches it off in good order; its recordings and its log are whole then.
    pub(crate) fn switch_off(&mut self) {
        self.command("quit", "");
        wait_until("the phone is off", || self.child.try_wait().is_ok_and(|s| s.is_some()));
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the log of {}:\n{}", self.setup.name, self.log());
        } else {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Reads netstrings, `length:JSON,`, until the phone is off.
fn keep_events(mut stream: TcpStream, events: &Mutex<Vec<Value>>) {
    let (mut kept, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        kept.extend_from_slice(&part[..count]);
        while let Some((event, rest)) = next_event(&kept) {
            events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
            kept = rest;
        }
    }
}

fn next_event(bytes: &[u8]) -> Option<(Value, Vec<u8>)> {
    let colon = bytes.iter().position(|b| *b == b':')?;
    let length: usize = std::str::from_utf8(&bytes[..colon]).ok()?.parse().ok()?;
    let end = colon + 1 + length;
    let rest = bytes.get(end + 1..)?.to_vec();
    Some((serde_json::from_slice(&bytes[colon + 1..end]).ok()?, rest))
}
