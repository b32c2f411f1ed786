//! A target with several addresses: which failures lead to the next one, which end the offer, and
//! peers that rest because they asked for it.

use super::set::*;
use crate::stage::*;
use centralino::router::AgentActivity;
use centralino::sim::{Answer, Behaviour, HouseConfig};

/// A trunk with two peers, where Anna's and Bruno's phones live: 310 is called at its first peer, 320
/// at the trunk by its name, 330 at its second peer. Queue 340 has an agent behind that trunk, and
/// one with a phone at the caller's address.
fn with_peers(more: &str) -> HouseConfig {
    let trunk = format!("  far: {{ peers: [\"sip:10.0.0.2\", \"sip:10.0.0.3:5060\"]{more} }}\n");
    config_with(&[
        ("trunks:\n", &format!("trunks:\n{trunk}")),
        (
            "numbers:\n",
            "numbers:
  \"310\": { dial: \"sip:+39055@10.0.0.2;user=phone\", ring: 60s }
  \"320\": { dial: \"sip:+39055@far\", ring: 60s }
  \"330\": { dial: \"sip:+39055@10.0.0.3\", ring: 60s }
  \"340\": far
",
        ),
        ("flows:\n", "flows:\n  far: { wait: { queue: far, early: true } }\n"),
        (
            "queues:\n",
            "queues:
  far:
    steps: [{ want: skill.far >= 1, best: highest-proficiency }]
    ring: 60s
    otherwise: { refuse: 480 }
",
        ),
        (
            "agents:\n",
            "agents:
  carla: { contact: \"sip:carla@far\", skills: { far: 9 } }
  dario: { contact: \"sip:dario@10.0.0.1\", skills: { far: 5 } }
",
        ),
    ])
}

/// Refuses at once with this status, and says when to come back.
fn come_back(status: u16, seconds: &str) -> Behaviour {
    Behaviour::answering(Answer::Refuse {
        after: ms(0),
        status,
        headers: vec![("Retry-After".into(), seconds.into())],
    })
}

/// What follows once Bruno's address is tried.
const AT_BRUNO: &str = "
    us -> bruno INVITE (sdp)
    bruno -> us 180 INVITE
    us -> caller 180 INVITE
    bruno -> us 200 INVITE (sdp)
    us -> bruno ACK
    us -> caller 200 INVITE (sdp)
    caller -> us ACK
    caller -> us BYE
    us -> caller 200 BYE
    us -> bruno BYE
    bruno -> us 200 BYE";

/// TGT-02: 503 leads to the next address; the caller never hears of it.
#[test]
fn tgt_02_a_503_leads_to_the_next_address() {
    for (number, asked) in
        [("310", "sip:+39055@10.0.0.3:5060;user=phone"), ("320", "sip:+39055@10.0.0.3:5060")]
    {
        for anna in [come_back(503, "60"), Behaviour::answering(Answer::refuse(503))] {
            let mut set = set_with(&with_peers(""), anna, Behaviour::default());
            set.call(number, Behaviour::default().talking(s(3)));
            set.finish();
            let failed = "
                caller -> us INVITE (sdp)
                us -> anna INVITE (sdp)
                anna -> us 503 INVITE
                us -> anna ACK";
            set.assert_ladder(&[failed, AT_BRUNO].concat());
            let second = set.message("us", "bruno", "INVITE");
            assert!(second.starts_with(&format!("INVITE {asked} SIP/2.0\r\n")), "{second}");
            let first = set.message("us", "anna", "INVITE");
            for name in ["Call-ID", "Via", "From"] {
                assert_ne!(header(&first, name), header(&second, name), "a leg of its own: {name}");
            }
            set.assert_offers(&[("10.0.0.2", "unreachable"), ("10.0.0.3", "joined")]);
            assert!(set.saw("caller").heard(BRUNO_HZ) && set.saw("bruno").heard(CALLER_HZ));
        }
    }
}

/// TGT-02: the peer that was dialled comes first, then the others in the plan's order.
#[test]
fn tgt_02_the_dialled_peer_comes_first() {
    let bruno = Behaviour::answering(Answer::refuse(503));
    let mut set = set_with(&with_peers(""), Behaviour::default(), bruno);
    set.call("330", Behaviour::default().talking(s(3)));
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> bruno INVITE (sdp)
         bruno -> us 503 INVITE
         us -> bruno ACK
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         us -> caller 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> anna BYE
         anna -> us 200 BYE",
    );
}

/// TGT-02, TXN-01: a peer that says nothing until timer B.
#[test]
fn tgt_02_timer_b_leads_to_the_next_address() {
    let silent = Behaviour::answering(Answer::Silent);
    let mut set = set_with(&with_peers(""), silent, Behaviour::default());
    set.call("310", Behaviour::default().talking(s(3)));
    set.finish();
    let failed = "
        caller -> us INVITE (sdp)
        @0.001 us -> anna INVITE (sdp)
        us -> caller 100 INVITE
        @0.501 us -> anna INVITE (sdp)
        @1.501 us -> anna INVITE (sdp)
        @3.501 us -> anna INVITE (sdp)
        @7.501 us -> anna INVITE (sdp)
        @15.501 us -> anna INVITE (sdp)
        @31.501 us -> anna INVITE (sdp)
        # Timer B.
        @32.001 ";
    set.assert_ladder(&[failed, AT_BRUNO.trim_start()].concat());
    set.assert_offers(&[("10.0.0.2", "unreachable"), ("10.0.0.3", "joined")]);
}

/// TGT-02, REAL-15: where the plan says how long a peer may say nothing at all.
#[test]
fn tgt_02_a_peer_that_says_nothing_for_two_seconds() {
    let silent = Behaviour::answering(Answer::Silent);
    let config = with_peers(", first_response: 2s");
    let mut set = set_with(&config, silent, Behaviour::default());
    set.call("310", Behaviour::default().talking(s(3)));
    set.finish();
    let failed = "
        caller -> us INVITE (sdp)
        @0.001 us -> anna INVITE (sdp)
        us -> caller 100 INVITE
        @0.501 us -> anna INVITE (sdp)
        @1.501 us -> anna INVITE (sdp)
        @2.001 ";
    // Repeats go on until timer B: should it have rung unheard, its 180 brings our CANCEL.
    let repeats = "
        @7.501 us -> anna INVITE (sdp)
        @15.501 us -> anna INVITE (sdp)
        @31.501 us -> anna INVITE (sdp)";
    let bruno = AT_BRUNO.trim_start().replacen(
        "    caller -> us BYE",
        "    @3.501 us -> anna INVITE (sdp)\n    caller -> us BYE",
        1,
    );
    set.assert_ladder(&[failed, &bruno, repeats].concat());
}

/// TGT-02, TXN-18: nothing can be sent there (ICMP unreachable).
#[test]
fn tgt_02_a_transport_failure_leads_to_the_next_address() {
    let silent = Behaviour::answering(Answer::Silent);
    let mut set = set_with(&with_peers(""), silent, Behaviour::default());
    set.call("310", Behaviour::default().talking(s(3)));
    set.run(ms(100));
    let anna = (ANNA, 5060).into();
    set.world.with_system(|house, now, out| house.unreachable(anna, now, out));
    set.finish();
    let failed = "
        caller -> us INVITE (sdp)
        @0.001 us -> anna INVITE (sdp)
        @0.1 ";
    set.assert_ladder(&[failed, AT_BRUNO.trim_start()].concat());
    set.assert_offers(&[("10.0.0.2", "unreachable"), ("10.0.0.3", "joined")]);
}

/// TGT-02: what the callee says for itself ends the offer: no other address is asked.
#[test]
fn tgt_02_an_answer_of_the_callee_is_not_carried_on() {
    for (status, told) in [(486, 486), (404, 404), (480, 480), (408, 480), (500, 480), (603, 603)] {
        let anna = come_back(status, "60");
        let mut set = set_with(&with_peers(""), anna, Behaviour::default());
        set.call("310", Behaviour::default());
        set.finish();
        set.assert_ladder(&format!(
            "caller -> us INVITE (sdp)
             us -> anna INVITE (sdp)
             anna -> us {status} INVITE
             us -> anna ACK
             us -> caller {told} INVITE
             caller -> us ACK"
        ));
    }
}

/// TGT-02, REAL-16: no address is left: the caller's side is not told 503.
#[test]
fn tgt_02_all_addresses_fail() {
    let no = || come_back(503, "60");
    let mut set = set_with(&with_peers(""), no(), no());
    set.call("310", Behaviour::default());
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 503 INVITE
         us -> anna ACK
         us -> bruno INVITE (sdp)
         bruno -> us 503 INVITE
         us -> bruno ACK
         us -> caller 480 INVITE
         caller -> us ACK",
    );
    set.assert_offers(&[("10.0.0.2", "unreachable"), ("10.0.0.3", "unreachable")]);
    set.assert_ended("system", "unreachable");
}

