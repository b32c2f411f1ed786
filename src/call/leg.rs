//! One leg of a call, in either direction: its dialog, its offer and answer, its stream.
//!
//! What a leg is for (the caller, an agent under a lease, a dialled target) is its [`Role`]; all the
//! rest is the same for both directions.

use super::digits::Twins;
use super::failover::Onward;
use super::negotiate::Session;
use super::turn::{Out, Turn};
use crate::base::gates::Place;
use crate::base::{AgentId, Cause, LegKey, LegNo, Mono};
use crate::dialog::{Dialog, DialogKey};
use crate::media::{self, BargeIn, Family, MediaPort, PlayId, PlayItem, StreamSpec};
use crate::router::Lease;
use crate::sip::sdp::Direction;
use crate::transport::Flow;
use std::net::IpAddr;
use std::time::Duration;

/// Who the far end is to us.
#[derive(Clone, Debug)]
pub(super) enum Role {
    /// The party that called in.
    Caller,
    /// An agent, rung under a lease.
    Agent {
        /// The offer's lease.
        lease: Lease,
        /// Whom.
        agent: AgentId,
    },
    /// A target that the flow dials.
    Target,
    /// Nobody any more: it could not be reached, and another leg took over what it was for.
    Left,
}

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No answer yet. For a leg of ours: it rings until then.
    Unanswered {
        /// When we stop ringing; none for the caller's leg.
        until: Option<Mono>,
        /// Its early media is (or may be) heard by the other side.
        early_media: bool,
        /// A 18x came or was sent.
        ringing: bool,
    },
    /// 2xx sent or received.
    Answered,
    /// It is ending, for this cause.
    Ending(Cause),
    /// Its dialog is gone.
    Gone,
}

/// What plays to a leg now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Playing {
    pub(super) id: PlayId,
    pub(super) barge_in: BargeIn,
}

/// A play that waits until the leg's media is back with us.
#[derive(Debug)]
pub(super) struct HeldBack {
    id: PlayId,
    items: Vec<PlayItem>,
    repeat: bool,
    barge_in: BargeIn,
    until: Mono,
}

/// A play waits so long at most for media that comes home: as long as one re-INVITE that meets glare and
/// is sent again. Then it begins, heard or not, so that the flow goes on.
const COMES_HOME: Duration = Duration::from_secs(5);

/// The stream of a leg in the media engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// No port was taken yet.
    None,
    /// Open on this port.
    Open(MediaPort),
    /// Close was said; its figures are on the way.
    Closing,
    /// Its figures came.
    Closed,
}

/// A leg.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) key: LegKey,
    pub(super) role: Role,
    pub(super) dialog: Dialog,
    pub(super) dialog_key: DialogKey,
    pub(super) state: State,
    /// A 2xx was sent or received, whatever became of the leg since.
    pub(super) was_answered: bool,
    pub(super) stream: Stream,
    /// Offer and answer; none until the leg needs media.
    pub(super) session: Option<Session>,
    /// How we take part in this leg's media: what the other side's hold leaves us.
    pub(super) want: Direction,
    /// What the far end last offered about itself; its answers only mirror our own offers.
    pub(super) asked: Direction,
    /// The far end holds us.
    pub(super) holds: bool,
    /// What we want of it changed while an offer of ours was out.
    pub(super) owed: bool,
    /// It was joined with the caller: no offer any more.
    pub(super) joined: bool,
    /// Our 2xx was acknowledged; of a leg of ours: never asked.
    pub(super) acked: bool,
    pub(super) playing: Option<Playing>,
    /// What `playing` says is not with the media engine yet.
    held_back: Option<Box<HeldBack>>,
    /// Digits that came by one way and may come by the other.
    pub(super) twins: Twins,
    /// Its place on the trunk that it goes to, until it ends.
    pub(super) place: Option<Place>,
    /// Where else it may go while it is unanswered; none for the caller's.
    pub(super) onward: Option<Box<Onward>>,
}

impl Leg {
    pub(super) fn new(key: LegKey, role: Role, dialog: Dialog, until: Option<Mono>) -> Leg {
        let dialog_key = dialog.key();
        Leg {
            key,
            role,
            dialog,
            dialog_key,
            state: State::Unanswered { until, early_media: false, ringing: false },
            was_answered: false,
            stream: Stream::None,
            session: None,
            want: Direction::SendRecv,
            asked: Direction::SendRecv,
            holds: false,
            owed: false,
            joined: false,
            acked: false,
            playing: None,
            held_back: None,
            twins: Twins::default(),
            place: None,
            onward: None,
        }
    }

    pub(super) fn no(&self) -> LegNo {
        self.key.leg
    }

    pub(super) fn is_answered(&self) -> bool {
        self.state == State::Answered
    }

    /// It ends, for this cause; the trunk that it went to may carry another.
    pub(super) fn ends(&mut self, cause: Cause) {
        self.state = State::Ending(cause);
        self.place = None;
    }

    pub(super) fn answered(&mut self) {
        self.state = State::Answered;
        self.was_answered = true;
    }

