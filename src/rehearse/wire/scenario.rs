//! One side as a SIPp scenario (SIPp 3.6): what the simulated phone said, with the same pauses, and
//! what it heard as what must come. `text` has the messages.

use super::sides::{Call, Line, Side, What, direction};
use super::text::{self, Body, Request};
use crate::base::Mono;
use crate::sip::{Message, Method};
use std::fmt::Write as _;
use std::time::Duration;

/// How long before the first call all phones are there.
pub(super) const LEAD: Duration = Duration::from_secs(1);
/// Shorter pauses are none.
const SHORT: Duration = Duration::from_millis(2);
/// A phone that says nothing is called in vain for so long after the last repeat.
const DEAF: Duration = Duration::from_secs(2);
/// From one digit by INFO to the next, as simulated phones press.
const INFO_GAP_MS: u64 = 240;

/// A scenario and the recordings that it plays.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) xml: String,
    /// File names and contents.
    pub(super) recordings: Vec<(String, Vec<u8>)>,
}

/// Writes one side. `by_info`: digits go by INFO, where no recording can be played.
pub(super) fn scenario(side: &Side, test: &str, by_info: bool) -> Result<Scenario, String> {
    let mut writer = Writer { by_info, name: side.name.clone(), ..Writer::default() };
    if side.calls_us {
        let call = side.calls.first().ok_or("a caller without a call")?;
        writer.caller(call)?;
    } else {
        writer.called(&side.calls)?;
    }
    let Writer { body, recordings, variables, .. } = writer;
    let global = if side.calls.len() > 1 { "  <Global variables=\"calls\"/>\n" } else { "" };
    let reference = match variables.join(",") {
        names if names.is_empty() => String::new(),
        names => format!("  <Reference variables=\"{names}\"/>\n"),
    };
    let (name, who) = (&side.name, if side.calls_us { "calls" } else { "is called" });
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n\
         <!-- {name}, who {who} in the test {test}. -->\n\
         <scenario name=\"{name}\">\n{global}{body}{reference}</scenario>\n"
    );
    Ok(Scenario { xml, recordings })
}

#[derive(Debug, Default)]
struct Writer {
    name: String,
    by_info: bool,
    body: String,
    /// Commands so far: SIPp counts back to find an INVITE's branch.
    commands: usize,
    recordings: Vec<(String, Vec<u8>)>,
    /// Variables that are set, so that SIPp does not take one that nobody reads for a mistake.
    variables: Vec<String>,
    call: Now,
}

/// The call that is being written.
#[derive(Debug, Default)]
struct Now {
    calls_us: bool,
    /// The caller's own number and the one that is called.
    from: String,
    to: String,
    /// Where the last INVITE of ours stands, its CSeq, and how it was answered.
    invite: Option<(usize, u32, Option<u16>)>,
    cseq: u32,
    sdp: u32,
    /// What was heard last.
    last: Option<(Method, u32)>,
    /// The CSeq number of the INVITE with which it began.
    first: u32,
    confirmed: bool,
    cancelled: bool,
    /// When the last thing happened.
    at: Mono,
}

impl Writer {
    fn caller(&mut self, call: &Call) -> Result<(), String> {
        self.call = Now { calls_us: true, ..Now::default() };
        for (place, line) in call.lines.iter().enumerate() {
            let lead = if place == 0 { LEAD } else { Duration::ZERO };
            self.line(line, lead)?;
        }
        Ok(())
    }

    /// All calls in one scenario: a counter says which of them comes.
    fn called(&mut self, calls: &[Call]) -> Result<(), String> {
        let mut actions = vec![
            text::keep("Via:", "via"),
            text::keep("From:", "from"),
            text::keep("To:", "to"),
            text::keep_number("CSeq:", "cseq"),
        ];
        self.variables.extend(["via", "from", "to", "cseq"].map(str::to_owned));
        if calls.len() > 1 {
            actions.push("<add assign_to=\"calls\" value=\"1\"/>".to_owned());
            for number in 2..=calls.len() {
                actions.push(format!(
                    "<test assign_to=\"is{number}\" variable=\"calls\" compare=\"equal\" \
                     value=\"{number}\"/>"
                ));
                self.variables.push(format!("is{number}"));
            }
        }
        self.receive("request=\"INVITE\" rrs=\"true\"", &actions);
        for number in 2..=calls.len() {
            self.command(&format!("<nop next=\"{number}\" test=\"is{number}\"/>"));
        }
        let end = calls.len() + 1;
        for (place, call) in calls.iter().enumerate() {
            if place > 0 {
                let _ = writeln!(self.body, "  <label id=\"{}\"/>", place + 1);
            }
            self.taken(call)?;
            if place + 1 < calls.len() {
                self.command(&format!("<nop next=\"{end}\"/>"));
            }
        }
        if calls.len() > 1 {
            let _ = writeln!(self.body, "  <label id=\"{end}\"/>");
            self.command("<nop/>");
        }
        Ok(())
    }