/// TGT-02: an agent behind the trunk is tried at each address under the one lease; then the router
/// chooses the next agent.
#[test]
fn tgt_02_the_next_address_then_the_next_agent() {
    let no = || Behaviour::answering(Answer::refuse(503));
    let mut set = set_with(&with_peers(""), no(), no());
    set.call("340", Behaviour::default().talking(s(4)));
    set.run(ms(500));
    assert_eq!(set.agent("carla"), Some(AgentActivity::BackingOff));
    set.run(s(1));
    set.world.act("caller", centralino::sim::Action::HangUp);
    set.finish();
    assert_eq!(set.agent("carla"), Some(AgentActivity::Ready));
    assert_eq!(set.agent("dario"), Some(AgentActivity::Ready));
    // Dario's phone is the caller's own.
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         anna -> us 503 INVITE
         us -> anna ACK
         us -> bruno INVITE (sdp)
         bruno -> us 503 INVITE
         us -> bruno ACK
         us -> caller INVITE (sdp)
         caller -> us 180 INVITE
         caller -> us 200 INVITE (sdp)
         us -> caller ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> caller BYE
         caller -> us 200 BYE",
    );
    set.assert_offers(&[("carla", "unreachable"), ("carla", "unreachable"), ("dario", "joined")]);
}

