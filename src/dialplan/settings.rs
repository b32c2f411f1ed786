//! `sip:`, `media:`, `http:`, `record:`, `defaults:`.

use super::check::Checker;
use super::codes;
use super::finding::At;
use super::languages;
use super::tree::{Kind, Node};
use crate::ivr::calendar::Calendar;
use crate::plan::{
    Codec, Defaults, HttpSettings, Listen, MediaSettings, Network, RecordSettings, Reload,
    SipSettings, UnknownSource,
};
use std::net::{IpAddr, SocketAddr};

pub(super) fn sip(cx: &mut Checker<'_>, node: Option<&Node>, start: At) -> SipSettings {
    let mut sip = SipSettings::default();
    let Some(node) = node else {
        cx.tell(codes::MISSING_KEY, start, "`sip` is missing")
            .expected("sip: { listen: [udp://0.0.0.0:5060] }");
        return sip;
    };
    let mut fields = cx.fields(node, "sip settings");
    if let Some(node) = fields.need("listen", cx) {
        for item in cx.items(node) {
            let Some(listen) = item.scalar().and_then(|text| text.parse::<Listen>().ok()) else {
                cx.tell(codes::BAD_LISTEN, item.at, format!("found {}", item.described()))
                    .expected("an address such as udp://0.0.0.0:5060 or tcp://[::]:5060");
                continue;
            };
            if sip.listen.contains(&listen) {
                cx.tell(codes::LISTENED_TWICE, item.at, format!("`{listen}` is listened on twice"));
            }
            sip.listen.push(listen);
        }
    }
    if let Some(node) = fields.take("advertise") {
        advertise(cx, node, &mut sip);
    }
    if let Some(node) = fields.take("unknown") {
        let words = [("refuse", UnknownSource::Refuse), ("ignore", UnknownSource::Ignore)];
        sip.unknown = cx.choice(node, &words).unwrap_or_default();
    }
    fields.finish(cx);
    sip
}

/// `192.0.2.10`, or addresses by network with a `default`.
fn advertise(cx: &mut Checker<'_>, node: &Node, sip: &mut SipSettings) {
    if !matches!(node.kind, Kind::Map(_)) {
        sip.advertise_default = cx.items(node).iter().filter_map(|n| address(cx, n)).collect();
        return;
    }
    for (key, value) in cx.entries(node, "networks and addresses") {
        if key.text == "default" {
            let addresses = cx.items(value).iter().filter_map(|n| address(cx, n)).collect();
            sip.advertise_default = addresses;
            continue;
        }
        let ours = address(cx, value);
        let Some(network) = Network::parse(&key.text) else {
            cx.tell(codes::BAD_ADDRESS, key.at, format!("found `{}`", key.text))
                .expected("a network such as 10.0.0.0/8, or default");
            continue;
        };
        if let Some(ours) = ours {
            sip.advertise.push((network.address, network.prefix, ours));
        }
    }
    // Stable: of equal lengths the first stays first.
    sip.advertise.sort_by_key(|(_, prefix, _)| std::cmp::Reverse(*prefix));
}

fn address(cx: &mut Checker<'_>, node: &Node) -> Option<IpAddr> {
    let address = node.scalar().and_then(|text| text.parse().ok());
    if address.is_none() {
        cx.tell(codes::BAD_ADDRESS, node.at, format!("found {}", node.described()))
            .expected("an IP address such as 192.0.2.10");
    }
    address
}

/// Media, and where its music for callers on hold is named: the prompts are not known yet.
pub(super) fn media<'n>(
    cx: &mut Checker<'_>,
    node: Option<&'n Node>,
) -> (MediaSettings, Option<&'n Node>) {
    let mut media = MediaSettings::default();
    let Some(node) = node else { return (media, None) };
    let mut fields = cx.fields(node, "media settings");
    if let Some(node) = fields.take("ports") {
        match node.scalar().and_then(parse_ports) {
            Some(ports) => media.ports = ports,
            None => {
                cx.tell(codes::BAD_PORTS, node.at, format!("found {}", node.described())).expected(
                    "first-last such as 20000-29999: from 1024 up, at least two, the first even",
                );
            }
        }
    }
    if let Some(node) = fields.take("codecs") {
        let words = [("pcma", Codec::Pcma), ("pcmu", Codec::Pcmu)];
        let codecs: Vec<Codec> =
            cx.items(node).iter().filter_map(|item| cx.choice(item, &words)).collect();
        if codecs.is_empty() {
            cx.tell(codes::NO_CODEC, node.at, "there is no codec left").expected("[pcma, pcmu]");
        } else {
            media.codecs = codecs;
        }
    }
    if let Some(node) = fields.take("address") {
        media.address = address(cx, node).unwrap_or(media.address);
    }
    if let Some(folder) = fields.take("prompts").and_then(|node| cx.text(node, "a folder")) {
        media.prompts = folder.trim_end_matches('/').into();
    }
    let hold_music = fields.take("hold_music");
    fields.finish(cx);
    (media, hold_music)
}

