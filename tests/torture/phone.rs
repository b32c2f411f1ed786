//! An agent's phone and a caller on real sockets, as simple as can be: the phone takes every call at
//! once, the caller says one thing and waits for its answer.

use crate::peer::{Caller, header, media_port, status, tag};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long an answer may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(8);

/// A socket of loopback's that gives up reading soon.
pub(crate) fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
    socket
}

pub(crate) fn address(socket: &UdpSocket) -> SocketAddr {
    socket.local_addr().expect("an address")
}

/// Takes every call at once until it is dropped.
pub(crate) struct Agent {
    pub(crate) sip: SocketAddr,
    pub(crate) media: UdpSocket,
    /// BYEs that came.
    pub(crate) byes: Arc<AtomicU32>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Agent {
    pub(crate) fn new() -> Agent {
        let (sip, media) = (socket(), socket());
        let (ends, byes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (us, port) = (address(&sip), address(&media).port());
        let (ended, heard) = (ends.clone(), byes.clone());
        let thread = std::thread::spawn(move || {
            let mut buffer = vec![0; 65_535];
            while !ended.load(Ordering::Relaxed) {
                let Ok((length, from)) = sip.recv_from(&mut buffer) else { continue };
                let request = buffer.get(..length).unwrap_or_default();
                if request.starts_with(b"BYE ") {
                    heard.fetch_add(1, Ordering::Relaxed);
                }
                if let Some(answer) = answer(request, us, port) {
                    let _ = sip.send_to(&answer, from);
                }
            }
        });
        Agent { sip: us, media, byes, ends, thread: Some(thread) }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// 200 to every request but ACK.
fn answer(request: &[u8], us: SocketAddr, port: u16) -> Option<Vec<u8>> {
    if request.starts_with(b"ACK ") || request.starts_with(b"SIP/2.0 ") {
        return None;
    }
    let head = ["Via", "From", "Call-ID", "CSeq"].map(|name| {
        let value = header(request, name).unwrap_or_default();
        format!("{name}: {value}\r\n")
    });
    let to = header(request, "To")?;
    let tag = if to.contains(";tag=") { "" } else { ";tag=agent" };
    let body = if request.starts_with(b"INVITE ") {
        let ip = us.ip();
        format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
    } else {
        String::new()
    };
    let text = format!(
        "SIP/2.0 200 OK\r\n{}To: {to}{tag}\r\nContact: <sip:anna@{us}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        head.concat(),
        body.len()
    );
    Some(text.into_bytes())
}

/// A caller with its sockets.
pub(crate) struct Line {
    pub(crate) caller: Caller,
    pub(crate) sip: UdpSocket,
    pub(crate) media: UdpSocket,
    /// Where the router takes this call's media.
    pub(crate) router_media: SocketAddr,
}

impl Line {
    pub(crate) fn new(router: SocketAddr, number: &str, call_id: &str) -> Line {
        let (sip, media) = (socket(), socket());
        let mut caller = Caller::new(address(&sip), router, number, call_id);
        caller.media_port = address(&media).port();
        Line { caller, sip, media, router_media: router }
    }

    /// Sends a request until its final response comes, which it gives back.
    #[track_caller]
    pub(crate) fn ask(&self, request: &[u8]) -> Vec<u8> {
        let began = Instant::now();
        let cseq = header(request, "CSeq");
        let mut buffer = vec![0; 65_535];
        while began.elapsed() < PATIENCE {
            let _ = self.sip.send_to(request, self.caller.them);
            let asked = Instant::now();
            while asked.elapsed() < Duration::from_millis(500) {
                let Ok((length, _)) = self.sip.recv_from(&mut buffer) else { continue };
                let answer = buffer.get(..length).unwrap_or_default();
                if status(answer).is_some_and(|s| s >= 200) && header(answer, "CSeq") == cseq {
                    return answer.to_vec();
                }
            }
        }
        panic!("no answer in {PATIENCE:?} to {}", String::from_utf8_lossy(request));
    }

    /// Calls and is answered.
    #[track_caller]
    pub(crate) fn call(&mut self) {
        let answer = self.ask(&self.caller.invite(1));
        assert_eq!(status(&answer), Some(200), "{}", String::from_utf8_lossy(&answer));
        self.caller.to_tag = tag(&answer, "To").expect("a tag");
        self.router_media.set_port(media_port(&answer).expect("a port"));
        let ack = self.caller.request("ACK", 1, "", None);
        let _ = self.sip.send_to(&ack, self.caller.them);
    }

    /// Asks this in the dialog; the status of the answer.
    #[track_caller]
    pub(crate) fn ask_within(&self, method: &str, cseq: u32) -> Option<u16> {
        status(&self.ask(&self.caller.request(method, cseq, "", None)))
    }
}

/// An RTP packet of PCMA.
pub(crate) fn rtp(sequence: u16, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0x55; 160]);
    packet
}
