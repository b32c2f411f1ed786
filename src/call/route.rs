//! Outbound calls by a number: its route, the trunks in their order, and what they are told.
//!
//! A flow or a number of the plan dials `tel:NUMBER` (RFC 3966: a number and no host). What comes of
//! it without a leg is a cause of its own: no route 404, not for this caller 403, all trunks full 503.

use super::Call;
use super::failover::{self, Hop};
use super::leg::Role;
use super::turn::Turn;
use crate::base::gates::{Most, Place, Way};
use crate::base::{Cause, LegNo, TrunkId};
use crate::ivr::Memory;
use crate::number;
use crate::plan::{Choice, Plan, Route};
use crate::record::{Happened, Routing};
use crate::sip::Uri;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// By what route a leg goes out.
#[derive(Clone)]
pub(super) struct ByRoute {
    pub(super) route: Arc<Route>,
    /// The number that is shown, where the route says one.
    pub(super) shown: Option<Box<str>>,
}

/// Without the number that is shown: it may be the caller's.
impl fmt::Debug for ByRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByRoute({})", self.route.name)
    }
}

/// The number of a `tel:` URI; none for any other target.
pub(super) fn dialled_number(target: &str) -> Option<String> {
    let (scheme, number) = target.trim().split_once(':')?;
    scheme.eq_ignore_ascii_case("tel").then(|| number::normalise(number))
}

impl Call {
    /// Calls a number by its route.
    pub(super) fn begin_route(
        &mut self,
        number: &str,
        ring: Duration,
        turn: &mut Turn<'_, '_>,
    ) -> Result<LegNo, Cause> {
        let plan = self.plan.clone();
        let choice = if number::is_number(number) {
            plan.routes.choose(number, self.parties.from)
        } else {
            Choice::None
        };
        let route = match choice {
            Choice::Route(route) => route,
            Choice::Barred(route) => {
                self.note_route(Some(route), None, None, Routing::NotAllowed, turn);
                return Err(Cause::Forbidden);
            }
            Choice::None => {
                self.note_route(None, None, None, Routing::NoRoute, turn);
                return Err(Cause::NotFound);
            }
        };
        if let Some(status) = route.refuse {
            self.note_route(Some(route), None, None, Routing::Refused, turn);
            return Err(Cause::from_status(status));
        }
        let Some(sent) = route.sent(number) else {
            self.note_route(Some(route), None, None, Routing::NoRoute, turn);
            return Err(Cause::NotFound);
        };
        let facts = Memory::new(self.parties.facts(BTreeMap::new()));
        let shown = route.caller.as_ref().map(|caller| number::normalise(&caller.render(&facts)));
        let shown = shown.filter(|shown| number::is_number(shown)).map(String::into_boxed_str);
        let by = Arc::new(ByRoute { route: route.clone(), shown });
        self.may_begin_offer()?;
        let now = turn.cx.now;
        let hops = failover::in_order(hops(route, &sent, &plan), turn.cx.peers, now.mono);
        let no = self.begin_hops(Role::Target, hops, "".into(), now.after(ring), Some(by), turn)?;
        self.legs.count_offer();
        Ok(no)
    }

    /// A place on the trunk that this address is a peer of. An emergency call has one always.
    pub(super) fn enter_trunk(
        &self,
        hop: &Hop,
        by: Option<&ByRoute>,
        turn: &mut Turn<'_, '_>,
    ) -> Result<Option<Place>, Cause> {
        let Some(trunk) = hop.trunk.and_then(|id| self.plan.trunk(id)) else { return Ok(None) };
        let most = match by {
            Some(by) if by.route.emergency => Most::default(),
            Some(_) | None => trunk.limits.most(Way::Out),
        };
        let entered = turn.cx.gates.enter(trunk.id, Way::Out, most, turn.cx.now.mono);
        entered.map(Some).map_err(|_| {
            let route = by.map(|by| &by.route);
            self.note_route(route, hop.trunk, None, Routing::Full, turn);
            Cause::Overload
        })
    }

    /// For the record: where a number went, or why it did not.
    pub(super) fn note_route(
        &self,
        route: Option<&Arc<Route>>,
        trunk: Option<TrunkId>,
        leg: Option<LegNo>,
        what: Routing,
        turn: &mut Turn<'_, '_>,
    ) {
        let trunk = trunk.and_then(|id| self.plan.trunk(id)).map(|trunk| trunk.name.clone());
        let route = route.map(|route| route.name.clone());
        turn.note(self.key, Happened::Routed { route, trunk, leg, what });
    }
}

/// The peers of a route's trunks, with the number that each is asked for.
fn hops(route: &Route, number: &str, plan: &Plan) -> Vec<Hop> {
    // RFC 3261 §19.1.6: a telephone number in a `sip:` URI says so. `#` would begin a fragment.
    let target = format!("sip:{}@route.invalid;user=phone", number.replace('#', "%23"));
    let Ok(target) = Uri::parse(target.as_bytes()) else { return Vec::new() };
    let trunks = route.trunks.iter().filter_map(|id| plan.trunk(*id));
    let peers = trunks.flat_map(|trunk| trunk.peers.iter().map(|peer| (trunk.id, peer)));
    let hops = peers.filter_map(|(trunk, peer)| {
        let (transport, remote) = peer.hop?;
        let target = peer.aimed(&target)?.into();
        Some(Hop { target, transport, remote, trunk: Some(trunk) })
    });
    hops.collect()
}
