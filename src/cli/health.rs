//! `portico health`: whether the server that these settings describe answers and can take jobs; for containers and supervisors.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::config::Config;

/// A server that needs longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub struct HealthArgs {
    /// Port of the server (default: as configured)
    #[arg(long)]
    pub port: Option<u16>,
}

pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let ip = match config.server.bind {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, config.server.port);
    let answer = ask(address).with_context(|| format!("no answer from {address}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or("");
    if status != "200" {
        bail!("{address} is not ready: {status} {body}");
    }
    println!("{address} is ready: {body}");
    Ok(ExitCode::SUCCESS)
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    write!(socket, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    // What is ready says so in a hundred bytes.
    socket.take(64 * 1024).read_to_string(&mut answer)?;
    Ok(answer)
}
