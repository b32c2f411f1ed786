//! What of a plan is bound to sockets and files that the process opened at its start.

use crate::plan::{Listen, Plan};
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// These values, as they stood in the plan at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fixed {
    listen: Vec<Listen>,
    advertise: Vec<(IpAddr, u8, IpAddr)>,
    advertise_default: Vec<IpAddr>,
    ports: (u16, u16),
    address: IpAddr,
    http: Option<SocketAddr>,
    record: Arc<str>,
}

impl Fixed {
    pub(super) fn of(plan: &Plan) -> Fixed {
        Fixed {
            listen: plan.sip.listen.clone(),
            advertise: plan.sip.advertise.clone(),
            advertise_default: plan.sip.advertise_default.clone(),
            ports: plan.media.ports,
            address: plan.media.address,
            http: plan.http.listen,
            record: plan.record.path.clone(),
        }
    }

    /// One line for each value that another plan would change.
    pub(super) fn changed(&self, plan: &Plan) -> Vec<String> {
        let new = Fixed::of(plan);
        let mut lines = Vec::new();
        let mut hold = |key: &str, old: String, new: String| {
            if old != new {
                lines.push(format!(
                    "{key} cannot change without a restart: it is {old}, the plan says {new}"
                ));
            }
        };
        hold("sip.listen", list(&self.listen), list(&new.listen));
        hold("sip.advertise", self.advertised(), new.advertised());
        let ports = |(first, last): (u16, u16)| format!("{first}-{last}");
        hold("media.ports", ports(self.ports), ports(new.ports));
        hold("media.address", self.address.to_string(), new.address.to_string());
        let http = |listen: Option<SocketAddr>| listen.map_or("off".to_owned(), |l| l.to_string());
        hold("http.listen", http(self.http), http(new.http));
        hold("record.path", self.record.to_string(), new.record.to_string());
        lines
    }

    fn advertised(&self) -> String {
        let networks =
            self.advertise.iter().map(|(net, bits, ours)| format!("{net}/{bits}: {ours}"));
        let others = self.advertise_default.iter().map(|ours| format!("default: {ours}"));
        list(&networks.chain(others).collect::<Vec<_>>())
    }
}

fn list(items: &[impl Display]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    format!("[{}]", items.join(", "))
}
