//! `trunks:`.

use super::check::{Checker, Fields, is_sip_uri};
use super::codes;
use super::tree::{Key, Node};
use crate::plan::{CallerSource, DtmfPolicy, Network, NumberSource, Peer, Trunk, TrunkLimits};
use crate::sip::auth::Credentials;
use std::sync::Arc;
use std::time::Duration;

/// RFC 4028 §4: the smallest session interval.
const SHORTEST_SESSION: Duration = Duration::from_secs(90);

/// Headers that each leg writes for itself: they can never be carried over.
const OWN_HEADERS: &[&str] = &[
    "via",
    "from",
    "to",
    "call-id",
    "cseq",
    "contact",
    "route",
    "record-route",
    "max-forwards",
    "content-length",
    "content-type",
    "authorization",
    "proxy-authorization",
    "require",
    "supported",
    "session-expires",
    "min-se",
    "rseq",
    "rack",
];

pub(super) fn trunks(cx: &mut Checker<'_>, node: Option<&Node>) -> Vec<Arc<Trunk>> {
    let Some(node) = node else { return Vec::new() };
    let entries = cx.entries(node, "trunks by name");
    entries.into_iter().map(|(key, node)| Arc::new(trunk(cx, key, node))).collect()
}

fn trunk(cx: &mut Checker<'_>, key: &Key, node: &Node) -> Trunk {
    let errors = cx.errors();
    let mut fields = cx.fields(node, "trunk settings");
    let trunk = Trunk {
        id: cx.names.trunk(&key.text),
        name: key.text.as_str().into(),
        accept_from: accept_from(cx, &mut fields),
        peers: peers(cx, &mut fields),
        limits: fields.take("limits").map(|node| limits(cx, node)).unwrap_or_default(),
        credentials: fields.take("credentials").and_then(|node| credentials(cx, node)),
        number_from: number_from(cx, &mut fields),
        caller_from: caller_from(cx, &mut fields),
        trusted: flag(cx, &mut fields, "trusted", false),
        dtmf: dtmf(cx, &mut fields),
        session_timer: session_timer(cx, &mut fields),
        prefer_100rel: flag(cx, &mut fields, "prefer_100rel", false),
        first_response: fields.take("first_response").and_then(|node| cx.duration(node)),
        large_over_tcp: flag(cx, &mut fields, "large_over_tcp", false),
        symmetric: flag(cx, &mut fields, "symmetric", false),
        carry: carry(cx, &mut fields),
    };
    if let Some(node) = fields.take("country") {
        cx.tell(
            codes::COUNTRY,
            node.at,
            "`country` is not used yet: numbers are taken as they come",
        );
    }
    // Read when the flows are known that they lead to.
    fields.take_any("numbers");
    fields.finish(cx);
    if trunk.accept_from.is_empty() && trunk.peers.is_empty() && cx.errors() == errors {
        cx.tell(
            codes::IDLE_TRUNK,
            key.at,
            format!("trunk `{}` neither takes calls nor gets any", key.text),
        )
        .expected("accept_from: [198.51.100.0/24], peers: [\"sip:198.51.100.7\"], or both");
    }
    trunk
}

fn flag(cx: &mut Checker<'_>, fields: &mut Fields<'_>, key: &'static str, or: bool) -> bool {
    fields.take(key).and_then(|node| cx.boolean(node)).unwrap_or(or)
}

