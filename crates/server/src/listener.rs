//! Takes connections and serves HTTP/1.1 on them, with the limits that hyper leaves to us.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use beta_web::layers::Peer;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Connections open at once, sockets included; the next ones wait to be accepted.
const CONNECTIONS_MAX: usize = 10_000;
/// How long a connection may take over the head of its next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The most headers, and their most bytes with the request line.
const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long a client may take nothing of what is written to it.
const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait when the system has no room for one more connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Connections that are being served.
#[derive(Debug)]
pub struct Connections {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Connections {
    /// Waits until every connection has finished the request it is at. Those that were upgraded
    /// to sockets are not waited for: who owns the sockets closes them.
    pub async fn drained(self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Serves `router` until `stop`; gives back what is still open then.
pub async fn serve(
    listener: &TcpListener,
    router: Router,
    stop: &CancellationToken,
) -> Connections {
    serve_patiently(listener, router, stop, WRITE_STALL_TIMEOUT).await
}

/// Gives up on clients that take nothing for as long as `write_stall`.
async fn serve_patiently(
    listener: &TcpListener,
    router: Router,
    stop: &CancellationToken,
    write_stall: Duration,
) -> Connections {
    let connections = Connections {
        tasks: TaskTracker::new(),
        stop: stop.clone(),
    };
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let next = async {
            let permit = room.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = stop.cancelled() => return connections,
            next = next => next,
        };
        let permit = permit.expect("the semaphore is never closed");
        match accepted {
            Ok((stream, peer)) => {
                // Without it small answers wait for the client's acknowledgement; failing is only
                // slower.
                let _ = stream.set_nodelay(true);
                let counted = Counted::new(stream, permit, write_stall);
                serve_connection(counted, peer, &router, &connections);
            }
            // A client that hung up while it waited is no reason to wait.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn serve_connection(stream: Counted, peer: SocketAddr, router: &Router, connections: &Connections) {
    let router = router.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            Ok::<_, Infallible>(
                router
                    .oneshot(request)
                    .await
                    .unwrap_or_else(|never| match never {}),
            )
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let stop = connections.stop.clone();
    connections.tasks.spawn(async move {
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // A client that went away, was too slow or spoke no HTTP is not worth a line.
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// A stream that gives its place free when it is dropped, also after an upgrade.
struct Counted {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    _permit: OwnedSemaphorePermit,
}

impl Counted {
    fn new(stream: TcpStream, permit: OwnedSemaphorePermit, write_stall: Duration) -> Self {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(write_stall));
        Self {
            stream: Box::pin(stream),
            _permit: permit,
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.stream.as_mut().poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use bytes::Bytes;
    use futures::stream;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Far longer than a stall, so that only the server can have ended it.
    const LONG: Duration = Duration::from_secs(20);
    const STALL: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let endless = || async {
            let piece = Ok::<_, Infallible>(Bytes::from(vec![0; 65_536]));
            Body::from_stream(stream::repeat(piece))
        };
        let router = Router::new().route("/", get(endless));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("is bound");
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let server =
            tokio::spawn(async move { serve_patiently(&listener, router, &stopped, STALL).await });

        let mut client = TcpStream::connect(address).await.expect("connects");
        let request = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n";
        client.write_all(request).await.expect("is sent");
        client.readable().await.expect("the answer begins");
        stop.cancel();
        let connections = server.await.expect("the server stops");
        let ended = tokio::time::timeout(LONG, connections.drained()).await;
        assert!(ended.is_ok(), "an answer that nobody takes has an end");
        let mut rest = Vec::new();
        // The connection was cut, which some systems tell as an error.
        let _ = client.read_to_end(&mut rest).await;
    }
}