    fn taken(&mut self, call: &Call) -> Result<(), String> {
        self.call = Now::default();
        let mut lines = call.lines.iter();
        let Some(Line { at, what: What::Hears(invite) }) = lines.next() else {
            return Err("a call that begins with no INVITE".to_owned());
        };
        let number = invite.cseq().map(|cseq| cseq.number).unwrap_or_default();
        self.call.first = number;
        self.call.last = Some((Method::Invite, number));
        self.call.at = *at;
        let mut is_deaf = true;
        for line in lines {
            is_deaf = is_deaf && !matches!(line.what, What::Sends(_));
            self.line(line, Duration::ZERO)?;
        }
        if is_deaf {
            // Repeats must find a call that they belong to.
            self.pause(call.until.since(*at) + DEAF);
        }
        Ok(())
    }

    fn line(&mut self, line: &Line, lead: Duration) -> Result<(), String> {
        let since = line.at.since(self.call.at) + lead;
        self.call.at = line.at;
        match &line.what {
            What::Hears(message) => self.hears(message),
            What::Presses(keys) => {
                self.pause(since);
                self.presses(keys, line.at);
                Ok(())
            }
            What::Sends(message) => {
                self.pause(since);
                match message.method() {
                    Some(method) => self.asks(method, message),
                    None => self.answers(message),
                }
            }
        }
    }

    fn presses(&mut self, keys: &str, at: Mono) {
        if self.by_info {
            for key in keys.chars() {
                self.call.cseq += 1;
                let request = self.within(Method::Info, None, Body::Digit(key));
                self.send(&request, true);
                self.receive("response=\"200\"", &[]);
                self.pause(Duration::from_millis(INFO_GAP_MS));
            }
            // What comes next counts from when the keys were pressed.
            let took = INFO_GAP_MS * keys.chars().count() as u64;
            self.call.at = at + Duration::from_millis(took);
            return;
        }
        let file = format!("{}-{}.pcap", self.name, self.recordings.len() + 1);
        let from_ms = u32::try_from(at.0 / 1000).unwrap_or(u32::MAX);
        self.recordings.push((file.clone(), super::pcap::recorded_digits(keys, from_ms)));
        self.command(&format!("<nop><action><exec play_pcap_audio=\"{file}\"/></action></nop>"));
    }

    /// A request of this side.
    fn asks(&mut self, method: Method, message: &Message) -> Result<(), String> {
        let number = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let begins = method == Method::Invite && message.to_tag().is_none();
        let request = match method {
            Method::Invite if begins => {
                self.call.first = number;
                self.call.from = text::user_of(message.from().ok().map(|from| from.uri))?;
                self.call.to = text::user_of(message.request_uri().ok())?;
                self.call.cseq = 1;
                self.call.invite = Some((self.commands, number, None));
                let body = self.body(message);
                text::first(&self.call.from, &self.call.to, message, body)
            }
            Method::Cancel => {
                self.call.cancelled = true;
                let branch = self.branch_of_invite(number)?;
                text::beside(method, &self.call.from, &self.call.to, branch, &self.router())
            }
            Method::Ack => {
                let status = self.call.invite.and_then(|(_, _, status)| status);
                let refused = status.is_some_and(|status| status >= 300);
                let branch = if refused { Some(self.branch_of_invite(number)?) } else { None };
                let is_first = number == self.call.first && self.call.calls_us;
                match branch.filter(|_| is_first) {
                    Some(branch) => {
                        text::beside(method, &self.call.from, &self.call.to, branch, "[$peer]")
                    }
                    None => {
                        let body = self.body(message);
                        self.within(method, branch, body)
                    }
                }
            }
            Method::Invite | Method::Bye | Method::Info | Method::Update => {
                self.call.cseq += 1;
                if method == Method::Invite {
                    self.call.invite = Some((self.commands, number, None));
                }
                let body = self.body(message);
                self.within(method, None, body)
            }
            Method::Options
            | Method::Register
            | Method::Prack
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Publish
            | Method::Message
            | Method::Unknown => return Err(format!("a phone sends {method}")),
        };
        self.send(&request, method != Method::Ack);
        if method == Method::Invite {
            // It comes only if nothing else comes soon (RFC 3261 §17.2.1).
            self.receive("response=\"100\" optional=\"true\"", &[]);
        }
        Ok(())
    }

