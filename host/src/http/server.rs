//! The accept loop: how connections begin, how long they may dawdle, and how they end.
//!
//! An own loop instead of a ready-made one, because three things must be said per connection: how
//! long headers may take, how many connections there may be, and that a refused sender of a large
//! body still gets to read its answer ([`Lingering`]).

use super::{App, exchange};
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// The most that a request's line and headers may hold: a path of three names takes 9 KiB when
/// every character is encoded.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// How long a connection that we end is read on for, so that its peer can read our last answer.
const LINGER: Duration = Duration::from_secs(1);

/// Serves until `stop`, then finishes what is in flight, as long as the settings allow.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()>) -> io::Result<()> {
    let router = super::router(app.clone());
    let permits = Arc::new(Semaphore::new(app.http().connections_max));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(app.http().header_timeout)
        .max_buf_size(HEADER_BYTES_MAX)
        // A client that has sent its request and closed its half still waits for the answer.
        .half_close(true);
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = async {
                // A connection is only taken when there is room for it; the rest wait in the kernel.
                let permit = permits.clone().acquire_owned().await;
                listener.accept().await.map(|(stream, _)| (stream, permit))
            } => accepted,
        };
        let (stream, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, or a peer that is gone already: neither is a reason to stop.
                tracing::warn!(target: "pushcart::http", %error, "could not accept a connection");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let (app, router) = (app.clone(), router.clone());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let (app, router) = (app.clone(), router.clone());
            async move { Ok::<_, Infallible>(exchange::answer(&app, router, request.map(Body::new)).await) }
        });
        let connection = http.serve_connection(TokioIo::new(Lingering::new(stream)), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(target: "pushcart::http", %error, "a connection broke");
            }
            drop(permit);
        });
    }
    drop(listener);
    if timeout(app.http().shutdown_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!(target: "pushcart::http", requests = app.in_flight(), "stopped before these requests were answered");
    }
    Ok(())
}

/// A stream whose end is polite.
///
/// To close a socket that has unread bytes resets the connection, and a reset may overtake the
/// answer. So the end is told first, and what the peer still sends is read and thrown away until
/// it has read that end, or for [`LINGER`].
struct Lingering {
    stream: TcpStream,
    until: Option<Pin<Box<Sleep>>>,
}

impl Lingering {
    fn new(stream: TcpStream) -> Self {
        Lingering { stream, until: None }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.until.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.until = Some(Box::pin(tokio::time::sleep_until(Instant::now() + LINGER)));
        }
        let mut scrap = [0; 16 * 1024];
        // A peer that never stops sending must not keep this task from others.
        for _ in 0..16 {
            let mut buf = ReadBuf::new(&mut scrap);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    let over = self.until.as_mut().is_some_and(|until| until.as_mut().poll(cx).is_ready());
                    return if over { Poll::Ready(Ok(())) } else { Poll::Pending };
                }
            }
        }
        let over = self.until.as_mut().is_some_and(|until| until.as_mut().poll(cx).is_ready());
        if over {
            return Poll::Ready(Ok(()));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