/// TGT-02: the same agent reached by the second address: one lease, one agent, one talk.
#[test]
fn tgt_02_an_agent_reached_by_the_second_address() {
    let no = Behaviour::answering(Answer::refuse(503));
    let mut set = set_with(&with_peers(""), no, Behaviour::default());
    set.call("340", Behaviour::default().talking(s(3)));
    set.run(s(2));
    assert_eq!(set.agent("carla"), Some(AgentActivity::Busy));
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         anna -> us 503 INVITE
         us -> anna ACK
         us -> bruno INVITE (sdp)
         bruno -> us 180 INVITE
         bruno -> us 200 INVITE (sdp)
         us -> bruno ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> bruno BYE
         bruno -> us 200 BYE",
    );
    set.assert_offers(&[("carla", "unreachable"), ("carla", "joined")]);
}

/// TGT-02, CAN-01: the caller gives up while the second address rings: CANCEL goes there only.
#[test]
fn tgt_02_a_cancel_at_the_second_address() {
    let no = Behaviour::answering(Answer::refuse(503));
    let mut set = set_with(&with_peers(""), no, Behaviour::answering(Answer::Never));
    set.call("310", Behaviour { give_up_after: Some(s(2)), ..Behaviour::default() });
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 503 INVITE
         us -> anna ACK
         us -> bruno INVITE (sdp)
         bruno -> us 180 INVITE
         us -> caller 180 INVITE
         @2 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         us -> bruno CANCEL
         caller -> us ACK
         bruno -> us 200 CANCEL
         bruno -> us 487 INVITE
         us -> bruno ACK",
    );
}

/// TGT-02: a peer that let early media be heard before its 503: the next one is heard all the same.
#[test]
fn tgt_02_a_503_behind_early_media() {
    let anna = Behaviour {
        ringing: centralino::sim::phone::Ringing::EarlyMedia,
        ..Behaviour::answering(Answer::Refuse { after: s(2), status: 503, headers: Vec::new() })
    };
    let mut set = set_with(&with_peers(""), anna, Behaviour::default());
    set.call("310", Behaviour::default().talking(s(3)));
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 183 INVITE (sdp)
         us -> caller 183 INVITE (sdp)
         @2.002 anna -> us 503 INVITE
         us -> anna ACK
         us -> bruno INVITE (sdp)
         bruno -> us 180 INVITE
         bruno -> us 200 INVITE (sdp)
         us -> bruno ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> bruno BYE
         bruno -> us 200 BYE",
    );
    let caller = set.saw("caller");
    assert!(caller.heard_for(ANNA_HZ) > ms(1_500) && caller.heard_for(BRUNO_HZ) > ms(2_500));
    assert!(caller.heard(RING_BACK_HZ), "between the two: {:?}", caller.tones);
    assert!(set.saw("bruno").heard_for(CALLER_HZ) > ms(2_500));
}

