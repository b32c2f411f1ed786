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
