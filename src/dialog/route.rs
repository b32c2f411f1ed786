//! Where requests inside a dialog go: route set, remote target, strict routers, flow
//! (RFC 3261 §12.1, §12.2.1.1, §16.12.1.2).

use super::hand::Local;
use crate::base::limits;
use crate::sip::{Message, Name, NameAddr, Uri};
use crate::transport::{self, Flow, Listeners};

/// A route set: name-addr values as they came, in the order in which we write them.
pub(super) type Routes = Vec<Box<[u8]>>;

/// The route set of a UAS: the request's Record-Route in order (§12.1.1).
pub(super) fn from_request(request: &Message) -> Routes {
    request.values(Name::RecordRoute).take(limits::ROUTES).map(Box::from).collect()
}

/// The route set of a UAC: the response's Record-Route in reverse (§12.1.2).
pub(super) fn from_response(response: &Message) -> Routes {
    let mut routes = from_request(response);
    routes.reverse();
    routes
}

/// The remote target that a Contact names; none if there is no readable one (REAL-24: the caller
/// falls back to what it knows).
pub(super) fn target(message: &Message) -> Option<Box<[u8]>> {
    let contact = message.contact().ok()?;
    Some(request_uri(contact.uri.text).into())
}

/// A URI as it may stand in a Request-URI: without the headers behind `?` (§19.1.1).
pub(super) fn request_uri(uri: &[u8]) -> &[u8] {
    uri.split(|b| *b == b'?').next().unwrap_or(uri)
}

/// What a request to this target by this route set looks like.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way<'a> {
    /// The Request-URI.
    pub(super) uri: &'a [u8],
    /// Route values to write, in order.
    pub(super) routes: Vec<&'a [u8]>,
    /// Whether the last Route value is a bare URI that needs angle brackets (strict routing).
    pub(super) last_is_target: bool,
    /// The URI that leads to the next hop.
    pub(super) next: &'a [u8],
}

/// Request-URI and Route of a request (§12.2.1.1): a first route without `lr` is a strict router
/// and gets itself as the Request-URI, with the target at the end of the Route.
pub(super) fn way<'a>(target: &'a [u8], routes: &'a [Box<[u8]>]) -> Way<'a> {
    let first = routes.first().and_then(|route| NameAddr::parse(route).ok());
    let Some(first) = first else {
        return Way { uri: target, routes: Vec::new(), last_is_target: false, next: target };
    };
    if first.uri.is_loose_router() {
        let routes = routes.iter().map(|route| &**route).collect();
        return Way { uri: target, routes, last_is_target: false, next: first.uri.text };
    }
    let uri = request_uri(first.uri.text);
    let rest = routes.iter().skip(1).map(|route| &**route);
    let routes = rest.chain(std::iter::once(target)).collect();
    Way { uri, routes, last_is_target: true, next: uri }
}

/// The flow for a request whose next hop is `next`: a literal address, by the listener we already
/// speak through where that fits, on the connection that is open where it leads there; else (a
/// name, or [`super::Policy::symmetric_signalling`]) the way the peer was last heard.
pub(super) fn flow(next: &[u8], local: &Local, listeners: &Listeners) -> Flow {
    let heard = local.flow;
    if local.policy.symmetric_signalling {
        return heard;
    }
    let Some((transport, remote)) = Uri::parse(next).ok().and_then(|u| transport::next_hop(&u))
    else {
        return heard;
    };
    if transport == heard.transport && remote == heard.remote {
        return heard;
    }
    let same_family = remote.is_ipv4() == heard.remote.is_ipv4();
    let listener = if transport == heard.transport && same_family {
        Some(heard.listener)
    } else {
        listeners.towards(transport, remote)
    };
    listener.map_or(heard, |listener| Flow { listener, transport, remote, connection: None })
}
