//! Session timers (RFC 4028): who refreshes, when, and when the session is given up.

use super::hand::Hand;
use super::usage::Usage;
use super::words::{Headers, Policy};
use crate::base::Mono;
use crate::sip::{Message, Name};
use std::time::Duration;

/// The smallest Min-SE that RFC 4028 §5 allows.
pub const SMALLEST_MIN_SE: Duration = Duration::from_secs(90);
/// How long before the end a session that was not refreshed gets its BYE, at most (§10).
const MARGIN: Duration = Duration::from_secs(32);
/// How long after a refused refresh it is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// A Session-Expires under our minimum: 422 with this Min-SE (TIM-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall {
    /// Min-SE in seconds.
    pub min_se: u64,
}

/// The interval a message asks for, if it does.
///
/// # Errors
/// It is under `min` (which is never less than 90 s) and its sender knows session timers, so that a
/// 422 can be understood (§9).
pub fn check(message: &Message, min: Duration) -> Result<Option<Duration>, TooSmall> {
    let Some((interval, _)) = session_expires(message) else { return Ok(None) };
    let min = min.max(SMALLEST_MIN_SE);
    if interval < min && message.has_token(Name::Supported, "timer") {
        return Err(TooSmall { min_se: min.as_secs() });
    }
    Ok(Some(interval))
}

/// Who sends the refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresher {
    /// We do.
    Us,
    /// The peer does.
    Peer,
}

/// The session timer of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The session does not expire.
    Off,
    /// It has to be refreshed.
    On {
        /// The session interval.
        interval: Duration,
        /// Who refreshes.
        refresher: Refresher,
        /// When we refresh next; none while our refresh is under way or the peer is to do it.
        refresh_at: Option<Mono>,
        /// When we give up; none for a peer that knows no session timers (TIM-05).
        expires_at: Option<Mono>,
    },
}

/// What a session timer has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// A refresh of ours is due.
    Refresh,
    /// The session has expired.
    Expired,
}

impl Timer {
    fn start(interval: Duration, refresher: Refresher, expires: bool, now: Mono) -> Timer {
        Timer::On {
            interval,
            refresher,
            refresh_at: (refresher == Refresher::Us).then(|| now + interval / 2),
            expires_at: expires.then(|| now + (interval - MARGIN.min(interval / 3))),
        }
    }

    /// When it wants to be looked at.
    pub(super) fn deadline(&self) -> Option<Mono> {
        match *self {
            Timer::Off => None,
            Timer::On { refresh_at, expires_at, .. } => {
                super::hand::earlier(refresh_at, expires_at)
            }
        }
    }

    /// What has come; a refresh is told once.
    pub(super) fn due(&mut self, now: Mono) -> Due {
        match self {
            Timer::Off => Due::Nothing,
            Timer::On { expires_at: Some(at), .. } if *at <= now => Due::Expired,
            Timer::On { refresh_at, .. } if refresh_at.is_some_and(|at| at <= now) => {
                *refresh_at = None;
                Due::Refresh
            }
            Timer::On { .. } => Due::Nothing,
        }
    }

    /// Our refresh, or an offer that would have been one, was refused: it is tried again a little
    /// later, until the session expires.
    pub(super) fn refused(&mut self, now: Mono) {
        if let Timer::On { refresher: Refresher::Us, refresh_at: refresh_at @ None, .. } = self {
            *refresh_at = Some(now + RETRY);
        }
    }
}

fn session_expires(message: &Message) -> Option<(Duration, Option<bool>)> {
    let value = message.header(Name::SessionExpires)?;
    let mut parts = value.splitn(2, |b| *b == b';');
    let seconds = std::str::from_utf8(parts.next()?.trim_ascii()).ok()?;
    let seconds: u32 = seconds.parse().ok()?;
    let by_uac = parts.next().and_then(|params| {
        let params = params.to_ascii_lowercase();
        let has = |word: &[u8]| params.windows(word.len()).any(|window| window == word);
        match (has(b"refresher=uac"), has(b"refresher=uas")) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    });
    Some((Duration::from_secs(u64::from(seconds)), by_uac))
}

