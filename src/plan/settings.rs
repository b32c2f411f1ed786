//! Settings of the node: listeners, media, web server, database, defaults.

use crate::base::PromptId;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How a listener takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenTransport {
    /// Datagrams.
    Udp,
    /// Streams.
    Tcp,
}

/// One address that SIP is heard on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// How.
    pub transport: ListenTransport,
    /// Where; port 0 lets the system choose.
    pub address: SocketAddr,
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.transport {
            ListenTransport::Udp => "udp",
            ListenTransport::Tcp => "tcp",
        };
        write!(f, "{scheme}://{}", self.address)
    }
}

impl FromStr for Listen {
    type Err = &'static str;

    /// Reads `udp://ADDRESS:PORT` or `tcp://ADDRESS:PORT`.
    fn from_str(text: &str) -> Result<Listen, &'static str> {
        const EXPECTED: &str = "an address such as udp://0.0.0.0:5060 or tcp://[::]:5060";
        let (scheme, address) = text.split_once("://").ok_or(EXPECTED)?;
        let transport = match scheme {
            "udp" => ListenTransport::Udp,
            "tcp" => ListenTransport::Tcp,
            _ => return Err(EXPECTED),
        };
        Ok(Listen { transport, address: address.parse().map_err(|_| EXPECTED)? })
    }
}

/// What is done with an INVITE from an address that no trunk names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownSource {
    /// 403.
    #[default]
    Refuse,
    /// No answer at all.
    Ignore,
}

/// SIP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SipSettings {
    /// In the plan's order.
    pub listen: Vec<Listen>,
    /// Networks (address, prefix length) and the address by which they reach us, most specific
    /// first.
    pub advertise: Vec<(IpAddr, u8, IpAddr)>,
    /// The address for all other networks of that family; else what the listener is bound to.
    pub advertise_default: Vec<IpAddr>,
    /// What strangers get.
    pub unknown: UnknownSource,
}

/// A codec that may be agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
}

/// Media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaSettings {
    /// First and last port, both included; the first is even, the last odd.
    pub ports: (u16, u16),
    /// In the order in which they are offered.
    pub codecs: Vec<Codec>,
    /// What the ports are bound to.
    pub address: IpAddr,
    /// What a party on hold hears; none: the hold is passed on to its phone.
    pub hold_music: Option<PromptId>,
    /// The folder with the prompts, relative to the plan's folder unless it begins with `/`.
    pub prompts: Arc<str>,
}

impl Default for MediaSettings {
    fn default() -> MediaSettings {
        MediaSettings {
            ports: (20_000, 29_999),
            codecs: vec![Codec::Pcma, Codec::Pcmu],
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            hold_music: None,
            prompts: "prompts".into(),
        }
    }
}

/// The web server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// None: no web server.
    pub listen: Option<SocketAddr>,
}

impl Default for HttpSettings {
    fn default() -> HttpSettings {
        HttpSettings { listen: Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)) }
    }
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSettings {
    /// The file as the plan names it, relative to the working directory.
    pub path: Arc<str>,
}

impl Default for RecordSettings {
    fn default() -> RecordSettings {
        RecordSettings { path: "centralino.db".into() }
    }
}

/// What applies where nothing else is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Language of spoken digits and numbers: `en`.
    pub language: Arc<str>,
    /// How long a target or an agent's phone rings.
    pub ring: Duration,
    /// How long an agent is left alone after a call.
    pub wrap_up: Duration,
    /// Time zone of opening hours (IANA).
    pub zone: Arc<str>,
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults {
            language: "en".into(),
            ring: Duration::from_secs(15),
            wrap_up: Duration::from_secs(10),
            zone: "UTC".into(),
        }
    }
}

/// When a running router reads its plan anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reload {
    /// When somebody asks for it.
    #[default]
    OnRequest,
    /// Also when a file of the plan has changed.
    OnChange,
}