/// TGT-02: the ring time is the offer's, not each address's.
#[test]
fn tgt_02_the_ring_time_goes_on() {
    let silent = Behaviour::answering(Answer::Silent);
    let config = with_peers(", first_response: 4s");
    let plan = config.plan.replace("ring: 60s", "ring: 10s");
    let config = HouseConfig { plan, ..config };
    let mut set = set_with(&config, silent, Behaviour::answering(Answer::Never));
    set.call("310", Behaviour::default());
    set.finish();
    let rungs = set.world.ladder.rungs().iter();
    let cancel = rungs.clone().find(|r| r.what == "CANCEL").map(|r| r.at.0 / 1000);
    assert_eq!(cancel, Some(10_001), "{}", set.world.ladder);
    set.assert_ended("system", "no_answer");
}

/// How many INVITEs a call to 310 now brings to Anna and to Bruno.
fn tried(set: &mut Set) -> (usize, usize) {
    let count = |set: &Set| {
        let ladder = &set.world.ladder;
        (ladder.count("us", "anna", "INVITE"), ladder.count("us", "bruno", "INVITE"))
    };
    let before = count(set);
    set.call("310", Behaviour::default().talking(s(1)));
    set.run(s(4));
    let after = count(set);
    (after.0 - before.0, after.1 - before.1)
}

/// TGT-02, REAL-17: 503 with Retry-After rests the peer: after several, for so long, and no longer.
#[test]
fn tgt_02_retry_after_rests_the_peer() {
    let mut set = set_with(&with_peers(""), come_back(503, "60"), Behaviour::default());
    for _ in 0..3 {
        assert_eq!(tried(&mut set), (1, 1), "{}", set.world.ladder);
    }
    // The third came at 8 s: the rest ends at 68 s.
    set.run(s(51));
    assert_eq!(tried(&mut set), (0, 1), "{}", set.world.ladder);
    set.run(s(2));
    assert_eq!(tried(&mut set), (1, 1), "{}", set.world.ladder);
    set.finish();
}

/// REAL-17: one 503 with Retry-After for one number rests nobody, nor do several without it.
#[test]
fn real_17_single_refusals_rest_nobody() {
    let mut set = set_with(&with_peers(""), Behaviour::answering(Answer::refuse(503)), idle());
    for _ in 0..6 {
        assert_eq!(tried(&mut set), (1, 1), "{}", set.world.ladder);
    }
    set.finish();
    let mut set = set_with(&with_peers(""), come_back(503, "60"), idle());
    for _ in 0..4 {
        assert_eq!(tried(&mut set), (1, 1), "{}", set.world.ladder);
        set.run(s(20));
    }
    set.finish();
}

/// REAL-17: a day is too long: at most an hour.
#[test]
fn real_17_a_rest_is_capped() {
    let mut set = set_with(&with_peers(""), come_back(503, "86400"), Behaviour::default());
    for _ in 0..3 {
        tried(&mut set);
    }
    assert_eq!(tried(&mut set), (0, 1));
    set.run(s(3600));
    assert_eq!(tried(&mut set), (1, 1));
    set.finish();
}

/// TGT-02: where every peer rests they are tried all the same, who comes back first at first.
#[test]
fn tgt_02_a_call_is_not_refused_because_all_rest() {
    let mut set = set_with(&with_peers(""), come_back(503, "600"), come_back(503, "60"));
    for _ in 0..3 {
        assert_eq!(tried(&mut set), (1, 1), "{}", set.world.ladder);
    }
    let before = set.world.ladder.rungs().len();
    assert_eq!(tried(&mut set), (1, 1), "{}", set.world.ladder);
    let invites = set.world.ladder.rungs().iter().skip(before);
    let invites = invites.filter(|r| r.from == "us" && r.what.starts_with("INVITE"));
    let order: Vec<&str> = invites.map(|r| r.to.as_str()).collect();
    assert_eq!(order, ["bruno", "anna"], "{}", set.world.ladder);
    set.finish();
}

