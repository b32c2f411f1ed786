//! What the machine says: CPU of a peer with all its processes, stolen time, memory, and free ports.
//!
//! Everything is read from /proc. `schedstat` counts in nanoseconds, where `stat` counts in ticks of
//! 10 ms; it counts live threads only, which is enough for servers that keep their threads.

use crate::Result;
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// What a peer used so far: all its processes with all their threads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// CPU in microseconds.
    pub(crate) cpu_us: f64,
    /// Voluntary context switches: sleeps, so one for each wake.
    pub(crate) wakes: f64,
}

impl Usage {
    pub(crate) fn since(self, before: Usage) -> Usage {
        Usage { cpu_us: self.cpu_us - before.cpu_us, wakes: self.wakes - before.wakes }
    }
}

/// The process and all that descend from it: some peers fork.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|n| n.parse::<u32>().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name in brackets may hold spaces; the parent is the second word behind it.
        let behind = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if let Some(parent) = behind.split_whitespace().nth(1).and_then(|p| p.parse().ok()) {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(pid) = found.get(at).copied() {
        found.extend(children.remove(&pid).unwrap_or_default());
        at += 1;
    }
    found
}

/// What the peer used so far.
pub(crate) fn usage(pid: u32) -> Usage {
    let mut sum = Usage::default();
    for process in family(pid) {
        let tasks = fs::read_dir(format!("/proc/{process}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
            sum.cpu_us += first_number(&read("schedstat")) / 1000.0;
            let status = read("status");
            let wakes = status.lines().find_map(|l| l.strip_prefix("voluntary_ctxt_switches:"));
            sum.wakes += first_number(wakes.unwrap_or_default());
        }
    }
    sum
}

/// Resident memory of the peer, in kB.
pub(crate) fn resident_kb(pid: u32) -> f64 {
    let rss = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        first_number(status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default())
    };
    family(pid).iter().map(rss).sum()
}

/// Descriptors that the peer has open.
pub(crate) fn descriptors(pid: u32) -> f64 {
    let count =
        |pid: &u32| fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().count() as f64;
    family(pid).iter().map(count).sum()
}

fn first_number(text: &str) -> f64 {
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0)
}

/// Ticks of all cores so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    all: f64,
    stolen: f64,
}

/// The `cpu` line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
pub(crate) fn ticks() -> Ticks {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let words = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8);
    let numbers: Vec<f64> = words.map(first_number).collect();
    Ticks { all: numbers.iter().sum(), stolen: numbers.get(7).copied().unwrap_or(0.0) }
}

/// The share of time since then that the host gave to others.
pub(crate) fn stolen_since(before: Ticks) -> f64 {
    let now = ticks();
    (now.stolen - before.stolen) / (now.all - before.all).max(1.0)
}

/// Kernel memory of sockets on the whole machine, in kB: what is accounted to UDP buffers (sockstat;
/// a socket that has received anything keeps a page or more of its share), and the objects that every
/// socket has (slabinfo, which only root may read).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SocketMemory {
    pub(crate) sockets: f64,
    pub(crate) buffers_kb: f64,
    pub(crate) objects_kb: Option<f64>,
}

/// The slabs that a UDP socket has objects in.
const SLABS: [&str; 5] = ["UDP", "sock_inode_cache", "filp", "dentry", "eventpoll_epi"];

pub(crate) fn socket_memory() -> SocketMemory {
    let sockstat = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let udp = sockstat.lines().find_map(|l| l.strip_prefix("UDP:")).unwrap_or_default();
    let after = |name: &str| {
        let mut words = udp.split_whitespace().skip_while(|word| *word != name).skip(1);
        words.next().map_or(0.0, first_number)
    };
    let slabs = fs::read_to_string("/proc/slabinfo").ok().map(|slabinfo| {
        let bytes = slabinfo.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (name, active, size) = (words.first()?, words.get(1)?, words.get(3)?);
            SLABS.contains(name).then(|| first_number(active) * first_number(size))
        });
        bytes.sum::<f64>() / 1024.0
    });
    SocketMemory { sockets: after("inuse"), buffers_kb: after("mem") * 4.0, objects_kb: slabs }
}

/// A server's own address of loopback, so that servers never share a media port.
pub(crate) fn address(number: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 10 + number))
}

/// A port of this address that nobody has, below those that the system gives out.
///
/// # Errors
/// There is none.
pub(crate) fn free_port(ip: IpAddr, taken: &mut Vec<SocketAddr>) -> Result<SocketAddr> {
    for port in (30_000..32_700).step_by(10) {
        let at = SocketAddr::new(ip, port);
        if !taken.contains(&at) && UdpSocket::bind(at).is_ok() {
            taken.push(at);
            return Ok(at);
        }
    }
    Err(format!("no free port at {ip} from 30000 to 32700").into())
}

/// The machine in words, for the report.
pub(crate) fn machine() -> BTreeMap<String, String> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpuinfo.lines().find(|l| l.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("", |(_, value)| value.trim()).to_owned()
    };
    let cores = cpuinfo.lines().filter(|l| l.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    BTreeMap::from([
        ("processor".to_owned(), field("model name")),
        ("cores".to_owned(), cores.to_string()),
        ("kernel".to_owned(), kernel.trim().to_owned()),
    ])
}

/// A larger receive buffer: as root without regard to the system's limit, else as much as it gives.
pub(crate) fn widen(socket: &UdpSocket, bytes: usize) {
    use nix::sys::socket::{setsockopt, sockopt};
    if setsockopt(socket, sockopt::RcvBufForce, &bytes).is_err() {
        socket2::SockRef::from(socket).set_recv_buffer_size(bytes).ok();
    }
}
