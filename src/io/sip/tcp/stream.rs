//! Reading and writing one connection, each in bounded time: who holds a connection has to use it.
//!
//! A peer that begins a message and does not finish it, and one that reads nothing, are cut off; a peer
//! that only pings is kept.

use crate::transport::{Frame, Framer};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// A connection on which nothing came for so long is closed unless a call goes over it; longer than
/// any keep-alive in use.
pub(super) const IDLE: Duration = Duration::from_secs(900);
/// How long the workers have to say that one does.
pub(super) const ASKED: Duration = Duration::from_secs(30);
/// How long a message may take from its first byte to its last. A peer's transaction has given up by
/// then (64·T1 is 32 s), and a byte now and then does not hold a connection (slowloris).
pub(super) const WHOLE: Duration = Duration::from_secs(30);
/// How long a message of ours may take to leave: the peer reads nothing, and its buffers are full.
pub(super) const STALLED: Duration = Duration::from_secs(10);
/// Bytes read at a time.
const READ_BYTES: usize = 16_384;

/// Whether calls go over a connection.
#[derive(Debug)]
pub(super) struct Usage<Ask> {
    /// Asks for it.
    pub(super) ask: Ask,
    /// Is set by whoever knows of one.
    pub(super) used: Arc<AtomicBool>,
}

impl<Ask: Fn()> Usage<Ask> {
    fn begin(&self) {
        self.used.store(false, Ordering::Relaxed);
        (self.ask)();
    }

    fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }
}

/// A stream that cannot be understood any more.
#[derive(Debug)]
pub(super) struct Broken {
    /// 400 or 513.
    pub(super) status: u16,
    /// The head as far as it is known.
    pub(super) head: Bytes,
}

/// Reads until the stream ends, breaks, or has kept us waiting; hands on every whole message and ping.
pub(super) async fn read(
    mut from: impl AsyncRead + Unpin,
    mut take: impl FnMut(Frame),
    usage: &Usage<impl Fn()>,
) -> Option<Broken> {
    let mut framer = Framer::default();
    let mut frames = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut until = Instant::now() + IDLE;
    let mut asked = false;
    loop {
        let length = match timeout_at(until, from.read(&mut buffer)).await {
            Ok(Ok(length)) if length > 0 => length,
            Ok(Ok(_) | Err(_)) => return None,
            Err(_) if framer.has_begun() => return None,
            Err(_) if !asked => {
                usage.begin();
                (asked, until) = (true, Instant::now() + ASKED);
                continue;
            }
            Err(_) if usage.is_used() => {
                (asked, until) = (false, Instant::now() + IDLE);
                continue;
            }
            Err(_) => return None,
        };
        asked = false;
        let was_begun = framer.has_begun();
        framer.feed(buffer.get(..length).unwrap_or_default(), &mut frames);
        let same = was_begun && frames.is_empty();
        for frame in frames.drain(..) {
            match frame {
                Frame::Broken { status, head } => return Some(Broken { status, head }),
                Frame::Message(_) | Frame::Ping => take(frame),
            }
        }
        until = match framer.has_begun() {
            // Its time runs from its first byte.
            true if same => until,
            true => Instant::now() + WHOLE,
            false => Instant::now() + IDLE,
        };
    }
}

