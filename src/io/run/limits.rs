//! What the machine must give before anything starts: file descriptors.

use crate::io::sip::MOST_CONNECTIONS;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

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
