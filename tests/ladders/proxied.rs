//! Phones with a system between them: a record-routing proxy of a few lines stands where the
//! router will stand. It proves the world's seat for a system and the phones' route sets.

use crate::stage::*;
use bytes::Bytes;
use centralino::base::{Mono, Now};
use centralino::sim::net::is_sip;
use centralino::sim::{
    Action, Answer, Behaviour, Datagram, Input, Node, Phone, PhoneConfig, PlaceCall, World,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5));

/// Forwards everything: an initial request to Anna, others by Route or Request-URI, responses by
/// Via. Stateless (RFC 3261 §16.11), with Record-Route.
#[derive(Debug, Default)]
struct Proxy {
    forwarded: u32,
}

fn address(text: &str) -> Option<SocketAddr> {
    let host = text.split_once("sip:").map_or(text, |(_, rest)| rest);
    let host = host.split(['>', ';', ' ']).next()?;
    let host = host.rsplit('@').next()?;
    host.parse().ok().or_else(|| Some((host.parse::<IpAddr>().ok()?, 5060).into()))
}

fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.strip_prefix(name)?.strip_prefix(':').map(str::trim)
}

impl Proxy {
    fn request(&self, text: &str) -> Option<(String, SocketAddr)> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
        let route = lines.iter().position(|l| value(l, "Route").is_some());
        let opens = !lines.iter().any(|l| value(l, "To").is_some_and(|t| t.contains(";tag=")));
        let to = match route {
            Some(i) => {
                lines.remove(i);
                address(&lines[0])?
            }
            None => (ANNA, 5060).into(),
        };
        let branch = lines.iter().find_map(|l| value(l, "Via")?.rsplit("branch=").next());
        let via = format!("Via: SIP/2.0/UDP {PROXY}:5060;branch={}p", branch?);
        lines.insert(1, via);
        if opens && lines[0].starts_with("INVITE") {
            lines.insert(2, format!("Record-Route: <sip:{PROXY}:5060;lr>"));
        }
        Some((format!("{}\r\n\r\n{body}", lines.join("\r\n")), to))
    }

    fn response(&self, text: &str) -> Option<(String, SocketAddr)> {
        let mut lines: Vec<&str> = text.split("\r\n").collect();
        let ours = lines.iter().position(|l| value(l, "Via").is_some())?;
        lines.remove(ours);
        let next = lines.iter().find_map(|l| value(l, "Via"))?;
        let to = next.split(' ').nth(1)?.split(';').next()?.parse().ok()?;
        Some((lines.join("\r\n"), to))
    }
}

impl Node for Proxy {
    fn datagram(
        &mut self,
        local: SocketAddr,
        _remote: SocketAddr,
        bytes: &[u8],
        _now: Now,
        out: &mut Vec<Datagram>,
    ) {
        let text = String::from_utf8_lossy(bytes);
        let forwarded =
            if text.starts_with("SIP/2.0") { self.response(&text) } else { self.request(&text) };
        if let Some((text, remote)) = forwarded.filter(|_| is_sip(bytes)) {
            self.forwarded += 1;
            out.push(Datagram { local, remote, bytes: Bytes::from(text) });
        }
    }

    fn timeout(&mut self, _now: Now, _out: &mut Vec<Datagram>) {}

    fn next_deadline(&self) -> Option<Mono> {
        None
    }
}

fn proxied(anna: Behaviour, caller: Behaviour) -> World<Proxy> {
    let mut world = World::new(1, "proxy", &[PROXY], Proxy::default());
    world.add_phone(Phone::new(PhoneConfig::new("caller", CALLER, Behaviour::default())));
    world.add_phone(Phone::new(PhoneConfig::new("anna", ANNA, anna)));
    let call = PlaceCall::new("anna", (PROXY, 5060).into(), caller);
    world.tell("caller", Input::Place(Box::new(call)));
    finish(&mut world);
    world
}

#[test]
fn each_message_of_the_dialog_goes_by_the_route_set() {
    let caller = Behaviour { supports_100rel: true, ..Behaviour::default() };
    let anna = Behaviour { reliable: true, ..Behaviour::default() };
    let anna = anna.then(s(1), Action::Info('4')).talking(s(2));
    let world = proxied(anna, caller);
    assert_ladder(
        &world.ladder,
        "caller -> proxy INVITE (sdp)
         proxy -> anna INVITE (sdp)
         anna -> proxy 180 INVITE
         proxy -> caller 180 INVITE
         caller -> proxy PRACK
         proxy -> anna PRACK
         anna -> proxy 200 PRACK
         proxy -> caller 200 PRACK
         anna -> proxy 200 INVITE (sdp)
         proxy -> caller 200 INVITE (sdp)
         caller -> proxy ACK
         proxy -> anna ACK
         anna -> proxy INFO (dtmf-relay)
         proxy -> caller INFO (dtmf-relay)
         caller -> proxy 200 INFO
         proxy -> anna 200 INFO
         anna -> proxy BYE
         proxy -> caller BYE
         caller -> proxy 200 BYE
         proxy -> anna 200 BYE",
    );
    assert_eq!(world.system().forwarded, 10);
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_refusal_and_its_ack_pass_a_stateless_proxy() {
    let world = proxied(Behaviour::answering(Answer::refuse(603)), Behaviour::default());
    assert_ladder(
        &world.ladder,
        "caller -> proxy INVITE (sdp)
         proxy -> anna INVITE (sdp)
         anna -> proxy 603 INVITE
         proxy -> caller 603 INVITE
         caller -> proxy ACK
         proxy -> anna ACK",
    );
    assert_clean(&world, &["caller", "anna"]);
}
