//! A node that serves TLS: trusted by its authority, clients known by their certificates.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};

use crate::support::{Network, PATIENCE, Ran, run};

pub(crate) fn certificates_protect_the_connection_and_say_who_asks(network: &mut Network) {
    let at = network.dir.path().join("tls");
    fs::create_dir(&at).unwrap();
    certificate(&at, "node");
    let known = certificate(&at, "known");
    certificate(&at, "stranger");
    network.terminate("observer");
    configure(network, &at, &known);
    network.begin("observer");
    let url = format!("https://127.0.0.1:{}", network.node("observer").http.port());
    wait(network, &url, &at);

    let ask = |more: &[&str]| list(&url, &at, more);
    let nobody = ask(&[]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert_eq!(nobody.error()["code"], "not-signed-in");
    let file = |name: &str| at.join(name).to_str().unwrap().to_owned();
    assert_eq!(ask(&["--cert", &file("known.pem")]).code, 0);
    let stranger = ask(&["--cert", &file("stranger.pem")]);
    assert_eq!(stranger.code, 2, "{stranger:?}");
    // a signed request covers the https address
    let key = network.key("regulator");
    assert_eq!(ask(&["--key", key.to_str().unwrap()]).code, 0);
    // without the authority nothing is believed
    let untrusted = run(["--output", "json", "status", "--node", &url]);
    assert_eq!(untrusted.code, 2, "{untrusted:?}");
    assert_eq!(untrusted.error()["code"], "connection");
}

fn list(url: &str, at: &Path, more: &[&str]) -> Ran {
    let authority = at.join("node.crt");
    let args = [
        "--output",
        "json",
        "order",
        "list",
        "--node",
        url,
        "--ca",
        authority.to_str().unwrap(),
    ];
    run(args.iter().chain(more))
}

fn wait(network: &Network, url: &str, at: &Path) {
    let authority = at.join("node.crt");
    let begun = Instant::now();
    while run(["status", "--node", url, "--ca", authority.to_str().unwrap()]).code != 0 {
        assert!(
            begun.elapsed() < PATIENCE,
            "{}",
            network.node("observer").log()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn configure(network: &Network, at: &Path, known: &str) {
    let path: PathBuf = network.node("observer").dir.join("node.toml");
    let mut config: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
    let file = |name: &str| at.join(name).to_str().unwrap().to_owned();
    let more: toml::Table = format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\n[[client]]\nsha256 = {known:?}\nparty = {:?}\n",
        file("node.crt"),
        file("node.pem"),
        network.members[0].id
    )
    .parse()
    .unwrap();
    config.extend(more);
    fs::write(&path, config.to_string()).unwrap();
}

/// Writes `NAME.crt` and `NAME.pem` (certificate and key); the fingerprint.
fn certificate(at: &Path, name: &str) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let pem = format!("{}{}", made.cert.pem(), made.signing_key.serialize_pem());
    fs::write(at.join(format!("{name}.pem")), pem).unwrap();
    fs::write(at.join(format!("{name}.crt")), made.cert.pem()).unwrap();
    hex::encode(Sha256::digest(made.cert.der()))
}
