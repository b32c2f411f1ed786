//! The far ends: what they write, and what they got and have not answered yet.

use super::Bench;
use crate::sip::{Message, Method, Name};
use crate::transport::Flow;

/// A whole, small description of a phone's; `version` makes it differ.
pub(super) fn sdp(version: u32, direction: &str, codecs: &str) -> String {
    format!(
        "v=0\r\no=- 1 {version} IN IP4 192.0.2.77\r\ns=-\r\nc=IN IP4 192.0.2.77\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP {codecs}\r\na={direction}\r\n"
    )
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn content(extra: &str, body: &str) -> String {
    let kind = match body.is_empty() || extra.contains("Content-Type") {
        true => "",
        false => "Content-Type: application/sdp\r\n",
    };
    format!("{kind}Content-Length: {}\r\n\r\n{body}", body.len())
}

impl Bench {
    /// Something left us for a phone.
    pub(super) fn on_sent(&mut self, flow: Flow, message: Message) {
        let who = if flow == Bench::flow('a') { 'a' } else { 'b' };
        let name = match (message.status(), message.cseq().unwrap().method) {
            (None, _) => message.method_text().to_owned(),
            (Some(status), Method::Invite) => status.to_string(),
            (Some(status), method) => format!("{status}/{method}"),
        };
        let again = self.got.iter().any(|(to, m, _)| *to == who && m.raw() == message.raw());
        if name == "100" || again {
            return;
        }
        let with = if message.sdp().is_some() { "+sdp" } else { "" };
        self.said.push(format!("{name}{with}>{who}"));
        self.got.push((who, message, false));
    }

    /// The caller calls this number.
    pub(super) fn call(&mut self, number: &str, body: &str) {
        let invite = format!(
            "INVITE sip:{number}@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKfirst\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+39333@192.0.2.1>;tag=a\r\nTo: <sip:{number}@192.0.2.10>\r\n\
             Call-ID: theirs\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.1>\r\n\
             Allow: INVITE, ACK, BYE, CANCEL, INFO, UPDATE\r\n{}",
            content("", body)
        );
        self.receive('a', invite);
    }

    /// From, To and Call-ID of a phone's own requests; none before it knows our tag.
    fn dialog_lines(&self, who: char) -> Option<String> {
        if who == 'a' {
            let tagged = |m: &&Message| m.status().is_some() && m.to_tag().is_some();
            let response = self.messages('a').find(tagged)?;
            let to = text(response.header(Name::To)?);
            return Some(format!(
                "From: <sip:+39333@192.0.2.1>;tag=a\r\nTo: {to}\r\nCall-ID: theirs\r\n"
            ));
        }
        let invite = self.first_invite()?;
        let line = |name| text(invite.header(name).unwrap());
        let (from, to, id) = (line(Name::From), line(Name::To), line(Name::CallId));
        Some(format!("From: {to};tag=b\r\nTo: {from}\r\nCall-ID: {id}\r\n"))
    }

    fn messages(&self, who: char) -> impl DoubleEndedIterator<Item = &Message> {
        self.got.iter().filter(move |(to, ..)| *to == who).map(|(_, message, _)| message)
    }

    /// The newest INVITE that began a leg of ours.
    fn first_invite(&self) -> Option<&Message> {
        let begins = |m: &&Message| m.method() == Some(Method::Invite) && m.to_tag().is_none();
        self.messages('b').rfind(begins)
    }

    /// A request of a phone's inside its dialog. Whether it could be said.
    pub(super) fn request(&mut self, who: char, method: &str, extra: &str, body: &str) -> bool {
        self.cseq += 1;
        self.numbered(who, method, self.cseq, extra, body)
    }

    fn numbered(&mut self, who: char, method: &str, cseq: u32, extra: &str, body: &str) -> bool {
        let Some(lines) = self.dialog_lines(who) else { return false };
        let address = Bench::flow(who).remote;
        let branch = match method {
            "CANCEL" => "z9hG4bKfirst".to_owned(),
            _ => format!("z9hG4bK{who}{cseq}{method}"),
        };
        let lines = match method {
            // A CANCEL has its INVITE's To.
            "CANCEL" => {
                let to = lines.split("\r\n").find(|line| line.starts_with("To:")).unwrap();
                lines.replace(to, to.split(";tag=").next().unwrap())
            }
            _ => lines,
        };
        let request = format!(
            "{method} sip:us@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch={branch}\r\n\
             Max-Forwards: 70\r\n{lines}CSeq: {cseq} {method}\r\nContact: <sip:{who}@{address}>\r\n{extra}{}",
            content(extra, body)
        );
        self.receive(who, request);
        true
    }

    /// The caller cancels; it can before a final response only.
    pub(super) fn cancel(&mut self) -> bool {
        let finals = |m: &Message| m.status().is_some_and(|s| s >= 200) && is_to_first(m);
        !self.messages('a').any(finals) && self.cancel_anyway()
    }

    fn cancel_anyway(&mut self) -> bool {
        self.numbered('a', "CANCEL", 1, "", "")
            || {
                let cancel = "CANCEL sip:us@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKfirst\r\n\
                Max-Forwards: 70\r\nFrom: <sip:+39333@192.0.2.1>;tag=a\r\nTo: <sip:x@192.0.2.10>\r\n\
                Call-ID: theirs\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n";
                self.receive('a', cancel.to_owned());
                true
            }
    }

    /// The caller acknowledges the 2xx to its INVITE.
    pub(super) fn ack(&mut self, body: &str) -> bool {
        let answered = |m: &Message| m.status() == Some(200) && is_to_first(m);
        if !self.messages('a').any(answered) {
            return false;
        }
        self.mark('a', |m| m.status() == Some(200) && is_to_first(m));
        self.numbered('a', "ACK", 1, "", body)
    }

    /// A phone acknowledges the last 2xx to a re-INVITE of its own.
    pub(super) fn ack_again(&mut self, who: char, body: &str) -> bool {
        let answered = |m: &&Message| {
            m.status() == Some(200)
                && m.cseq().is_ok_and(|cseq| cseq.method == Method::Invite && cseq.number > 100)
        };
        let Some(response) = self.messages(who).rfind(answered) else { return false };
        let cseq = response.cseq().unwrap().number;
        self.mark(who, |m| m.status() == Some(200) && m.cseq().unwrap().number == cseq);
        self.numbered(who, "ACK", cseq, "", body)
    }

    /// A phone answers what it got last and has not answered, of this method. Whether it could.
    pub(super) fn answer(
        &mut self,
        who: char,
        method: Method,
        status: u16,
        extra: &str,
        body: &str,
    ) -> bool {
        let asked = |(to, m, done): &(char, Message, bool)| {
            *to == who && !done && m.method() == Some(method)
        };
        let Some(index) = self.got.iter().rposition(asked) else { return false };
        let request = self.got[index].1.clone();
        if status >= 200 {
            let cseq = request.cseq().unwrap().number;
            self.mark(who, |m| m.method() == Some(method) && m.cseq().unwrap().number == cseq);
        }
        self.respond(who, &request, status, extra, body);
        true
    }

    /// A phone obeys the last CANCEL that it got: 200 to it, 487 to its INVITE.
    pub(super) fn obey_cancel(&mut self, who: char) -> bool {
        let asked = |(to, m, done): &&(char, Message, bool)| {
            *to == who && !done && m.method() == Some(Method::Cancel)
        };
        let Some((_, cancel, _)) = self.got.iter().rfind(asked).cloned() else { return false };
        let begins =
            |m: &&Message| m.method() == Some(Method::Invite) && m.call_id() == cancel.call_id();
        let invite = self.messages(who).find(begins).cloned().unwrap();
        self.mark(who, |m| m.call_id() == cancel.call_id());
        self.respond(who, &cancel, 200, "", "");
        self.respond(who, &invite, 487, "", "");
        true
    }

    fn mark(&mut self, who: char, which: impl Fn(&Message) -> bool) {
        let fits = |(to, m, _): &&mut (char, Message, bool)| *to == who && which(m);
        self.got.iter_mut().filter(fits).for_each(|(.., done)| *done = true);
    }

    pub(super) fn respond(
        &mut self,
        who: char,
        request: &Message,
        status: u16,
        extra: &str,
        body: &str,
    ) {
        let line =
            |name: Name| format!("{}: {}\r\n", name.as_str(), text(request.header(name).unwrap()));
        let tag = match request.to_tag() {
            Some(_) => String::new(),
            None => format!(";tag={who}"),
        };
        let response = format!(
            "SIP/2.0 {status} X\r\n{}{}{}{tag}\r\n{}{}Contact: <sip:{who}@{}>\r\n\
             Allow: INVITE, ACK, BYE, CANCEL, INFO\r\n{extra}{}",
            line(Name::Via),
            line(Name::From),
            line(Name::To).trim_end(),
            line(Name::CallId),
            line(Name::CSeq),
            Bench::flow(who).remote,
            content(extra, body)
        );
        self.receive(who, response);
    }

    /// The caller has hung up or was turned away, as it sees it.
    pub(super) fn caller_stands(&self) -> Caller {
        let finals = |m: &&Message| m.status().is_some_and(|s| s >= 200) && is_to_first(m);
        match self.messages('a').find(finals).and_then(Message::status) {
            None => Caller::Waits,
            Some(200..300) => Caller::Answered,
            Some(_) => Caller::Refused,
        }
    }

    /// Every phone answers what it owes, as a good phone does.
    pub(super) fn be_polite(&mut self) {
        for _ in 0..100 {
            let Some(index) = self.got.iter().position(|(.., done)| !done) else { return };
            self.got[index].2 = true;
            let (who, message, _) = self.got[index].clone();
            match (message.method(), message.status()) {
                (Some(Method::Invite), _) if message.to_tag().is_none() => {
                    self.respond(who, &message, 486, "", "");
                }
                (Some(Method::Invite | Method::Update), _) => {
                    self.respond(who, &message, 200, "", &sdp(90, "sendrecv", "8 0"));
                }
                (Some(Method::Cancel), _) => {
                    self.respond(who, &message, 200, "", "");
                    if let Some(invite) = self.first_invite().cloned() {
                        self.respond(who, &invite, 487, "", "");
                    }
                }
                (Some(Method::Ack), _) | (None, None) => {}
                (Some(_), _) => self.respond(who, &message, 200, "", ""),
                (None, Some(status)) => self.acknowledge(who, &message, status),
            }
        }
        panic!("they talk for ever");
    }

    fn acknowledge(&mut self, who: char, response: &Message, status: u16) {
        let cseq = response.cseq().unwrap();
        if cseq.method != Method::Invite || status < 200 {
            return;
        }
        if status >= 300 && who == 'a' && is_to_first(response) {
            let lines = self.dialog_lines('a').unwrap();
            let ack = format!(
                "ACK sip:us@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKfirst\r\n\
                 Max-Forwards: 70\r\n{lines}CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
            );
            self.receive('a', ack);
        } else {
            let body = match is_to_first(response) && response.sdp().is_some() && self.late() {
                true => sdp(1, "sendrecv", "8 0"),
                false => String::new(),
            };
            self.numbered(who, "ACK", cseq.number, "", &body);
        }
    }

    fn late(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.description == crate::call::Description::Late)
    }
}

/// A response to the caller's first INVITE.
fn is_to_first(message: &Message) -> bool {
    message.cseq().is_ok_and(|cseq| cseq.number == 1 && cseq.method == Method::Invite)
}

/// Where the caller stands, as it sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Waits,
    Answered,
    Refused,
}
