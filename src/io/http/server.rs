//! The HTTP thread: starts, serves, stops.

use super::desk::Desk;
use super::guard::Guard;
use super::listen::Bounded;
use super::{STOP, api};
use std::fmt;
use std::io::ErrorKind::{AddrInUse, AddrNotAvailable};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// Threads for requests that read a disk.
const DISK_THREADS: usize = 2;

/// Where to listen and whom to trust.
#[derive(Clone)]
pub struct HttpConfig {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Host names, beside `localhost` and the address, under which people reach us.
    pub names: Vec<String>,
    /// The bearer token.
    pub token: String,
}

impl fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpConfig({}, {:?})", self.listen, self.names)
    }
}

/// Why the server did not start.
#[derive(Debug)]
pub enum HttpError {
    /// The address could not be bound.
    Bind {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// No thread or no runtime was to be had.
    Start(std::io::Error),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Bind { listen, source } if source.kind() == AddrInUse => write!(
                f,
                "cannot listen on http://{listen}: the port is in use; stop the other program, or \
                 listen elsewhere with `http: listen:` in the plan or --http"
            ),
            HttpError::Bind { listen, source } if source.kind() == AddrNotAvailable => write!(
                f,
                "cannot listen on http://{listen}: this machine has no such address; use one of \
                 its own, or 0.0.0.0 for all"
            ),
            HttpError::Bind { listen, source } => {
                write!(f, "cannot listen on http://{listen}: {source}")
            }
            HttpError::Start(source) => write!(f, "HTTP: {source}"),
        }
    }
}

impl std::error::Error for HttpError {}

/// A running server. Dropping it stops it: no new requests, those in progress get two seconds more.
#[derive(Debug)]
pub struct Http {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Http {
    /// Binds, so that a busy port is told at once, and serves on a thread of its own.
    pub fn start(config: &HttpConfig, desk: Arc<dyn Desk>) -> Result<Http, HttpError> {
        let listen = config.listen;
        let (listener, address) =
            bind(listen).map_err(|source| HttpError::Bind { listen, source })?;
        let guard = Guard::new(address, &config.names, &config.token);
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(DISK_THREADS)
            .build()
            .map_err(HttpError::Start)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("http".to_owned())
            .spawn(move || serve(runtime, listener, api::router(desk, guard), stopped))
            .map_err(HttpError::Start)?;
        Ok(Http { address, stop: Some(stop), thread: Some(thread) })
    }

    /// The address that was bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It fails only if the thread has ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the HTTP thread panicked");
        }
    }
}

fn bind(listen: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn serve(
    runtime: Runtime,
    listener: TcpListener,
    router: axum::Router,
    stopped: oneshot::Receiver<()>,
) {
    let served = runtime.block_on(async move {
        let listener = Bounded::new(tokio::net::TcpListener::from_std(listener)?);
        let (closing, closed) = oneshot::channel();
        let signal = async move {
            // An error says that the handle is gone: the same.
            let _ = stopped.await;
            let _ = closing.send(());
        };
        let server = axum::serve(listener, router).with_graceful_shutdown(signal);
        tokio::select! {
            ended = server => ended,
            () = async { let _ = closed.await; tokio::time::sleep(STOP).await } => Ok(()),
        }
    });
    if let Err(error) = served {
        tracing::error!(%error, "HTTP ended");
    }
    runtime.shutdown_timeout(STOP);
}
