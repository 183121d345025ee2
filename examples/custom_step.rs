//! A step that is no HTTP: a frame of four bytes of length and a body over TCP, echoed by the service. Goose drives it,
//! and it is recorded and judged like any other step:
//! `cargo run --release --example custom_step -- --scenario examples/custom_step.toml --host http://127.0.0.1:7007`
//! runs it against any service that echoes, such as `socat TCP-LISTEN:7007,fork,reuseaddr EXEC:cat`.

use std::io;
use std::process::ExitCode;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tollgate::plan::custom::{Call, CustomSteps};

/// Sends one frame, and reads one back.
async fn frame(address: &str, body: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&[&(body.len() as u32).to_be_bytes()[..], &body].concat()).await?;
    let length = stream.read_u32().await?;
    let mut answer = vec![0; length as usize];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

fn main() -> ExitCode {
    let address = std::env::var("FRAMES").unwrap_or_else(|_| "127.0.0.1:7007".to_owned());
    let echo = move |call: Call| {
        let address = address.clone();
        async move { frame(&address, call.body).await.map_err(|error| error.to_string()) }
    };
    tollgate::cli::main_with(&CustomSteps::default().with("echo", echo))
}
