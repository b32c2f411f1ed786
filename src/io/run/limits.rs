//! What the machine must give before anything starts: file descriptors.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors beside those of the media ports: listeners, database, web server, connections.
const OTHERS: u64 = 600;

/// Raises the soft limit as far as it is needed and allowed.
///
/// # Errors
/// The hard limit is too low for the ports asked for; the text says what to do.
pub fn make_room(media_ports: u32) -> Result<(), String> {
    let wanted = u64::from(media_ports) + OTHERS;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)
        .map_err(|e| format!("cannot read the limit of file descriptors: {e}"))?;
    if wanted > hard {
        let ports = hard.saturating_sub(OTHERS) / 4 * 4;
        return Err(format!(
            "the plan's {media_ports} media ports need {wanted} file descriptors and this process \
             may have {hard}; raise the hard limit (`ulimit -Hn`, LimitNOFILE= in systemd) or make \
             `media: ports:` no wider than {ports} ports",
        ));
    }
    if wanted > soft {
        setrlimit(Resource::RLIMIT_NOFILE, wanted.max(soft), hard)
            .map_err(|e| format!("cannot raise the limit of file descriptors to {wanted}: {e}"))?;
    }
    Ok(())
}
