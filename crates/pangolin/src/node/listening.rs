//! The addresses that a node listens on, looked at before its parts are started: the engine below ends by a panic that does not
//! name the address. What happens to be taken between this look and the engine's is looked at again when it panics.

use anyhow::Result;
use std::path::Path;

use super::config::{Config, FILE};
use crate::{failure::Failure, sockets::Socket};

/// The addresses of the node in `dir`: of peers, then of the interface.
pub(super) fn sockets(config: &Config, dir: &Path) -> Vec<Socket> {
    let file = dir.join(FILE);
    let mut sockets = vec![Socket {
        address: config.listen,
        what: "`listen`, where peers reach this node".into(),
        change: format!(
            "change `listen` in {}, and this node's address under [[peer]] at the other nodes",
            file.display()
        ),
    }];
    sockets.extend(config.http.map(|address| Socket {
        address,
        what: "`http`, the interface".into(),
        change: format!("change `http` in {}", file.display()),
    }));
    sockets
}

/// Fails with the first address that cannot be listened on.
pub(super) fn check(sockets: &[Socket], dir: &Path) -> Result<()> {
    if let [peers, interface] = sockets
        && peers.address == interface.address
    {
        let message = format!(
            "`listen` and `http` are the same address, {}",
            peers.address
        );
        return Err(Failure::local("same-address", message)
            .at(dir.join(FILE).display().to_string())
            .advising("give them different ports")
            .into());
    }
    match sockets.iter().find_map(Socket::trouble) {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

/// Why the engine could not listen, if that is what its panic says.
pub(super) fn lost(sockets: &[Socket], text: &str) -> Option<Failure> {
    if !text
        .to_ascii_lowercase()
        .contains("failed to bind listener")
    {
        return None;
    }
    let peers = sockets.first()?;
    Some(peers.trouble().unwrap_or_else(|| {
        // whoever had it let it go meanwhile
        peers.failed(&std::io::ErrorKind::AddrInUse.into())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn socket(address: std::net::SocketAddr) -> Socket {
        Socket {
            address,
            what: "x".into(),
            change: "y".into(),
        }
    }

    #[test]
    fn what_is_taken_before_the_start_or_during_it_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let dir = Path::new("node");
        let code = |error: anyhow::Error| Failure::of(&error).json()["code"].clone();
        let free = socket("127.0.0.1:0".parse().unwrap());
        let one = [free.clone(), socket(address)];
        assert_eq!(code(check(&one, dir).unwrap_err()), "port-taken");
        let twice = [socket(address), socket(address)];
        assert_eq!(code(check(&twice, dir).unwrap_err()), "same-address");
        assert!(check(&[free], dir).is_ok());

        // as the engine says it
        let panic = "failed to bind listener: BindFailed (lookup/actors/listener.rs:219)";
        let told = lost(&[socket(address)], panic).unwrap();
        assert_eq!(told.json()["place"], address.to_string());
        drop(taken);
        assert!(lost(&[socket(address)], panic).is_some());
        assert!(lost(&[socket(address)], "index out of bounds").is_none());
    }
}
