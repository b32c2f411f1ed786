//! `direct_media`: the caller is re-INVITEd, RTP flows between the parties, hold is carried across, and a
//! party that refuses keeps its media with us.

use super::set::*;
use crate::stage::*;
use centralino::sim::net::{Link, Weather};
use centralino::sim::{Action, Behaviour, Faults, HouseConfig, Noticed};

/// The call until both legs are answered.
const JOINED: &str = "
    @0     caller -> us INVITE (sdp)
    us -> anna INVITE (sdp)
    anna -> us 180 INVITE
    us -> caller 180 INVITE
    anna -> us 200 INVITE (sdp)
    us -> anna ACK
    us -> caller 200 INVITE (sdp)
    caller -> us ACK";
/// Each party is shown the other.
const SHOWN: &str = "
    us -> caller INVITE (sdp)
    caller -> us 200 INVITE (sdp)
    us -> caller ACK
    us -> anna INVITE (sdp)
    anna -> us 200 INVITE (sdp)
    us -> anna ACK";
const CALLER_HANGS_UP: &str = "
    caller -> us BYE
    us -> caller 200 BYE
    us -> anna BYE
    anna -> us 200 BYE";

/// One call to the number with direct media. A packet that was under way when media moved comes from
/// where the phone does not expect it any more; nothing else may be noticed.
fn whole_call(caller: Behaviour, anna: Behaviour) -> Set {
    let mut set = set(anna, idle());
    set.call("900", caller);
    set.finish_unclean();
    for name in ["caller", "anna"] {
        assert!(set.saw(name).noticed.iter().all(|n| *n == Noticed::RtpSource), "{name}");
    }
    set
}

#[test]
fn media_flows_between_the_parties_after_a_re_invite() {
    let anna = Behaviour::default();
    let set = whole_call(Behaviour::default().talking(s(4)), anna);
    set.assert_ladder(&[JOINED, SHOWN, CALLER_HANGS_UP].concat());
    let (caller, anna) = (set.saw("caller"), set.saw("anna"));
    assert!(caller.heard_for(ANNA_HZ) > ms(3500), "{:?}", caller.tones);
    assert!(anna.heard_for(CALLER_HZ) > ms(3500), "{:?}", anna.tones);
    // We carried only what came before the parties knew of each other.
    let cdr = set.cdr();
    for leg in &cdr.legs {
        let media = leg.media.expect("figures");
        assert!(media.packets_received < 25, "{media:?}");
    }
    set.assert_ended("caller", "normal_clearing");
}

#[test]
fn hold_is_carried_across_while_media_is_direct() {
    let caller =
        Behaviour::default().then(s(2), Action::Hold).then(s(4), Action::Resume).talking(s(6));
    let set = whole_call(caller, Behaviour::default());
    let hold = "
    caller -> us INVITE (sdp sendonly)
    us -> caller 200 INVITE (sdp recvonly)
    us -> anna INVITE (sdp sendonly)
    caller -> us ACK
    anna -> us 200 INVITE (sdp recvonly)
    us -> anna ACK";
    let resume = "
    caller -> us INVITE (sdp)
    us -> caller 200 INVITE (sdp)
    us -> anna INVITE (sdp)
    caller -> us ACK
    anna -> us 200 INVITE (sdp)
    us -> anna ACK";
    set.assert_ladder(&[JOINED, SHOWN, hold, resume, CALLER_HANGS_UP].concat());
    let anna = set.saw("anna");
    assert!(anna.heard(CALLER_HZ), "{:?}", anna.tones);
    set.assert_ended("caller", "normal_clearing");
}

/// Two phones that change their description with every answer would be shown each other for ever: after
/// eight times in a row their media comes back to us, and they go on hearing each other.
#[test]
fn phones_that_change_with_every_answer_get_their_media_by_us() {
    let faults = Faults { renumbers_events: true, ..Faults::default() };
    let anna = Behaviour { faults: faults.clone(), ..Behaviour::default() };
    let caller = Behaviour { faults, ..Behaviour::default() }.talking(s(6));
    let set = whole_call(caller, anna);
    let ladder = &set.world.ladder;
    let asked = |who| ladder.count("us", who, "INVITE");
    // Anna's first INVITE, eight showings, and both brought home.
    assert_eq!((asked("caller"), asked("anna")), (5, 1 + 5), "{ladder}");
    let (caller, anna) = (set.saw("caller"), set.saw("anna"));
    assert!(caller.heard_for(ANNA_HZ) > ms(5500), "{:?}", caller.tones);
    assert!(anna.heard_for(CALLER_HZ) > ms(5500), "{:?}", anna.tones);
    for leg in &set.cdr().legs {
        let media = leg.media.expect("figures");
        assert!(media.packets_received > 200, "{media:?}");
    }
    set.assert_ended("caller", "normal_clearing");
}

/// Hold and resume as often as one likes is no such row: there are pauses between.
#[test]
fn many_holds_leave_media_direct() {
    let mut caller = Behaviour::default().talking(s(70));
    for n in 0..10 {
        caller = caller.then(s(4 + 6 * n), Action::Hold).then(s(7 + 6 * n), Action::Resume);
    }
    let set = whole_call(caller, Behaviour::default());
    for leg in &set.cdr().legs {
        let media = leg.media.expect("figures");
        assert!(media.packets_received < 25, "{media:?}");
    }
    set.assert_ended("caller", "normal_clearing");
}

/// When the agent hangs up, the caller's media is still on its way back to us: the prompt of the flow waits
/// for it and is heard whole. Where the caller takes its time, and for a caller who answers at once.
#[test]
fn a_prompt_after_direct_media_is_heard_from_its_beginning() {
    let direct = "dial: \"sip:anna@10.0.0.2\", ring: 5s,";
    let plan = PLAN.replace(direct, &format!("{direct} direct_media: true,"));
    assert_ne!(plan, PLAN);
    for delay in [ms(1), ms(150), ms(600)] {
        let config = HouseConfig { plan: plan.clone(), ..config() };
        let anna = Behaviour::default().talking(s(8));
        let mut set = set_with(&config, anna, idle());
        set.call("700", Behaviour::default());
        set.run(s(8));
        let weather = Weather { delay, ..Weather::default() };
        set.world.net.set_usual(Link { sip: weather, ..Link::default() });
        set.finish_unclean();
        let caller = set.saw("caller");
        assert!(caller.heard(ANNA_HZ), "{:?}", caller.tones);
        // The prompt has 500 ms in ten windows of the ear, the first and last of which may be cut.
        let sorry = caller.heard_for(SORRY_HZ);
        assert!(sorry >= ms(400), "{delay:?}: {sorry:?} of 500 ms\n{}", set.world.ladder);
        set.assert_ended("agent", "normal_clearing");
    }
}
