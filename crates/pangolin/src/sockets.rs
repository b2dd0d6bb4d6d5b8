//! Why an address cannot be listened on, for whoever can change that: asked before anything is started, and said of what fails
//! later all the same.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

use crate::failure::Failure;

/// An address that something is to listen on.
#[derive(Clone, Debug)]
pub(crate) struct Socket {
    /// The address.
    pub(crate) address: SocketAddr,
    /// What it is for and where it is set, in words: `listen, where peers reach this node`.
    pub(crate) what: String,
    /// How to choose another one.
    pub(crate) change: String,
}

impl Socket {
    /// Why it cannot be listened on at this moment; none: it can.
    pub(crate) fn trouble(&self) -> Option<Failure> {
        let error = TcpListener::bind(self.address).err()?;
        Some(self.failed(&error))
    }

    /// Why listening failed, with who may hold the address and what to change.
    pub(crate) fn failed(&self, error: &io::Error) -> Failure {
        let Self {
            address,
            what,
            change,
        } = self;
        let port = address.port();
        let (code, why, first) = match error.kind() {
            ErrorKind::AddrInUse => (
                "port-taken",
                format!("port {port} is taken: another process of this machine listens there"),
                format!("`ss -ltnp 'sport = :{port}'` shows which one: end it"),
            ),
            ErrorKind::AddrNotAvailable => (
                "address-unknown",
                format!("{} is no address of this machine", address.ip()),
                "`ip address` shows them".to_owned(),
            ),
            ErrorKind::PermissionDenied => (
                "port-forbidden",
                format!("this user may not listen on port {port}"),
                "ports below 1024 are for the superuser: let him".to_owned(),
            ),
            _ => (
                "cannot-listen",
                error.to_string(),
                "look at the address and at the network of this machine".to_owned(),
            ),
        };
        Failure::local(code, format!("cannot listen on {address} ({what}): {why}"))
            .at(address.to_string())
            .advising(format!("{first}, or {change}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_its_code_address_and_remedy() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = Socket {
            address: taken.local_addr().unwrap(),
            what: "listen".into(),
            change: "change `listen`".into(),
        };
        let port = socket.address.port();
        let told = socket.trouble().unwrap();
        let json = told.json();
        assert_eq!(json["code"], "port-taken");
        assert_eq!(json["place"], format!("127.0.0.1:{port}"));
        let line = told.line();
        for expect in [
            format!("cannot listen on 127.0.0.1:{port} (listen): port {port} is taken"),
            format!("do: `ss -ltnp 'sport = :{port}'`"),
            "or change `listen`".into(),
        ] {
            assert!(line.contains(&expect), "{expect}: {line}");
        }
        drop(taken);
        assert!(socket.trouble().is_none());

        // kept for documentation, so no machine has it
        let foreign = Socket {
            address: "192.0.2.1:4001".parse().unwrap(),
            ..socket.clone()
        };
        assert_eq!(foreign.trouble().unwrap().json()["code"], "address-unknown");
        let denied = socket.failed(&ErrorKind::PermissionDenied.into());
        assert_eq!(denied.json()["code"], "port-forbidden");
    }
}