/// Writes what is queued until that fails or a message stalls.
pub(super) async fn write(mut to: impl AsyncWrite + Unpin, mut queued: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = queued.recv().await {
        match timeout(STALLED, to.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::io::duplex;

    const OPTIONS: &[u8] = b"OPTIONS sip:a@192.0.2.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n";

    /// What a peer that does so is heard to say, and how many seconds its connection lives.
    async fn heard(peer: impl AsyncFnOnce(&mut tokio::io::DuplexStream)) -> (Vec<String>, u64) {
        heard_with(0, peer).await
    }

    /// The same where so many questions for its use are answered by a yes.
    async fn heard_with(
        calls: usize,
        peer: impl AsyncFnOnce(&mut tokio::io::DuplexStream),
    ) -> (Vec<String>, u64) {
        let (used, asked) = (Arc::new(AtomicBool::new(true)), Cell::new(0));
        let ask = || {
            assert!(!used.load(Ordering::Relaxed), "what was said before does not count");
            asked.set(asked.get() + 1);
            used.store(asked.get() <= calls, Ordering::Relaxed);
        };
        let usage = Usage { ask, used: used.clone() };
        let (mut far, near) = duplex(4096);
        let begun = Instant::now();
        let mut frames = Vec::new();
        let reading = async {
            read(near, |frame| frames.push(format!("{frame:?}")), &usage).await;
            begun.elapsed().as_secs()
        };
        let talking = async {
            peer(&mut far).await;
            // Neither gone nor saying anything more.
            std::future::pending::<()>().await;
        };
        let lived = tokio::select! {
            lived = reading => lived,
            () = talking => 0,
        };
        (frames, lived)
    }

    async fn pause(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// A message that was begun is waited for 30 s from its first byte, however often a byte more comes.
    #[tokio::test(start_paused = true)]
    async fn a_message_that_never_ends_holds_no_connection() {
        let (frames, lived) = heard(async |far| {
            far.write_all(OPTIONS).await.unwrap();
            pause(100).await;
            for byte in OPTIONS.iter().cycle().take(1000) {
                if far.write_all(&[*byte]).await.is_err() {
                    break;
                }
                pause(7).await;
            }
        })
        .await;
        assert_eq!((frames.len(), lived), (1, 130));
    }

    /// The next message has its own time, also where it begins in the packet that ends the last one.
    #[tokio::test(start_paused = true)]
    async fn each_message_has_its_own_time() {
        let (frames, lived) = heard(async |far| {
            let (first, rest) = OPTIONS.split_at(20);
            far.write_all(first).await.unwrap();
            for _ in 0..5 {
                pause(25).await;
                far.write_all(rest).await.unwrap();
                far.write_all(first).await.unwrap();
            }
        })
        .await;
        assert_eq!((frames.len(), lived), (5, 5 * 25 + 30));
    }

    /// Keep-alives hold a connection: the ping of RFC 5626, and the single CRLF that others send, which
    /// may be half a ping.
    #[tokio::test(start_paused = true)]
    async fn keep_alives_hold_a_connection() {
        let (frames, lived) = heard(async |far| {
            for bytes in [&b"\r\n\r\n"[..], b"\r\n", b"\r\n"].iter().cycle().take(9) {
                far.write_all(bytes).await.unwrap();
                pause(800).await;
            }
        })
        .await;
        let silent = (IDLE + ASKED).as_secs();
        assert_eq!((frames, lived), (vec!["Ping".to_owned(); 6], 8 * 800 + silent));
    }

    /// A connection over which a call goes is kept for as long as it does, however silent it is; half a
    /// message keeps none.
    #[tokio::test(start_paused = true)]
    async fn a_call_holds_a_silent_connection() {
        let silent = (IDLE + ASKED).as_secs();
        for calls in 0..3 {
            let (_, lived) = heard_with(calls, async |_| {}).await;
            assert_eq!(lived, (calls as u64 + 1) * silent);
        }
        let (_, lived) = heard_with(9, async |far| far.write_all(b"OPT").await.unwrap()).await;
        assert_eq!(lived, WHOLE.as_secs());
    }

    /// A peer that reads nothing is cut off when a message of ours cannot leave.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_is_cut_off() {
        let (_far, near) = duplex(100);
        let (sender, queued) = mpsc::channel(8);
        for _ in 0..3 {
            sender.try_send(Bytes::from_static(&[b'x'; 60])).unwrap();
        }
        let begun = Instant::now();
        write(near, queued).await;
        assert_eq!(begun.elapsed(), STALLED);
    }
}
