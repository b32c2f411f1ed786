//! Where requests inside a dialog go: route sets, strict routers, flows.

use super::*;

fn bye(mut ladder: Ladder) -> (Flow, Message) {
    ladder.end();
    ladder.sent.remove(0)
}

fn routes(message: &Message) -> Vec<String> {
    message.values(Name::Route).map(text).collect()
}

/// DLG-02, DLG-03: in order where we are the UAS, reversed where we are the UAC.
#[test]
fn dlg_02_the_route_set_is_kept_per_side() {
    let record = "Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2:5082;lr>\r\n";
    let (flow, sent) = bye(Ladder::answered_uas(Policy::default(), record));
    assert_eq!(routes(&sent), ["<sip:192.0.2.1;lr>", "<sip:192.0.2.2:5082;lr>"]);
    assert_eq!(flow.remote, "192.0.2.1:5060".parse().unwrap());
    assert_eq!(sent.request_uri_text(), format!("sip:peer@{PEER}").as_bytes());
    let (flow, sent) = bye(Ladder::answered_uac(Policy::default(), record));
    assert_eq!(routes(&sent), ["<sip:192.0.2.2:5082;lr>", "<sip:192.0.2.1;lr>"]);
    assert_eq!(flow.remote, "192.0.2.2:5082".parse().unwrap());
}

/// DLG-02: the route set is computed again at the 2xx.
#[test]
fn dlg_02_the_route_set_is_computed_again_at_the_2xx() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "180 Ringing", "peer", "Record-Route: <sip:192.0.2.1;lr>\r\n", "");
    ladder.answer(&invite, "200 OK", "peer", "Record-Route: <sip:192.0.2.2;lr>\r\n", &sdp(1));
    assert_eq!(routes(&ladder.take_sent("ACK")), ["<sip:192.0.2.2;lr>"]);
}

/// DLG-03: a strict router gets itself as the Request-URI, and the target at the end.
#[test]
fn dlg_03_a_strict_router_is_addressed_its_way() {
    let record = "Record-Route: <sip:192.0.2.1>, <sip:192.0.2.2;lr>\r\n";
    let (flow, sent) = bye(Ladder::answered_uas(Policy::default(), record));
    assert_eq!(sent.request_uri_text(), b"sip:192.0.2.1");
    assert_eq!(routes(&sent), ["<sip:192.0.2.2;lr>".to_owned(), format!("<sip:peer@{PEER}>")]);
    assert_eq!(flow.remote, "192.0.2.1:5060".parse().unwrap());
}

/// REAL-02: a private Contact, and the peer's setting that says where its packets come from.
#[test]
fn real_02_symmetric_signalling_goes_where_packets_come_from() {
    let private = "Contact: <sip:phone@10.9.9.9:5060>\r\n";
    let (flow, _) = bye(Ladder::answered_uas(Policy::default(), private));
    assert_eq!(flow.remote, "10.9.9.9:5060".parse().unwrap());
    let policy = Policy { symmetric_signalling: true, ..Policy::default() };
    let (flow, sent) = bye(Ladder::answered_uas(policy, private));
    assert_eq!(flow.remote, PEER.parse().unwrap());
    assert_eq!(sent.request_uri_text(), b"sip:phone@10.9.9.9:5060");
}

/// A host name needs DNS that a dialog has not: the way the peer was heard.
#[test]
fn a_named_target_is_reached_the_way_the_peer_was_heard() {
    let (flow, sent) =
        bye(Ladder::answered_uas(Policy::default(), "Contact: <sip:a@example.net>\r\n"));
    assert_eq!(flow.remote, PEER.parse().unwrap());
    assert_eq!(sent.request_uri_text(), b"sip:a@example.net");
}

/// The listener follows the transport of the target; Via and Contact say which.
#[test]
fn the_listener_follows_the_targets_transport() {
    let (flow, sent) = bye(Ladder::answered_uas(
        Policy::default(),
        "Contact: <sip:a@192.0.2.66:5061;transport=tcp>\r\n",
    ));
    assert_eq!((flow.transport, flow.listener), (Transport::Tcp, ListenerId(1)));
    assert!(value(&sent, Name::Via).starts_with("SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bK"));
    assert!(value(&sent, Name::Via).ends_with(";rport"));
}

/// REAL-23: what a Contact carries is kept as it is, its URI headers apart.
#[test]
fn real_23_the_target_is_kept_as_it_is() {
    let odd = "Contact: \"x\" <sip:%23+39;ob;a=b*@192.0.2.66;ob;gr=urn:x?Subject=s>;expires=3\r\n";
    let (_, sent) = bye(Ladder::answered_uas(Policy::default(), odd));
    assert_eq!(text(sent.request_uri_text()), "sip:%23+39;ob;a=b*@192.0.2.66;ob;gr=urn:x");
}
