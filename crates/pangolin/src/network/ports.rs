//! Whether the ports of a network are free, asked before anything is written or started.

use anyhow::{Context as _, Result, bail};
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

/// Ports that a network of so many nodes uses from its first one on: peers of all nodes, then HTTP of all nodes.
pub(crate) fn of(first: u16, nodes: usize) -> Result<Vec<SocketAddr>> {
    (0..2 * nodes)
        .map(|i| {
            let port = u16::try_from(i).ok().and_then(|i| first.checked_add(i));
            let port = port.with_context(|| {
                format!(
                    "{nodes} nodes need {} ports, and there are too few above {first}",
                    2 * nodes
                )
            })?;
            Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        })
        .collect()
}

/// Fails with the first port that is taken.
pub(crate) fn check_free(addresses: &[SocketAddr]) -> Result<()> {
    for address in addresses {
        match TcpListener::bind(address) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
                "port {} is taken: does another network run on this machine? End it, or choose other ports with --first-port",
                address.port()
            ),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot listen on {address}"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = check_free(&[address]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("port {} is taken", address.port())),
            "{error}"
        );
        drop(taken);
        assert!(check_free(&[address]).is_ok());
    }

    #[test]
    fn ports_do_not_run_over() {
        assert_eq!(of(4100, 5).unwrap().len(), 10);
        assert!(of(65_530, 5).is_err());
    }
}