    /// Whether the leg is neither ending nor gone.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.state, State::Unanswered { .. } | State::Answered)
    }

    /// The lease under which an agent is rung.
    pub(super) fn lease(&self) -> Option<Lease> {
        match self.role {
            Role::Agent { lease, .. } => Some(lease),
            Role::Caller | Role::Target | Role::Left => None,
        }
    }

    /// Opens the stream on a port that was taken for it, with the session that named the port.
    pub(super) fn open(&mut self, port: MediaPort, session: Session, turn: &mut Turn<'_, '_>) {
        self.session = Some(session);
        self.stream = Stream::Open(port);
        let spec = nothing_agreed();
        let open = media::Command::Open { stream: self.key, port, spec };
        turn.out.push(Out::Media(port.thread, open));
    }

    /// Tells the engine what was agreed. To a caller that has not seen our description nothing is
    /// sent: its phone would take our silence for early media and end its own ring-back. What it
    /// sends is taken already (MED-12).
    pub(super) fn update_stream(&mut self, signalling: Option<IpAddr>, turn: &mut Turn<'_, '_>) {
        let Some(session) = self.session.as_ref() else { return };
        let Some(agreed) = session.agreed() else { return };
        let mut spec = StreamSpec { signalling, ..agreed.spec.clone() };
        if session.is_direct() {
            (spec.may_send, spec.may_receive) = (false, false);
        }
        let unseen = matches!(self.state, State::Unanswered { early_media: false, .. });
        if unseen && matches!(self.role, Role::Caller) {
            spec.may_send = false;
        }
        let away = session.is_away();
        self.media(media::Command::Update { stream: self.key, spec }, turn);
        if !away {
            self.begin_play(turn);
        }
    }

    /// A command to the leg's media thread; nothing if no stream is open.
    pub(super) fn media(&self, command: media::Command, turn: &mut Turn<'_, '_>) {
        if let Stream::Open(port) = self.stream {
            turn.out.push(Out::Media(port.thread, command));
        }
    }

    /// The media thread that its stream is on.
    pub(super) fn media_thread(&self) -> Option<u8> {
        match self.stream {
            Stream::Open(port) => Some(port.thread),
            Stream::None | Stream::Closing | Stream::Closed => None,
        }
    }

    /// Plays to the leg in place of what plays now. While its media is with another party, or on its way
    /// back from there, nobody would hear the beginning: the play waits.
    pub(super) fn play(
        &mut self,
        id: PlayId,
        items: Vec<PlayItem>,
        repeat: bool,
        barge_in: BargeIn,
        turn: &mut Turn<'_, '_>,
    ) {
        self.playing = Some(Playing { id, barge_in });
        let until = turn.cx.now.after(COMES_HOME);
        self.held_back = Some(Box::new(HeldBack { id, items, repeat, barge_in, until }));
        if !self.session.as_ref().is_some_and(Session::is_away) {
            self.begin_play(turn);
        }
    }

    /// Media is here, or was waited for long enough: what was held back begins.
    pub(super) fn begin_play(&mut self, turn: &mut Turn<'_, '_>) {
        let Some(held_back) = self.held_back.take() else { return };
        let HeldBack { id, items, repeat, barge_in, until: _ } = *held_back;
        let stream = self.key;
        self.media(media::Command::Play { stream, play: id, items, repeat, barge_in }, turn);
    }

    /// Until when a play is held back.
    pub(super) fn plays_at(&self) -> Option<Mono> {
        self.held_back.as_ref().map(|held_back| held_back.until)
    }

    /// Stops what plays.
    pub(super) fn stop_playing(&mut self, turn: &mut Turn<'_, '_>) {
        let begun = self.held_back.take().is_none();
        if let Some(playing) = self.playing.take().filter(|_| begun) {
            self.media(media::Command::Stop { stream: self.key, play: playing.id }, turn);
        }
    }

    /// Closes the stream, once.
    pub(super) fn close(&mut self, turn: &mut Turn<'_, '_>) {
        match self.stream {
            Stream::Open(_) => {
                self.media(media::Command::Close { stream: self.key }, turn);
                self.stream = Stream::Closing;
                (self.playing, self.held_back) = (None, None);
            }
            Stream::None => self.stream = Stream::Closed,
            Stream::Closing | Stream::Closed => {}
        }
    }
}

/// Takes a media port for a leg over `flow`, and begins the session that will name it. All legs of
/// a call sit on one media thread: `thread` is that of its first leg. None if no port is left (MED-14).
pub(super) fn take_port(
    flow: Flow,
    thread: Option<u8>,
    codecs: &[media::Codec],
    turn: &mut Turn<'_, '_>,
) -> Option<(MediaPort, Session)> {
    let family = if flow.remote.is_ipv4() { Family::V4 } else { Family::V6 };
    let port = match thread {
        Some(thread) => turn.cx.ports.take_on(thread, family),
        None => turn.cx.ports.take(family),
    }?;
    let mut reached = turn.cx.listeners.advertised(flow.listener, flow.remote.ip());
    reached.set_port(port.local.port());
    Some((port, Session::new(turn.cx.mint.bits(), reached, codecs.to_vec())))
}

fn nothing_agreed() -> StreamSpec {
    StreamSpec {
        remote_rtp: None,
        remote_rtcp: None,
        signalling: None,
        send: None,
        receive: smallvec::SmallVec::new(),
        event_send: None,
        event_receive: None,
        comfort_noise: None,
        ptime_ms: 20,
        may_send: false,
        may_receive: false,
        rtcp_mux: false,
    }
}
