//! TCP connections: one task each, a bounded queue of what is to be written, frames to the workers.
//!
//! A connection lives on the runtime of the worker that accepted or opened it; every worker may write
//! to it through the shared table. A connection that is lost is told to all workers, so that what waits
//! for it fails at once; the next request opens a new one (TRN-03).

mod peers;
mod seats;
mod stream;
#[cfg(test)]
mod tests;

pub use peers::Peers;
pub use seats::MOST_CONNECTIONS;

use super::inbox::Inboxes;
use crate::base::WorkerId;
use crate::endpoint;
use crate::transport::{ConnectionId, Flow, Frame, ListenerId, Transport};
use crate::worker::Input;
use bytes::Bytes;
use dashmap::DashMap;
use seats::{Peer, Seats};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stream::{Broken, Usage};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

/// Messages that may wait to be written to one connection; a peer that reads no faster is cut off.
const MOST_QUEUED: usize = 512;
/// How long opening a connection may take (REAL-18).
const CONNECT: Duration = Duration::from_secs(2);
/// How long the answer to a broken stream has to leave before the connection is closed.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// All connections of the node.
#[derive(Clone, Debug)]
pub struct Connections {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    next: AtomicU64,
    by_id: DashMap<ConnectionId, Line>,
    by_remote: DashMap<(ListenerId, SocketAddr), ConnectionId>,
    /// Taken when a connection begins and when it is lost, never for a message.
    seats: Mutex<Seats>,
    /// Looked at when a connection begins, changed by a reload.
    peers: Mutex<Peers>,
    inboxes: Inboxes,
}

/// What everybody may do to a connection.
#[derive(Debug)]
struct Line {
    queue: mpsc::Sender<Bytes>,
    /// A call goes over it; asked for anew each time.
    used: Arc<AtomicBool>,
}

impl Connections {
    /// No connections yet, and so many at a time.
    #[must_use]
    pub fn new(inboxes: Inboxes, peers: Peers, most: usize) -> Connections {
        Connections {
            shared: Arc::new(Shared {
                next: AtomicU64::new(1),
                by_id: DashMap::new(),
                by_remote: DashMap::new(),
                seats: Mutex::new(Seats::new(most)),
                peers: Mutex::new(peers),
                inboxes,
            }),
        }
    }

    /// Another plan is in force: connections that begin from now on are looked at by it.
    pub fn set_peers(&self, peers: Peers) {
        *self.shared.peers.lock().unwrap_or_else(PoisonError::into_inner) = peers;
    }