/// First and last port: an even one and an odd one, a pair for each stream.
fn parse_ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-')?;
    let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let last = if last % 2 == 0 { last.saturating_sub(1) } else { last };
    (first >= 1024 && first % 2 == 0 && last > first).then_some((first, last))
}

pub(super) fn http(cx: &mut Checker<'_>, node: Option<&Node>) -> HttpSettings {
    let mut http = HttpSettings::default();
    let Some(node) = node else { return http };
    let mut fields = cx.fields(node, "http settings");
    if let Some(node) = fields.take("listen") {
        let text = node.scalar().unwrap_or("");
        match (text, text.parse::<SocketAddr>()) {
            ("off", _) => http.listen = None,
            (_, Ok(address)) => http.listen = Some(address),
            (_, Err(_)) => {
                cx.tell(codes::BAD_LISTEN, node.at, format!("found {}", node.described()))
                    .expected("an address such as 127.0.0.1:8080, or off");
            }
        }
    }
    fields.finish(cx);
    http
}

pub(super) fn record(cx: &mut Checker<'_>, node: Option<&Node>) -> RecordSettings {
    let mut record = RecordSettings::default();
    let Some(node) = node else { return record };
    let mut fields = cx.fields(node, "record settings");
    let path = fields.take("path").and_then(|node| cx.text(node, "the path of the database"));
    if let Some(path) = path {
        record.path = path.into();
    }
    fields.finish(cx);
    record
}

/// `reload: on_change`, or `on_request`, which is the default.
pub(super) fn reload(cx: &mut Checker<'_>, node: Option<&Node>) -> Reload {
    let words = [("on_request", Reload::OnRequest), ("on_change", Reload::OnChange)];
    node.and_then(|node| cx.choice(node, &words)).unwrap_or_default()
}

pub(super) fn defaults(cx: &mut Checker<'_>, node: Option<&Node>) -> Defaults {
    let mut defaults = Defaults::default();
    let Some(node) = node else { return defaults };
    let mut fields = cx.fields(node, "defaults");
    if let Some(node) = fields.take("language") {
        let language =
            cx.text(node, "a language").and_then(|text| languages::named(cx, node.at, text));
        defaults.language = language.map_or(defaults.language, Into::into);
    }
    if let Some(node) = fields.take("ring") {
        defaults.ring = cx.duration(node).unwrap_or(defaults.ring);
    }
    if let Some(node) = fields.take("wrap_up") {
        defaults.wrap_up = cx.duration(node).unwrap_or(defaults.wrap_up);
    }
    if let Some(zone) = fields.take("zone").and_then(|node| zone(cx, node)) {
        defaults.zone = zone.into();
    }
    fields.finish(cx);
    defaults
}

/// The name of a time zone that is known.
pub(super) fn zone(cx: &mut Checker<'_>, node: &Node) -> Option<String> {
    let expected = "a time zone such as Europe/Rome or UTC";
    let name = cx.text(node, expected)?;
    if Calendar::new(name).is_none() {
        cx.tell(codes::NO_ZONE, node.at, format!("there is no time zone `{name}`"))
            .expected(expected);
        return None;
    }
    Some(name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_ranges_hold_whole_pairs() {
        for (text, ports) in [
            ("20000-29999", Some((20_000, 29_999))),
            ("20000 - 30000", Some((20_000, 29_999))),
            ("20000-20001", Some((20_000, 20_001))),
            ("20001-20010", None),
            ("20000-20000", None),
            ("30000-20000", None),
            ("0-10", None),
            ("20000-70000", None),
            ("20000", None),
            ("20000-0", None),
        ] {
            assert_eq!(parse_ports(text), ports, "{text}");
        }
    }
}
