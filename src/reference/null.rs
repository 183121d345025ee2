//! A server that does nothing: what the harness is calibrated against.
//!
//! In: HTTP/1.1 requests with or without a body. Out: the same success to each of them, at once. Always holds: it
//! reads every byte of a request and knows nothing of what is in it.

use std::future::Future;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::reference::ServeError;

/// Room for the head of a request.
const MOST_HEADERS: usize = 64;

/// A null server that is bound and not serving yet.
#[derive(Debug)]
pub struct NullServer {
    listener: TcpListener,
    answer: Box<[u8]>,
}

impl NullServer {
    /// Binds a free loopback port; answers carry `code` in their envelope.
    ///
    /// # Errors
    /// [`ServeError`] when no port can be had.
    pub async fn bind(code: i64) -> Result<Self, ServeError> {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })?;
        let body = format!(r#"{{"code":{code},"message":"ok","data":null}}"#);
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Ok(Self { listener, answer: answer.into_bytes().into() })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// [`ServeError`] when the system does not say.
    pub fn local_addr(&self) -> Result<SocketAddr, ServeError> {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        self.listener.local_addr().map_err(|source| ServeError::Bind { address, source })
    }

    /// Serves until `end` resolves.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let accept = async {
            loop {
                // A connection that fails is one less; the next one is taken all the same.
                if let Ok((stream, _)) = self.listener.accept().await {
                    tokio::spawn(serve(stream, self.answer.clone()));
                }
            }
        };
        tokio::select! { () = accept => {}, () = end => {} }
    }
}

/// Answers every request of a connection until it closes or sends what is no request.
async fn serve(mut stream: TcpStream, answer: Box<[u8]>) {
    let _no_delay_is_only_slower = stream.set_nodelay(true);
    let (mut read, mut out) = (Vec::with_capacity(4_096), Vec::new());
    loop {
        match stream.read_buf(&mut read).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        loop {
            match whole_request(&read) {
                Ok(Some(length)) => drop(read.drain(..length)),
                Ok(None) => break,
                Err(()) => return,
            }
            out.extend_from_slice(&answer);
        }
        if stream.write_all(&out).await.is_err() {
            return;
        }
        out.clear();
    }
}

/// The length of the first request in `read` if it is whole; an error when it is no request with a plain length.
fn whole_request(read: &[u8]) -> Result<Option<usize>, ()> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(read).map_err(|_| ())? else { return Ok(None) };
    let length = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length =
        length.map_or(Ok(0), |header| std::str::from_utf8(header.value).map(str::trim).map_or(Err(()), parse))?;
    Ok(Some(head + length).filter(|whole| *whole <= read.len()))
}

fn parse(length: &str) -> Result<usize, ()> {
    length.parse().map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_whole_with_the_last_byte_of_its_body() {
        let request = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(whole_request(request), Ok(Some(request.len())));
        assert_eq!(whole_request(&request[..request.len() - 1]), Ok(None));
        assert_eq!(whole_request(&[request.as_slice(), b"GET"].concat()), Ok(Some(request.len())));
        assert_eq!(whole_request(b"GET / HTTP/1.1\r\n\r\n"), Ok(Some(18)));
        assert_eq!(whole_request(b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"), Err(()));
    }

    #[tokio::test]
    async fn every_request_of_a_connection_has_its_answer() {
        let server = NullServer::bind(7).await.unwrap();
        let address = server.local_addr().unwrap();
        tokio::spawn(server.run(std::future::pending()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        stream.write_all(&request.repeat(3)).await.unwrap();
        stream.write_all(&request[..10]).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).await.unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "the fourth was not whole");
        assert!(answers.ends_with(r#"{"code":7,"message":"ok","data":null}"#), "{answers}");
    }
}