    fn answers(&mut self, message: &Message) -> Result<(), String> {
        let status = message.status().unwrap_or_default();
        let cseq = message.cseq().map_err(|error| error.to_string())?;
        let is_first = cseq.method == Method::Invite && !self.call.calls_us;
        let is_first = is_first && cseq.number == self.call.first && !self.call.confirmed;
        let follows = self.call.last == Some((cseq.method, cseq.number));
        if !follows && !is_first {
            return Err(format!("an answer to {} comes after another message", cseq.method));
        }
        let body = self.body(message);
        let response = text::response(status, cseq.method, is_first, follows, body);
        self.send(&response, status >= 200 && cseq.method == Method::Invite);
        Ok(())
    }

    fn hears(&mut self, message: &Message) -> Result<(), String> {
        let cseq = message.cseq().map_err(|error| error.to_string())?;
        self.call.last = Some((cseq.method, cseq.number));
        let Some(method) = message.method() else {
            return self.hears_response(message, cseq.method);
        };
        let mut actions = Vec::new();
        let is_first_ack = method == Method::Ack && !self.call.confirmed && !self.call.calls_us;
        if is_first_ack {
            self.call.confirmed = true;
            actions.push(text::keep("To:", "me"));
            actions.push(text::keep("From:", "peer"));
            self.sets(&["me", "peer"]);
        }
        if matches!(method, Method::Invite | Method::Update) {
            actions.extend(self.direction_check(message.body()));
        }
        self.receive(&format!("request=\"{method}\""), &actions);
        Ok(())
    }

    fn hears_response(&mut self, message: &Message, method: Method) -> Result<(), String> {
        let status = message.status().unwrap_or_default();
        if status == 100 {
            return Ok(());
        }
        if self.call.cancelled && method == Method::Invite && status < 300 {
            return Err("an answer crosses a CANCEL: on a network it is chance who wins".to_owned());
        }
        let mut actions = Vec::new();
        let mut more = "";
        if method == Method::Invite && status >= 200 {
            if let Some((_, _, answered)) = &mut self.call.invite {
                *answered = Some(status);
            }
            if status < 300 {
                more = " rrs=\"true\"";
                actions.extend(self.direction_check(message.body()));
            }
            if self.call.calls_us {
                actions.push(text::keep("To:", "peer"));
                self.sets(&["peer"]);
            }
        }
        self.receive(&format!("response=\"{status}\"{more}"), &actions);
        Ok(())
    }

    /// That a session has the direction that it had.
    fn direction_check(&mut self, body: &[u8]) -> Option<String> {
        if body.is_empty() {
            return None;
        }
        let variable = format!("d{}", self.commands);
        self.sets(&[&variable]);
        Some(text::direction_check(direction(body), &variable))
    }

    fn sets(&mut self, variables: &[&str]) {
        for variable in variables {
            if !self.variables.iter().any(|known| known == variable) {
                self.variables.push((*variable).to_owned());
            }
        }
    }

    fn body(&mut self, message: &Message) -> Body {
        if message.body().is_empty() {
            return Body::None;
        }
        if message.sdp().is_some() {
            self.call.sdp += 1;
            return Body::Sdp(self.call.sdp, direction(message.body()));
        }
        let kind = message.header_named("Content-Type").unwrap_or_default();
        Body::Other(
            String::from_utf8_lossy(kind).into_owned(),
            String::from_utf8_lossy(message.body()).replace("\r\n", "\n"),
        )
    }

    fn within(&self, method: Method, branch: Option<usize>, body: Body) -> Request {
        let caller = self.call.calls_us.then_some(self.call.from.as_str());
        text::within(method, self.call.cseq, caller, branch, body)
    }

    /// The To of an INVITE that nobody has answered.
    fn router(&self) -> String {
        format!(" <sip:{}@[remote_ip]:[remote_port]>", self.call.to)
    }

    /// How far back the INVITE with this number stands.
    fn branch_of_invite(&self, number: u32) -> Result<usize, String> {
        match self.call.invite {
            Some((place, invite, _)) if invite == number => Ok(self.commands - place),
            Some(_) | None => Err("an INVITE that is not the last is acknowledged late".to_owned()),
        }
    }

    fn pause(&mut self, time: Duration) {
        if time >= SHORT {
            self.command(&format!("<pause milliseconds=\"{}\"/>", time.as_millis()));
        }
    }

    fn send(&mut self, message: &impl ToString, repeats: bool) {
        let retrans = if repeats { " retrans=\"500\"" } else { "" };
        let message = message.to_string();
        self.command(&format!("<send{retrans}>\n    <![CDATA[\n\n{message}\n    ]]>\n  </send>"));
    }

    fn receive(&mut self, what: &str, actions: &[String]) {
        if actions.is_empty() {
            self.command(&format!("<recv {what}/>"));
            return;
        }
        let actions: String = actions.iter().map(|action| format!("      {action}\n")).collect();
        self.command(&format!("<recv {what}>\n    <action>\n{actions}    </action>\n  </recv>"));
    }

    fn command(&mut self, command: &str) {
        let _ = writeln!(self.body, "  {command}");
        self.commands += 1;
    }
}
