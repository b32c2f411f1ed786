//! What the machine gives: file descriptors, made enough before anything starts; ports, addresses.

use crate::dialplan::Machine;
use crate::io::sip::MOST_CONNECTIONS;
use nix::ifaddrs::getifaddrs;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::fs;
use std::net::IpAddr;

/// The bit of CAP_NET_BIND_SERVICE in the effective capabilities.
const BIND_SERVICE: u32 = 10;

/// What this machine gives to this process, as far as the system tells.
pub(super) fn machine() -> Machine {
    let hard = getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(_, hard)| hard);
    Machine {
        media_ports: hard.map(|hard| hard.saturating_sub(OTHERS + LEAST_CONNECTIONS)),
        lowest_port: lowest_port(),
        addresses: addresses(),
    }
}

/// The lowest port that may be opened; none if that is not known.
fn lowest_port() -> Option<u16> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    let effective = u64::from_str_radix(effective.trim(), 16).ok()?;
    if effective & (1 << BIND_SERVICE) != 0 {
        return Some(1);
    }
    fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").ok()?.trim().parse().ok()
}

fn addresses() -> Option<Vec<IpAddr>> {
    let interfaces = getifaddrs().ok()?.filter_map(|interface| interface.address);
    let address = |address: nix::sys::socket::SockaddrStorage| {
        let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
    };
    Some(interfaces.filter_map(address).collect())
}

/// Descriptors beside those of media ports and SIP connections: listeners, database, web server.
const OTHERS: u64 = 500;
/// SIP connections over TCP for which there must be room at least.
const LEAST_CONNECTIONS: u64 = 100;

/// Raises the soft limit as far as it is needed and allowed; gives how many SIP connections there is
/// room for beside the media ports.
///
/// # Errors
/// The hard limit is too low for the ports asked for; the text says what to do.
pub fn make_room(media_ports: u32) -> Result<usize, String> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)
        .map_err(|e| format!("cannot read the limit of file descriptors: {e}"))?;
    let connections = connections(media_ports, hard)?;
    let wanted = u64::from(media_ports) + OTHERS + connections;
    if wanted > soft {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard)
            .map_err(|e| format!("cannot raise the limit of file descriptors to {wanted}: {e}"))?;
    }
    Ok(usize::try_from(connections).unwrap_or(usize::MAX))
}

/// The connections for which a process with so many descriptors has room beside its media ports.
fn connections(media_ports: u32, hard: u64) -> Result<u64, String> {
    let least = OTHERS + LEAST_CONNECTIONS;
    let wanted = u64::from(media_ports) + least;
    if wanted > hard {
        let ports = hard.saturating_sub(least) / 4 * 4;
        return Err(format!(
            "the plan's {media_ports} media ports need {wanted} file descriptors and this process \
             may have {hard}; raise the hard limit (`ulimit -Hn`, LimitNOFILE= in systemd) or make \
             `media: ports:` no wider than {ports} ports",
        ));
    }
    Ok((hard - u64::from(media_ports) - OTHERS).min(MOST_CONNECTIONS as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_take_what_the_media_ports_leave() {
        let most = MOST_CONNECTIONS as u64;
        assert_eq!(connections(10_000, 1 << 20), Ok(most));
        assert_eq!(connections(10_000, 10_000 + OTHERS + most), Ok(most));
        assert_eq!(connections(10_000, 10_000 + OTHERS + most - 1), Ok(most - 1));
        assert_eq!(connections(400, 1024), Ok(124));
        assert_eq!(connections(424, 1024), Ok(LEAST_CONNECTIONS));
        let refused = connections(425, 1024).unwrap_err();
        assert!(refused.contains("no wider than 424 ports"), "{refused}");
    }
}
