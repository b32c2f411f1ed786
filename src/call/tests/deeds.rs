//! What can happen to a call: a name for each deed of a phone's, media's, the router's.

use super::phones::sdp;
use super::{Bench, secs};
use crate::call::Input;
use crate::call::turn::Turn;
use crate::dialog;
use crate::media::{self, Digit, PlayEnd, PlayId};
use crate::router::{self, Output, OverflowReason};
use crate::sip::Method;
use crate::transaction;
use std::sync::Arc;

/// All deeds.
pub(super) const DEEDS: &[&str] = &[
    "a acks",
    "a acks with an answer",
    "a cancels",
    "a hangs up",
    "a sends INFO",
    "a sends a wrong INFO",
    "a offers",
    "a offers no codec",
    "a holds",
    "a asks for an offer",
    "a updates",
    "a refreshes",
    "a answers",
    "a refuses",
    "a has lost the dialog",
    "a sends nonsense",
    "b rings",
    "b sends early media",
    "b answers",
    "b answers without a codec",
    "b is busy",
    "b is unreachable",
    "b hangs up",
    "b sends INFO",
    "b offers",
    "b offers no codec",
    "b holds",
    "b asks for an offer",
    "b updates",
    "b refreshes",
    "b refuses",
    "b acks with an answer",
    "b sends nonsense",
    "b has lost the dialog",
    "b ends",
    "media hears a digit of a",
    "media hears a digit of b",
    "media is done with a",
    "media is done with b",
    "media latches a",
    "media latches b",
    "media closes",
    "router offers",
    "router grants",
    "router revokes",
    "router widens",
    "router tells the place",
    "router gives back",
    "router decides",
    "time passes",
    "nobody speaks",
    "drained",
];

impl Bench {
    /// Does it; whether there was anything to do.
    pub(super) fn deed(&mut self, name: &str) -> bool {
        if let Some(what) = name.strip_prefix("a ") {
            return self.phone('a', what);
        }
        if let Some(what) = name.strip_prefix("b ") {
            return self.phone('b', what);
        }
        if let Some(what) = name.strip_prefix("media ") {
            return self.media(what);
        }
        if let Some(what) = name.strip_prefix("router ") {
            return self.router(what);
        }
        match name {
            "time passes" => {
                self.advance(secs(11));
                self.tell(Input::Timeout);
            }
            "nobody speaks" => self.advance(secs(33)),
            "drained" => self.tell(Input::Drain),
            _ => panic!("{name}"),
        }
        true
    }

    fn phone(&mut self, who: char, what: &str) -> bool {
        const RELAY: &str = "Content-Type: application/dtmf-relay\r\n";
        let invite = Method::Invite;
        let talk = |version| sdp(version, "sendrecv", "8 0");
        match what {
            "acks" => self.ack(""),
            "acks with an answer" if who == 'a' => self.ack(&talk(1)),
            "acks with an answer" => self.ack_again(who, &talk(1)),
            "sends nonsense" => self.nonsense(who),
            "cancels" => self.cancel(),
            "hangs up" => self.request(who, "BYE", "", ""),
            "sends INFO" => self.request(who, "INFO", RELAY, "Signal=5\r\n"),
            "sends a wrong INFO" => self.request(who, "INFO", "Content-Type: a/b\r\n", "x"),
            "offers" => self.request(who, "INVITE", "", &talk(2)),
            "offers no codec" => self.request(who, "INVITE", "", &sdp(2, "sendrecv", "9")),
            "holds" => self.request(who, "INVITE", "", &sdp(3, "sendonly", "8 0")),
            "asks for an offer" => self.request(who, "INVITE", "", ""),
            "updates" => self.request(who, "UPDATE", "", &talk(4)),
            "refreshes" => self.request(who, "UPDATE", "", ""),
            "answers" => self.answer(who, invite, 200, "", &talk(5)),
            "answers without a codec" => {
                self.answer(who, invite, 200, "", &sdp(5, "sendrecv", "9"))
            }
            "refuses" => self.answer(who, invite, 488, "", ""),
            "has lost the dialog" => {
                self.answer(who, invite, 481, "", "") || self.answer(who, Method::Info, 481, "", "")
            }
            "rings" => self.answer(who, invite, 180, "", ""),
            "sends early media" => self.answer(who, invite, 183, "", &talk(5)),
            "is busy" => self.answer(who, invite, 486, "", ""),
            "is unreachable" => {
                let flow = Bench::flow(who);
                self.layer_input(transaction::Input::TransportFailed { flow });
                self.pump();
                true
            }
            "ends" => self.answer(who, Method::Bye, 200, "", "") || self.obey_cancel(who),
            _ => panic!("{what}"),
        }
    }

    /// A dialog drops what fits none of its states, and says so.
    fn nonsense(&mut self, who: char) -> bool {
        let no = self.leg_no(who);
        if self.over || !self.dialogs.values().any(|leg| leg.leg == no) {
            return false;
        }
        self.turn(|call, cx, out| {
            let mut turn = Turn { cx, out };
            let told = dialog::Output::Event(dialog::Event::Ignored("nonsense"));
            call.legs.hand_on(no, vec![told], &mut turn);
            call.settle(&mut turn);
        });
        self.pump();
        true
    }

    fn media(&mut self, what: &str) -> bool {
        if what == "closes" {
            self.figures = true;
            let any = !self.closing.is_empty();
            self.tell_figures();
            self.pump();
            return any;
        }
        let who = if what.ends_with('a') { 'a' } else { 'b' };
        let stream = self.leg_key(who);
        let digit = Digit::from_char('1').unwrap();
        let event = match what.rsplit_once(' ').unwrap().0 {
            "hears a digit of" => media::Event::Digit { stream, digit, stopped: None },
            "is done with" => {
                let playing = self.streams.get(&stream).copied().flatten();
                let play = playing.map_or(PlayId(99), |(play, _)| play);
                self.streams.entry(stream).and_modify(|playing| *playing = None);
                media::Event::PlayDone { stream, play, end: PlayEnd::Finished }
            }
            "latches" => {
                media::Event::Latched { stream, remote: "192.0.2.77:4000".parse().unwrap() }
            }
            _ => panic!("{what}"),
        };
        self.tell(Input::Media(event));
        true
    }

    fn router(&mut self, what: &str) -> bool {
        let contact = self.key();
        let output = match (what, self.lease()) {
            ("offers", _) => {
                self.offer();
                return true;
            }
            ("grants", Some(lease)) => Output::Granted { contact, lease },
            ("revokes", Some(lease)) => Output::Revoke { contact, lease },
            ("grants" | "revokes", None) => return false,
            ("widens", _) => Output::Widened { contact, step: 1 },
            ("tells the place", _) => Output::Place { contact, position: 1, wait: None },
            ("gives back", _) => Output::Overflow { contact, why: OverflowReason::TooLong },
            ("decides", _) => Output::Decided(Arc::new(router::Decision {
                contact,
                queue: crate::base::QueueId(0),
                plan: "".into(),
                lease: None,
                wall_ms: 0,
                step: 0,
                waited_ms: 0,
                index: 0.0,
                candidates: Vec::new(),
                winner: None,
                reason: "nobody".to_owned(),
            })),
            _ => panic!("{what}"),
        };
        self.tell(Input::Router(output));
        true
    }
}