fn min_se(message: &Message) -> Duration {
    Duration::from_secs(u64::from(message.number(Name::MinSe).unwrap_or(0)))
}

fn ours_at_least(policy: &Policy) -> Duration {
    policy.min_se.max(SMALLEST_MIN_SE)
}

fn header(name: &str, value: String) -> (Box<str>, Box<[u8]>) {
    (name.into(), value.into_bytes().into())
}

/// UAS: settles the timer for a 2xx to this INVITE or UPDATE, starts it, and gives the headers
/// of the 2xx (§9, table 2).
pub(super) fn accept(hand: &Hand<'_, '_>, usage: &mut Usage, request: &Message) -> Headers {
    let policy = &hand.local.policy;
    // One that is too small came from a peer that no 422 would help: as if it had not been there.
    let asked = session_expires(request).filter(|(asked, _)| *asked >= ours_at_least(policy));
    let wish = policy.session_expires.map(|p| p.max(ours_at_least(policy)).max(min_se(request)));
    let interval = match (asked, wish) {
        (Some((asked, _)), Some(wish)) => asked.min(wish),
        (Some((asked, _)), None) => asked,
        (None, Some(wish)) => wish,
        (None, None) => {
            usage.timer = Timer::Off;
            return Vec::new();
        }
    };
    let by_peer = usage.peer.timer && asked.and_then(|(_, by_uac)| by_uac).unwrap_or(true);
    let refresher = if by_peer { Refresher::Peer } else { Refresher::Us };
    usage.timer = Timer::start(interval, refresher, usage.peer.timer, hand.now());
    let word = if by_peer { "uac" } else { "uas" };
    let mut headers =
        vec![header("Session-Expires", format!("{};refresher={word}", interval.as_secs()))];
    if by_peer {
        headers.push(header("Require", "timer".to_owned()));
    }
    headers
}

/// UAC: what the first INVITE asks for (§7.1). The refresher is left to the UAS.
pub(super) fn ask(policy: &Policy) -> Headers {
    let Some(wish) = policy.session_expires else { return Vec::new() };
    let min = ours_at_least(policy);
    vec![
        header("Session-Expires", wish.max(min).as_secs().to_string()),
        header("Min-SE", min.as_secs().to_string()),
    ]
}

/// UAC: what a re-INVITE or UPDATE asks for (§7.4): the interval and the roles as they are.
pub(super) fn ask_again(policy: &Policy, timer: &Timer) -> Headers {
    let Timer::On { interval, refresher, .. } = *timer else { return ask(policy) };
    let word = match refresher {
        Refresher::Us => "uac",
        Refresher::Peer => "uas",
    };
    let min = ours_at_least(policy);
    let interval = interval.max(min);
    vec![
        header("Session-Expires", format!("{};refresher={word}", interval.as_secs())),
        header("Min-SE", min.as_secs().to_string()),
    ]
}

/// UAC: a 2xx to our INVITE or UPDATE settles the timer (§7.2). A peer without session timers is
/// still refreshed where the plan asks for it (TIM-05).
pub(super) fn settle(hand: &Hand<'_, '_>, usage: &mut Usage, response: &Message) {
    let now = hand.now();
    usage.timer = match (session_expires(response), hand.local.policy.session_expires) {
        (Some((interval, by_uac)), _) if !interval.is_zero() => {
            let refresher = if by_uac == Some(false) { Refresher::Peer } else { Refresher::Us };
            // Less than the RFC's least would keep us busy with nothing but refreshes.
            Timer::start(interval.max(SMALLEST_MIN_SE), refresher, true, now)
        }
        (_, Some(wish)) => {
            let wish = wish.max(ours_at_least(&hand.local.policy));
            Timer::start(wish, Refresher::Us, false, now)
        }
        (_, None) => Timer::Off,
    };
}

/// UAC: a 422 names the interval that the peer wants (§7.3), and from now on we ask for it. Whether
/// there was one.
pub(super) fn lengthen(policy: &mut Policy, response: &Message) -> bool {
    let wanted = min_se(response);
    if wanted.is_zero() {
        return false;
    }
    policy.min_se = policy.min_se.max(wanted);
    policy.session_expires = Some(policy.session_expires.unwrap_or_default().max(wanted));
    true
}
