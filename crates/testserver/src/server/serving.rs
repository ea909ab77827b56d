//! What the server's thread does: accept, read, ask the provider, answer.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use crate::record::{Recorded, lock};

/// More than any test sends, and little enough for a server that runs on.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// As long as hyper waits for a request's head, so that silent connections do not pile up.
const HANDSHAKE: Duration = Duration::from_secs(30);

pub(super) async fn accept(listener: TcpListener, tls: Option<Arc<rustls::ServerConfig>>, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Such as too many open files: it passes when connections end, and trying at once would only spin.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let connection = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(&shared);
        let acceptor = tls.clone().map(TlsAcceptor::from);
        tokio::spawn(async move {
            match acceptor {
                None => serve(stream, connection, shared).await,
                Some(acceptor) => {
                    match timeout(HANDSHAKE, acceptor.accept(stream).into_fallible()).await {
                        Ok(Ok(stream)) => serve(stream, connection, shared).await,
                        // Closing with something unread would throw the alert away before the client has it.
                        Ok(Err((_, stream))) => drop(timeout(HANDSHAKE, drain(stream)).await),
                        Err(_) => {}
                    }
                }
            }
        });
    }
}

/// Says that there is no more to come, and reads what the client had on its way.
async fn drain(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut unread = [0; 4096];
    while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {}
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, connection: usize, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, connection, &shared));
    // How a connection ends is the client's business.
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    connection: usize,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    };
    let request = Request::from_parts(head, body.to_bytes().to_vec());
    let response = lock(&shared.provider).handle(shared.now(), &request);
    let (head, body) = request.into_parts();
    shared.recorder.push(Recorded {
        method: head.method,
        target: head.uri.to_string(),
        headers: head.headers,
        body,
        connection,
        reply: Some(response.clone()),
    });
    Ok(response.map(|body| Full::new(Bytes::from(body))))
}
