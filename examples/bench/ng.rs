//! A client of rtpengine's control protocol, as much of it as sets up a call: `offer` and `answer`,
//! bencoded dictionaries over UDP behind a cookie.

use crate::Result;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

pub(crate) struct Client {
    socket: UdpSocket,
    cookie: u32,
}

impl Client {
    pub(crate) fn new(control: SocketAddr) -> Result<Client> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(control)?;
        socket.set_read_timeout(Some(Duration::from_secs(3)))?;
        Ok(Client { socket, cookie: 0 })
    }

    /// Sets a call up between these two; gives where the caller and the callee send to.
    ///
    /// # Errors
    /// rtpengine refuses, or does not answer.
    pub(crate) fn call(
        &mut self,
        name: &str,
        caller: SocketAddr,
        callee: SocketAddr,
    ) -> Result<(SocketAddr, SocketAddr)> {
        let offer =
            [("call-id", name), ("command", "offer"), ("from-tag", "a"), ("sdp", &sdp(caller))];
        let for_callee = media(&self.ask(&offer)?)?;
        let answer = [
            ("call-id", name),
            ("command", "answer"),
            ("from-tag", "a"),
            ("sdp", &sdp(callee)),
            ("to-tag", "b"),
        ];
        let for_caller = media(&self.ask(&answer)?)?;
        Ok((for_caller, for_callee))
    }

    fn ask(&mut self, pairs: &[(&str, &str)]) -> Result<String> {
        self.cookie += 1;
        let text = |text: &str| format!("{}:{text}", text.len());
        let items: String = pairs.iter().map(|(k, v)| text(k) + &text(v)).collect();
        self.socket.send(format!("{} d{items}e", self.cookie).as_bytes())?;
        let mut buffer = [0; 8192];
        let length = self.socket.recv(&mut buffer)?;
        let answer = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
        if answer.contains("6:result2:ok") {
            Ok(answer)
        } else {
            Err(format!("rtpengine says {answer}").into())
        }
    }
}

fn sdp(at: SocketAddr) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n",
        ip = at.ip(),
        port = at.port()
    )
}

/// The address in the SDP that came back; it stands as text in the answer.
fn media(answer: &str) -> Result<SocketAddr> {
    let after = |mark: &str, ends: &[char]| -> Option<String> {
        let (_, rest) = answer.split_once(mark)?;
        Some(rest.split(ends).next()?.to_owned())
    };
    let ip = after("c=IN IP4 ", &['\r']).ok_or("rtpengine's SDP has no address")?;
    let port = after("m=audio ", &[' ']).ok_or("rtpengine's SDP has no port")?;
    Ok(SocketAddr::new(ip.parse()?, port.parse()?))
}
