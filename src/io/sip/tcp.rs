//! TCP connections: one task each, a bounded queue of what is to be written, frames to the workers.
//!
//! A connection lives on the runtime of the worker that accepted or opened it; every worker may write
//! to it through the shared table. A connection that is lost is told to all workers, so that what waits
//! for it fails at once; the next request opens a new one (TRN-03).

use super::inbox::Inboxes;
use crate::base::WorkerId;
use crate::sip::{Message, Writer};
use crate::transport::{ConnectionId, Flow, Frame, Framer, ListenerId, Transport};
use crate::worker::Input;
use bytes::Bytes;
use dashmap::DashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

/// Messages that may wait to be written to one connection; a peer that reads no faster is cut off.
const MOST_QUEUED: usize = 512;
/// Connections at a time, of all listeners.
const MOST_CONNECTIONS: usize = 4096;
/// How long opening a connection may take (REAL-18).
const CONNECT: Duration = Duration::from_secs(2);
/// A connection on which nothing came for so long is closed; longer than any keep-alive in use.
const IDLE: Duration = Duration::from_secs(900);
/// Bytes read at a time.
const READ_BYTES: usize = 16_384;

/// All connections of the node.
#[derive(Clone, Debug)]
pub struct Connections {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    next: AtomicU64,
    by_id: DashMap<ConnectionId, mpsc::Sender<Bytes>>,
    by_remote: DashMap<(ListenerId, SocketAddr), ConnectionId>,
    inboxes: Inboxes,
}

impl Connections {
    /// No connections yet.
    #[must_use]
    pub fn new(inboxes: Inboxes) -> Connections {
        Connections {
            shared: Arc::new(Shared {
                next: AtomicU64::new(1),
                by_id: DashMap::new(),
                by_remote: DashMap::new(),
                inboxes,
            }),
        }
    }

    /// Accepts on a listener for ever; frames go to `worker`, which forwards what is another's.
    pub(super) async fn accept(self, listener: TcpListener, id: ListenerId, worker: WorkerId) {
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => {
                    if self.shared.by_id.len() < MOST_CONNECTIONS {
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
            let queue = self.shared.by_id.get(&id).map(|entry| entry.clone());
            return queue.is_some_and(|queue| queue.try_send(bytes).is_ok());
        }
        if self.shared.by_id.len() >= MOST_CONNECTIONS {
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
        self.shared.by_id.insert(id, sender.clone());
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
            () = write_all(write, queued) => {}
        }
        self.lost(id, flow);
    }

    async fn read(&self, mut read: OwnedReadHalf, id: ConnectionId, flow: Flow, worker: WorkerId) {
        let mut framer = Framer::default();
        let mut frames = Vec::new();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let length = match tokio::time::timeout(IDLE, read.read(&mut buffer)).await {
                Ok(Ok(length)) if length > 0 => length,
                Ok(Ok(_) | Err(_)) | Err(_) => return,
            };
            framer.feed(buffer.get(..length).unwrap_or_default(), &mut frames);
            for frame in frames.drain(..) {
                match frame {
                    Frame::Message(bytes) => {
                        self.shared.inboxes.post(worker, Input::Message { flow, bytes });
                    }
                    Frame::Ping => self.write(id, Bytes::from_static(b"\r\n")),
                    Frame::Broken { status, head } => {
                        if let Some(answer) = answer_to_broken(head, status) {
                            self.write(id, answer);
                            // Let the answer leave before the connection is closed.
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                        return;
                    }
                }
            }
        }
    }

    fn write(&self, id: ConnectionId, bytes: Bytes) {
        let queue = self.shared.by_id.get(&id).map(|entry| entry.clone());
        if let Some(queue) = queue {
            let _ = queue.try_send(bytes);
        }
    }

    fn lost(&self, id: ConnectionId, flow: Flow) {
        self.shared.by_id.remove(&id);
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

async fn write_all(mut write: OwnedWriteHalf, mut queued: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = queued.recv().await {
        if write.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// TRN-02: 400 or 513 if the head is that of a request.
fn answer_to_broken(head: Bytes, status: u16) -> Option<Bytes> {
    let message = Message::scan(head).ok()?;
    message.method()?;
    message.via().ok()?;
    Some(Writer::respond(&message, status, None).finish())
}