fn accept_from(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> Vec<Network> {
    let Some(node) = fields.take("accept_from") else { return Vec::new() };
    let mut networks = Vec::new();
    for item in cx.items(node) {
        match item.scalar().and_then(Network::parse) {
            Some(network) => networks.push(network),
            None => {
                cx.tell(codes::BAD_ADDRESS, item.at, format!("found {}", item.described()))
                    .expected("an address or network such as 198.51.100.0/24");
            }
        }
    }
    networks
}

fn peers(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> Vec<Peer> {
    let Some(node) = fields.take("peers") else { return Vec::new() };
    let mut peers = Vec::new();
    for item in cx.items(node) {
        let Some(uri) = sip_uri(cx, item) else { continue };
        let peer = Peer::parse(&uri);
        if peer.as_ref().and_then(|peer| peer.hop).is_none() {
            cx.tell(codes::BAD_PEER, item.at, format!("{} cannot be called", item.described()))
                .expected("an address, over UDP or TCP, such as sip:198.51.100.7:5060");
        }
        peers.extend(peer);
    }
    peers
}

/// One `sip:` URI or several.
pub(super) fn sip_uris(cx: &mut Checker<'_>, node: &Node) -> Vec<Arc<str>> {
    cx.items(node).iter().filter_map(|item| sip_uri(cx, item)).collect()
}

fn sip_uri(cx: &mut Checker<'_>, node: &Node) -> Option<Arc<str>> {
    let Some(uri) = node.scalar().map(str::trim).filter(|text| is_sip_uri(text)) else {
        cx.tell(codes::BAD_URI, node.at, format!("found {}", node.described()))
            .expected("a URI such as sip:anna@198.51.100.7:5060");
        return None;
    };
    tell_password(cx, node, uri);
    Some(uri.into())
}

/// Tells a `sip:user:password@host`.
pub(super) fn tell_password(cx: &mut Checker<'_>, node: &Node, uri: &str) {
    let user = uri.split_once(':').and_then(|(_, rest)| rest.split_once('@'));
    if user.is_some_and(|(user, _)| user.contains(':') && !user.contains("${")) {
        cx.tell(codes::SECRET, node.at, "a password stands in this URI")
            .expected("a URI without it; credentials belong to the trunk");
    }
}

fn limits(cx: &mut Checker<'_>, node: &Node) -> TrunkLimits {
    let mut fields = cx.fields(node, "limits");
    let mut count = |cx: &mut Checker<'_>, key| {
        let node = fields.take(key)?;
        cx.integer(node, 1..=1_000_000).and_then(|n| u32::try_from(n).ok())
    };
    let limits = TrunkLimits {
        calls: count(cx, "calls"),
        per_second: count(cx, "per_second"),
        outbound_calls: count(cx, "outbound_calls"),
        outbound_per_second: count(cx, "outbound_per_second"),
        channels: count(cx, "channels"),
    };
    fields.finish(cx);
    limits
}

fn credentials(cx: &mut Checker<'_>, node: &Node) -> Option<Arc<Credentials>> {
    let mut fields = cx.fields(node, "credentials");
    let user = fields.need("user", cx).and_then(|node| cx.secret(node));
    let password = fields.need("password", cx);
    if let Some(node) = password.filter(|n| n.scalar().is_some_and(|text| !text.contains("${env.")))
    {
        // Never its text.
        cx.tell(codes::SECRET, node.at, "a password stands in the plan itself")
            .expected("${env.NAME}, and the password in the environment");
    }
    let password = password.and_then(|node| cx.secret(node));
    fields.finish(cx);
    Some(Arc::new(Credentials { user: user?, password: password? }))
}

fn number_from(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> Vec<NumberSource> {
    let words = [
        ("request-uri", NumberSource::RequestUri),
        ("to", NumberSource::To),
        ("p-called-party-id", NumberSource::PCalledPartyId),
        ("diversion", NumberSource::Diversion),
    ];
    let found = choices(cx, fields, "number_from", &words);
    if found.is_empty() { vec![NumberSource::RequestUri] } else { found }
}

fn caller_from(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> Vec<CallerSource> {
    let words = [
        ("p-asserted-identity", CallerSource::PAssertedIdentity),
        ("remote-party-id", CallerSource::RemotePartyId),
        ("from", CallerSource::From),
    ];
    let found = choices(cx, fields, "caller_from", &words);
    let all = words.iter().map(|(_, source)| *source);
    if found.is_empty() { all.collect() } else { found }
}

fn choices<T: Copy>(
    cx: &mut Checker<'_>,
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &[(&str, T)],
) -> Vec<T> {
    let Some(node) = fields.take(key) else { return Vec::new() };
    cx.items(node).iter().filter_map(|item| cx.choice(item, words)).collect()
}

fn dtmf(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> DtmfPolicy {
    let words =
        [("auto", DtmfPolicy::Auto), ("rfc4733", DtmfPolicy::Rfc4733), ("info", DtmfPolicy::Info)];
    fields.take("dtmf").and_then(|node| cx.choice(node, &words)).unwrap_or_default()
}

fn session_timer(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> Option<Duration> {
    let node = fields.take("session_timer")?;
    if node.scalar() == Some("off") {
        return None;
    }
    let time = cx.duration(node)?;
    if time < SHORTEST_SESSION {
        cx.tell(codes::SESSION_TIMER, node.at, format!("found {}", node.described()))
            .expected("at least 90s, or off");
        return None;
    }
    Some(time)
}

fn carry(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> Vec<Arc<str>> {
    let Some(node) = fields.take("carry") else { return Vec::new() };
    let mut names: Vec<Arc<str>> = Vec::new();
    for item in cx.items(node) {
        let name = item.scalar().unwrap_or("").trim();
        let bare = name.strip_suffix('*').unwrap_or(name);
        // The token characters of RFC 3261 §25.1, `*` left out.
        let token = |c: char| c.is_ascii_alphanumeric() || "-.!%_+`'~".contains(c);
        if bare.is_empty() || !bare.chars().all(token) {
            cx.tell(codes::WRONG_VALUE, item.at, format!("found {}", item.described()))
                .expected("the name of a header, such as User-to-User or X-*");
        } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            cx.tell(
                codes::OWN_HEADER,
                item.at,
                format!("`{name}` is never carried over: each leg has its own"),
            );
        } else {
            names.push(name.into());
        }
    }
    names
}