    fn peers(&self) -> Peers {
        self.shared.peers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A call goes over this connection.
    pub(super) fn in_use(&self, flow: Flow) {
        let line = flow.connection.and_then(|id| self.shared.by_id.get(&id));
        if let Some(line) = line {
            line.used.store(true, Ordering::Relaxed);
        }
    }

    /// Connections now, and how many were refused since the start because there were too many.
    #[must_use]
    pub fn figures(&self) -> (usize, u64) {
        self.seats().figures()
    }

    /// Accepts on a listener for ever; frames go to `worker`, which forwards what is another's.
    pub(super) async fn accept(self, listener: TcpListener, id: ListenerId, worker: WorkerId) {
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => {
                    let peer = self.peers().peer(remote.ip());
                    if self.take_seat(remote.ip(), peer) {
                        self.begin(stream, id, remote, worker);
                    }
                }
                // Out of descriptors, or the peer was gone already: let others have a turn.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Writes to the flow's connection, to another one to the same address, or to a new one. False if
    /// it was cut off or the queue is full.
    pub(super) fn send(
        &self,
        flow: Flow,
        local: SocketAddr,
        bytes: Bytes,
        worker: WorkerId,
    ) -> bool {
        let known = flow.connection.filter(|id| self.shared.by_id.contains_key(id)).or_else(|| {
            self.shared.by_remote.get(&(flow.listener, flow.remote)).map(|entry| *entry)
        });
        if let Some(id) = known {
            let queue = self.shared.by_id.get(&id).map(|line| line.queue.clone());
            return queue.is_some_and(|queue| queue.try_send(bytes).is_ok());
        }
        let peer = self.peers().peer(flow.remote.ip());
        if !self.take_seat(flow.remote.ip(), peer) {
            return false;
        }
        let (id, queue, queued) = self.register(flow.listener, flow.remote);
        let sent = queue.try_send(bytes).is_ok();
        tokio::spawn(self.clone().open(id, flow, local, queued, worker));
        sent
    }

    async fn open(
        self,
        id: ConnectionId,
        flow: Flow,
        local: SocketAddr,
        queued: mpsc::Receiver<Bytes>,
        worker: WorkerId,
    ) {
        let connecting = tokio::time::timeout(CONNECT, connect(local, flow.remote));
        match connecting.await {
            Ok(Ok(stream)) => self.run(stream, id, flow, queued, worker).await,
            Ok(Err(_)) | Err(_) => self.lost(id, flow),
        }
    }

    fn begin(&self, stream: TcpStream, listener: ListenerId, remote: SocketAddr, worker: WorkerId) {
        let (id, _, queued) = self.register(listener, remote);
        let flow = Flow { listener, transport: Transport::Tcp, remote, connection: Some(id) };
        tokio::spawn(self.clone().run(stream, id, flow, queued, worker));
    }

    fn register(
        &self,
        listener: ListenerId,
        remote: SocketAddr,
    ) -> (ConnectionId, mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
        let id = ConnectionId(self.shared.next.fetch_add(1, Ordering::Relaxed));
        let (sender, receiver) = mpsc::channel(MOST_QUEUED);
        let line = Line { queue: sender.clone(), used: Arc::default() };
        self.shared.by_id.insert(id, line);
        self.shared.by_remote.insert((listener, remote), id);
        (id, sender, receiver)
    }

    async fn run(
        self,
        stream: TcpStream,
        id: ConnectionId,
        flow: Flow,
        queued: mpsc::Receiver<Bytes>,
        worker: WorkerId,
    ) {
        let flow = Flow { connection: Some(id), ..flow };
        // SIP messages are whole: waiting for more of them only adds delay.
        let _ = stream.set_nodelay(true);
        let (read, write) = stream.into_split();
        tokio::select! {
            () = self.read(read, id, flow, worker) => {}
            () = stream::write(write, queued) => {}
        }
        self.lost(id, flow);
    }

    /// Reads until the connection is done with. Where the plan has it so a stranger hears nothing, and
    /// a stream of its own that breaks is closed without a word.
    async fn read(&self, read: OwnedReadHalf, id: ConnectionId, flow: Flow, worker: WorkerId) {
        let is_answered = self.peers().is_answered(flow.remote.ip());
        let used = self.shared.by_id.get(&id).map(|line| line.used.clone()).unwrap_or_default();
        // A stranger's call is refused, so no call goes over this; to ask costs a look at every call.
        let is_strange = self.peers().peer(flow.remote.ip()) == Peer::Stranger;
        let ask = || {
            if !is_strange {
                self.shared.inboxes.post_all(|| Input::IsUsed(flow));
            }
        };
        let usage = Usage { ask, used };
        let take = |frame| match frame {
            Frame::Message(bytes) => {
                self.shared.inboxes.post(worker, Input::Message { flow, bytes });
            }
            Frame::Ping if is_answered => self.write(id, Bytes::from_static(b"\r\n")),
            Frame::Ping | Frame::Broken { .. } => {}
        };
        let broken = stream::read(read, take, &usage).await;
        if let Some(Broken { status, head }) = broken.filter(|_| is_answered)
            && let Some(answer) = endpoint::refuse_stream(head, status)
        {
            self.write(id, answer);
            tokio::time::sleep(LAST_WORDS).await;
        }
    }

    fn write(&self, id: ConnectionId, bytes: Bytes) {
        let queue = self.shared.by_id.get(&id).map(|line| line.queue.clone());
        if let Some(queue) = queue {
            let _ = queue.try_send(bytes);
        }
    }

    fn take_seat(&self, address: IpAddr, peer: Peer) -> bool {
        self.seats().take(address, peer)
    }

    /// A thread that panicked here left the counts as they are.
    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.shared.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lost(&self, id: ConnectionId, flow: Flow) {
        self.shared.by_id.remove(&id);
        self.seats().leave(flow.remote.ip());
        self.shared.by_remote.remove_if(&(flow.listener, flow.remote), |_, known| *known == id);
        for connection in [Some(id), None] {
            let flow = Flow { connection, ..flow };
            self.shared.inboxes.post_all(|| Input::TransportFailed(flow));
        }
    }
}

async fn connect(local: SocketAddr, remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = if remote.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // From the listener's address, by which the plan knows us, but from a port of the system's choice.
    if !local.ip().is_unspecified() {
        socket.bind(SocketAddr::new(local.ip(), 0))?;
    }
    socket.connect(remote).await
}
