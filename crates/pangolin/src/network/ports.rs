//! The ports of a network: whether there are enough and whether they are free, asked before anything is written or started.

use anyhow::Result;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{failure::Failure, sockets::Socket};

/// Where free ports are looked for: below those that systems give to outgoing connections.
const SEARCH: std::ops::Range<u16> = 12_000..32_000;
/// Places that are tried before it is given up.
const TRIES: u16 = 200;

/// The first port of a network of so many nodes: as given, or of free ones where 0 is given, as with any other program.
pub(crate) fn first(given: u16, nodes: usize) -> Result<u16> {
    if given != 0 {
        of(given, nodes)?;
        return Ok(given);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let begin = now.map_or(0, |now| now.subsec_nanos()) ^ std::process::id();
    let span = u32::from(SEARCH.end - SEARCH.start);
    let mut place = u16::try_from(begin % span).unwrap_or(0);
    for _ in 0..TRIES {
        let port = SEARCH.start + place;
        let addresses = of(port, nodes)?;
        let held: Result<Vec<TcpListener>, _> = addresses.iter().map(TcpListener::bind).collect();
        if held.is_ok() {
            return Ok(port);
        }
        place = (place + 97) % (SEARCH.end - SEARCH.start);
    }
    Err(Failure::local(
        "no-free-ports",
        format!("found no {} free ports in a row", 2 * nodes),
    )
    .at("--first-port 0")
    .advising("name a first port with --first-port")
    .into())
}

/// The first free port from this one on.
pub(crate) fn first_free(from: u16) -> Result<u16> {
    let mut ports = (from.max(1)..=u16::MAX).take(usize::from(TRIES));
    let free = ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.ok_or_else(|| {
        Failure::local(
            "no-free-ports",
            format!("found no free port from {from} on"),
        )
        .advising("name another first port")
        .into()
    })
}

/// Ports that a network of so many nodes uses from its first one on: peers of all nodes, then HTTP of all nodes.
pub(crate) fn of(first: u16, nodes: usize) -> Result<Vec<SocketAddr>> {
    let needed = 2 * nodes;
    let last = usize::from(first) + needed - 1;
    if first == 0 || last > usize::from(u16::MAX) {
        return Err(Failure::usage(format!(
            "{nodes} nodes need {needed} ports, and there are too few from {first} on"
        ))
        .at("--first-port")
        .advising(format!(
            "give a port from 1024 to {}, or 0 for free ones",
            usize::from(u16::MAX) + 1 - needed
        ))
        .into());
    }
    let ports = first..=u16::MAX;
    Ok(ports
        .take(needed)
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .collect())
}

/// How the ports of a network are chosen on the command line.
pub(crate) const BY_OPTION: &str = "choose other ports with --first-port (0: free ones)";

/// Fails with the first port that cannot be listened on. `change` says how to choose other ones.
pub(crate) fn check_free(addresses: &[SocketAddr], change: &str) -> Result<()> {
    let socket = |address: &SocketAddr| Socket {
        address: *address,
        what: "a node of this network".into(),
        change: change.into(),
    };
    match addresses
        .iter()
        .find_map(|address| socket(address).trouble())
    {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = check_free(&[address], BY_OPTION).unwrap_err().to_string();
        assert!(
            error.contains(&format!("port {} is taken", address.port())),
            "{error}"
        );
        drop(taken);
        assert!(check_free(&[address], BY_OPTION).is_ok());
    }

    #[test]
    fn ports_do_not_run_over() {
        let ports = of(4100, 5).unwrap();
        assert_eq!((ports.len(), ports[9].port()), (10, 4109));
        assert_eq!(of(65_526, 5).unwrap().last().unwrap().port(), 65_535);
        let error = Failure::of(&first(65_527, 5).unwrap_err()).json();
        assert_eq!(error["place"], "--first-port");
        assert!(
            error["remedy"].as_str().unwrap().contains("1024 to 65526"),
            "{error}"
        );
    }

    #[test]
    fn zero_stands_for_free_ports() {
        let found = first(0, 5).unwrap();
        assert!(SEARCH.contains(&found));
        check_free(&of(found, 5).unwrap(), BY_OPTION).unwrap();
        assert_eq!(first(4100, 5).unwrap(), 4100);
    }
}