/// A call to 310 that finds nobody listening at Anna's address; whom the call was offered to.
fn refused_by_transport(set: &mut Set) -> Vec<String> {
    let before = set.world.ladder.rungs().len();
    set.call("310", Behaviour::default().talking(s(1)));
    set.run(ms(100));
    let anna = (ANNA, 5060).into();
    set.world.with_system(|house, now, out| house.unreachable(anna, now, out));
    set.run(ms(3900));
    let invites = set.world.ladder.rungs().iter().skip(before);
    let invites = invites.filter(|r| r.from == "us" && r.what.starts_with("INVITE"));
    invites.map(|r| r.to.clone()).collect()
}

/// TGT-02, TXN-18: a peer that nothing can be sent to rests for a short time, which doubles as long
/// as it is not back; when it answers all is forgotten.
#[test]
fn tgt_02_a_peer_that_cannot_be_reached_rests() {
    let silent = Behaviour::answering(Answer::Silent);
    let mut set = set_with(&with_peers(""), silent, Behaviour::default());
    let both = ["anna", "bruno"];
    assert_eq!(refused_by_transport(&mut set), both, "{}", set.world.ladder);
    // Found out at 0.1 s: ten seconds.
    assert_eq!(refused_by_transport(&mut set), ["bruno"], "{}", set.world.ladder);
    set.run(s(3));
    // From 11 s on; found out at 11.1 s: twenty seconds.
    assert_eq!(refused_by_transport(&mut set), both, "{}", set.world.ladder);
    set.run(s(15));
    assert_eq!(refused_by_transport(&mut set), ["bruno"], "{}", set.world.ladder);
    set.world.behave("anna", Behaviour::default());
    assert_eq!(tried(&mut set), (1, 0), "{}", set.world.ladder);
    set.world.behave("anna", Behaviour::answering(Answer::Silent));
    assert_eq!(refused_by_transport(&mut set), both, "{}", set.world.ladder);
    set.run(s(7));
    assert_eq!(refused_by_transport(&mut set), both, "ten seconds again: {}", set.world.ladder);
    set.finish_unclean();
}

/// TGT-02, REAL-15: a peer that says nothing costs the first caller its `first_response`, not each.
#[test]
fn tgt_02_a_silent_peer_rests() {
    let silent = Behaviour::answering(Answer::Silent);
    let config = with_peers(", first_response: 2s");
    let mut set = set_with(&config, silent, Behaviour::default());
    set.call("310", Behaviour::default().talking(s(1)));
    set.run(s(5));
    set.call("310", Behaviour::default().talking(s(1)));
    set.run(s(5));
    let calls = |set: &Set| {
        let invites = set.messages("us", "anna", "INVITE");
        let ids = invites.iter().filter_map(|invite| header(invite, "Call-ID"));
        ids.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(calls(&set), 1, "{}", set.world.ladder);
    // Two seconds, and ten of rest.
    set.run(s(3));
    set.call("310", Behaviour::default().talking(s(1)));
    set.finish();
    assert_eq!(calls(&set), 2, "{}", set.world.ladder);
    assert_eq!(set.world.ladder.count("us", "caller", "200 INVITE"), 3, "{}", set.world.ladder);
}

/// TGT-02: however many addresses each offer tries, a call has as many offers as any other: ten over
/// eight dead peers, and the eleventh is answered.
#[test]
fn tgt_02_failing_over_uses_up_no_offers() {
    let peers: Vec<String> = (1..=8).map(|n| format!("\"sip:10.0.1.{n}\"")).collect();
    let peers = peers.join(", ");
    let tries: Vec<String> = (0..10)
        .map(|n| format!("    d{n}: {{ dial: \"sip:1@dead\", ring: 60s, failed: d{} }}\n", n + 1))
        .collect();
    let plan = PLAN
        .replace(
            "trunks:\n",
            &format!("trunks:\n  dead: {{ peers: [{peers}], first_response: 1s }}\n"),
        )
        .replace("numbers:\n", "numbers:\n  \"350\": dead\n")
        .replace(
            "flows:\n",
            &format!(
                "flows:\n  dead:\n{}    d10: {{ dial: \"sip:anna@10.0.0.2\" }}\n",
                tries.concat()
            ),
        );
    let mut set = set_with(&HouseConfig { plan, ..config() }, Behaviour::default(), idle());
    set.call("350", Behaviour::default().talking(s(3)));
    set.finish();
    assert!(set.saw("anna").heard(CALLER_HZ), "{}", set.world.ladder);
    let cdrs = set.world.system().cdrs();
    assert_eq!(cdrs.iter().map(|cdr| cdr.offers.len()).collect::<Vec<_>>(), [81]);
}
