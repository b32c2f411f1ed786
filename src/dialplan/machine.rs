//! What a plan asks of the machine: ports, addresses, rights. The figures come from the world.

use super::check::Checker;
use super::codes;
use super::finding::At;
use super::source::Machine;
use super::tree::Node;
use crate::plan::{HttpSettings, ListenTransport, MediaSettings, SipSettings, Trunk};
use crate::router::roster::Queue;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What the plan says of the node, and the sections it stands in.
pub(super) struct Asked<'a> {
    pub(super) sip: (&'a SipSettings, Option<&'a Node>),
    pub(super) media: (&'a MediaSettings, Option<&'a Node>),
    pub(super) http: (&'a HttpSettings, Option<&'a Node>),
    pub(super) trunks: (&'a [Arc<Trunk>], Option<&'a Node>),
    pub(super) queues: (&'a [Queue], Option<&'a Node>),
}

pub(super) fn check(cx: &mut Checker<'_>, asked: &Asked<'_>) {
    let machine = cx.world.machine();
    listeners(cx, asked, &machine);
    ports(cx, asked, &machine);
    calls(cx, asked);
}

fn listeners(cx: &mut Checker<'_>, asked: &Asked<'_>, machine: &Machine) {
    let (sip, node) = asked.sip;
    let items = node.and_then(|node| node.key("listen")).map(Node::each).unwrap_or_default();
    for (listen, item) in sip.listen.iter().zip(items) {
        address(cx, item.at, listen.address, machine);
        let (media, _) = asked.media;
        let (first, last) = media.ports;
        let taken = (first..=last).contains(&listen.address.port());
        let apart = media.address != listen.address.ip()
            && !media.address.is_unspecified()
            && !listen.address.ip().is_unspecified();
        if taken && !apart && listen.transport == ListenTransport::Udp {
            let message = format!("port {} is one of media: ports", listen.address.port());
            cx.tell(codes::PORT_TAKEN, item.at, message)
                .expected(format!("a port outside {first}-{last}, or other media ports"));
        }
    }
    let (http, node) = asked.http;
    if let (Some(listen), Some(node)) = (http.listen, node.and_then(|node| node.key("listen"))) {
        address(cx, node.at, listen, machine);
    }
}

fn address(cx: &mut Checker<'_>, at: At, address: SocketAddr, machine: &Machine) {
    let strange = |ours: &Vec<IpAddr>| !ours.contains(&address.ip());
    if !address.ip().is_unspecified()
        && !address.ip().is_loopback()
        && machine.addresses.as_ref().is_some_and(strange)
    {
        let message = format!("no interface of this machine has the address {}", address.ip());
        cx.tell(codes::NOT_OUR_ADDRESS, at, message)
            .expected("0.0.0.0 or an address of this machine, with `advertise` for the outer one");
    }
    if let Some(lowest) = machine.lowest_port
        && (1..lowest).contains(&address.port())
    {
        let message = format!("port {} may not be opened by this process", address.port());
        cx.tell(codes::PORT_NEEDS_RIGHTS, at, message)
            .expected(format!("a port from {lowest} on, or CAP_NET_BIND_SERVICE"));
    }
}

fn ports(cx: &mut Checker<'_>, asked: &Asked<'_>, machine: &Machine) {
    let (media, node) = asked.media;
    let wanted = count(media);
    let Some(node) = node.and_then(|node| node.key("ports")) else { return };
    if let Some(most) = machine.media_ports.filter(|most| wanted > *most) {
        let message = format!("{wanted} media ports; this machine allows {most}");
        cx.tell(codes::TOO_MANY_PORTS, node.at, message)
            .expected("a narrower range, or a higher hard limit of open files (ulimit -Hn)");
    }
}

fn count(media: &MediaSettings) -> u64 {
    let (first, last) = media.ports;
    u64::from(last.saturating_sub(first)) + 1
}

/// Limits of calls and waiting callers against pairs of media ports.
fn calls(cx: &mut Checker<'_>, asked: &Asked<'_>) {
    let (media, _) = asked.media;
    let pairs = count(media) / 2;
    let (trunks, node) = asked.trunks;
    let nodes = by_name(node);
    for trunk in trunks {
        let place = nodes.get(&*trunk.name).and_then(|node| node.key("limits")?.key("calls"));
        if let (Some(calls), Some(place)) = (trunk.limits.calls, place)
            && u64::from(calls) > pairs
        {
            let message = format!("{calls} calls; media: ports has {pairs} pairs of ports");
            cx.tell(codes::TOO_MANY_CALLS, place.at, message)
                .expected(format!("at most {pairs}, or more ports"));
        }
    }
    let (queues, node) = asked.queues;
    let nodes = by_name(node);
    for queue in queues {
        let place = nodes.get(&*queue.name).and_then(|node| node.key("max_length"));
        if let (Some(most), Some(place)) = (queue.max_length, place)
            && u64::from(most) > pairs
        {
            let message =
                format!("{most} waiting callers; media: ports has {pairs} pairs of ports");
            cx.tell(codes::QUEUE_TOO_LONG, place.at, message)
                .expected(format!("at most {pairs}, or more ports"));
        }
    }
}

fn by_name(node: Option<&Node>) -> BTreeMap<&str, &Node> {
    let entries = node.into_iter().flat_map(Node::entries);
    entries.map(|(key, node)| (key.text.as_str(), node)).collect()
}
