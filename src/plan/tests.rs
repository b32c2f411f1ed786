//! Networks, carried headers, names.

use super::*;

#[test]
fn a_network_holds_the_addresses_that_share_its_bits() {
    for (network, address, holds) in [
        ("198.51.100.0/24", "198.51.100.255", true),
        ("198.51.100.0/24", "198.51.101.0", false),
        ("198.51.100.7", "198.51.100.7", true),
        ("198.51.100.7", "198.51.100.6", false),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("::/0", "2001:db8::1", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ] {
        let parsed = Network::parse(network).unwrap();
        assert_eq!(parsed.holds(address.parse().unwrap()), holds, "{network} {address}");
    }
    for text in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "::/129", "a/8", "/8"]
    {
        assert_eq!(Network::parse(text), None, "{text}");
    }
}

#[test]
fn carried_headers_go_by_name_in_any_case_and_by_prefix() {
    let trunk = Trunk {
        id: TrunkId(0),
        name: "t".into(),
        accept_from: Vec::new(),
        peers: Vec::new(),
        limits: TrunkLimits::default(),
        credentials: None,
        number_from: Vec::new(),
        caller_from: Vec::new(),
        trusted: false,
        dtmf: DtmfPolicy::default(),
        session_timer: None,
        prefer_100rel: false,
        first_response: None,
        large_over_tcp: false,
        symmetric: false,
        carry: vec!["User-to-User".into(), "X-*".into()],
    };
    for (header, carried) in [
        ("user-to-user", true),
        ("User-to-User-2", false),
        ("x-account", true),
        ("X", false),
        ("Ünicode", false),
        ("Via", false),
    ] {
        assert_eq!(trunk.carries(header), carried, "{header}");
    }
}

#[test]
fn names_keep_their_numbers_for_good() {
    let mut names = Names::default();
    let anna = names.agent("anna");
    let bruno = names.agent("bruno");
    assert_ne!(anna, bruno);
    assert_eq!(names.agent("anna"), anna);
    assert_eq!(names.agents.name(bruno.0).map(|n| &**n), Some("bruno"));
    assert_eq!(names.agents.find("carla"), None);
}

#[test]
fn a_place_and_a_wait_are_said_with_the_words_that_are_recorded() {
    use crate::ivr::spoken::Word;
    let mut script = Script::default();
    for n in 0..20 {
        script.program.words.insert(Word::Number(n), PromptId(u32::from(n)));
    }
    script.around = Around {
        position_before: Some(PromptId(101)),
        position_after: Some(PromptId(102)),
        position_next: Some(PromptId(103)),
        wait_before: Some(PromptId(104)),
        wait_less: Some(PromptId(105)),
        wait_minute: Some(PromptId(106)),
        wait_minutes: Some(PromptId(107)),
    };
    let ids = |said: Vec<Say>| -> Vec<u32> {
        said.into_iter()
            .map(|say| match say {
                Say::Prompt(id) => id.0,
                Say::Beep | Say::Silence(_) => 999,
            })
            .collect()
    };
    let place = |script: &Script, n| ids(script.announcement(Announce::Position, n, None, ""));
    assert_eq!(place(&script, Some(1)), [103]);
    assert_eq!(place(&script, Some(7)), [101, 7, 102]);
    assert_eq!(place(&script, None), [0_u32; 0]);
    let wait = |script: &Script, s| {
        ids(script.announcement(Announce::Wait, None, Some(Duration::from_secs(s)), ""))
    };
    assert_eq!(wait(&script, 59), [104, 105]);
    assert_eq!(wait(&script, 60), [104, 1, 106]);
    assert_eq!(wait(&script, 61), [104, 2, 107]);
    script.around = Around::default();
    assert_eq!(place(&script, Some(1)), [1]);
    assert_eq!(wait(&script, 0), [1]);
}
