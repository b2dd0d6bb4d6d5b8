//! What shows that a header is final: its own certificate, or that of a block that descends from it.
//!
//! A state is made durable a moment before the certificate of its block is. Whoever asks for a proof in between waits for it here, at most
//! about a second, instead of being sent away and asking again.
//!
//! **Invariant**: what is handed out is the certificate of the last header, and each header follows the one before it. A header of a block
//! that is not the final one of its height gets none.

use std::future::Future;

use pangolin_proof::{
    header::Header,
    trust::{FinalHeader, MAX_HEADERS},
};

use crate::{handle::ProveError, types::Digest};

/// Looks for a certificate before it is said that there is none.
const ATTEMPTS: usize = 250;

/// The final blocks of a node, as far as they are durable.
pub(crate) trait Certified: Sync {
    /// The certificate of a height, encoded, with the block that it is of.
    fn certificate(&self, height: u64) -> impl Future<Output = Option<(Digest, Vec<u8>)>> + Send;
    /// The header of the final block of a height.
    fn header(&self, height: u64) -> impl Future<Output = Option<Header>> + Send;
    /// Waits for about 4 ms.
    fn pause(&self) -> impl Future<Output = ()> + Send;
}

/// Adds what shows that a header is final, as soon as it is there.
pub(crate) async fn certify(
    finals: &impl Certified,
    header: Header,
) -> Result<FinalHeader, ProveError> {
    for _ in 1..ATTEMPTS {
        match once(finals, &header).await {
            Err(ProveError::Uncertified { .. }) => finals.pause().await,
            done => return done,
        }
    }
    once(finals, &header).await
}

/// Adds what shows that a header is final, if it is there.
async fn once(finals: &impl Certified, header: &Header) -> Result<FinalHeader, ProveError> {
    let first = header.height.get();
    let (uncertified, other) = (
        ProveError::Uncertified { height: first },
        ProveError::OtherBlock { height: first },
    );
    let mut last = header.digest();
    let mut headers = vec![header.clone()];
    loop {
        let height = first + headers.len() as u64 - 1;
        if let Some((block, certificate)) = finals.certificate(height).await {
            return if block == last {
                Ok(FinalHeader {
                    headers,
                    certificate,
                })
            } else {
                Err(other)
            };
        }
        if headers.len() >= MAX_HEADERS {
            return Err(uncertified);
        }
        let Some(next) = finals.header(height + 1).await else {
            return Err(uncertified);
        };
        if next.parent != last {
            return Err(other);
        }
        last = next.digest();
        headers.push(next);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use commonware_consensus::types::Height;
    use commonware_cryptography::{Signer as _, ed25519};
    use commonware_storage::mmr::Location;
    use commonware_utils::non_empty_range;
    use futures::executor::block_on;
    use pangolin_proof::header::{State, StoreRoot};

    use super::*;

    /// Blocks of which each becomes durable, and then its certificate, after so many pauses.
    #[derive(Default)]
    struct Script {
        headers: BTreeMap<u64, Header>,
        certificates: BTreeMap<u64, (usize, Digest)>,
        pauses: AtomicUsize,
    }

    impl Certified for Script {
        async fn certificate(&self, height: u64) -> Option<(Digest, Vec<u8>)> {
            let (after, block) = self.certificates.get(&height)?;
            let there = self.pauses.load(Ordering::Relaxed) >= *after;
            there.then(|| (*block, format!("of {height}").into_bytes()))
        }

        async fn header(&self, height: u64) -> Option<Header> {
            self.headers.get(&height).cloned()
        }

        async fn pause(&self) {
            self.pauses.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Script {
        /// Blocks of the heights from 4 on, with certificates of some.
        fn new(blocks: u64, certificates: &[(u64, usize)]) -> Self {
            let mut script = Self::default();
            let mut parent = Digest::from([0; 32]);
            for height in 4..4 + blocks {
                let header = header(height, 0, parent);
                parent = header.digest();
                script.headers.insert(height, header);
            }
            let certificates = certificates.iter();
            script.certificates = certificates
                .map(|(height, after)| (*height, (*after, script.headers[height].digest())))
                .collect();
            script
        }

        /// Headers and certificate that are handed out with a header, or the code why not; and the pauses until then.
        fn certify(&self, header: &Header) -> (Result<(usize, String), &'static str>, usize) {
            let done = block_on(certify(self, header.clone()));
            let said = done.map(|done| {
                assert_eq!(&done.headers[0], header);
                let certificate = String::from_utf8(done.certificate).unwrap();
                (done.headers.len(), certificate)
            });
            let said = said.map_err(|error| error.code());
            (said, self.pauses.load(Ordering::Relaxed))
        }
    }

    /// The header of a block that was proposed in some turn.
    fn header(height: u64, turn: u64, parent: Digest) -> Header {
        let store = || StoreRoot {
            root: Digest::from([1; 32]),
            operations: Digest::from([2; 32]),
            range: non_empty_range!(Location::new(0), Location::new(1)),
        };
        let state = State {
            records: store(),
            rules: store(),
        };
        let leader = ed25519::PrivateKey::from_seed(0).public_key();
        let mut header = Header::genesis(Digest::from([9; 32]), leader, 1_000 + turn, state);
        (header.height, header.parent) = (Height::new(height), parent);
        header
    }

    #[test]
    fn a_certificate_that_comes_a_moment_later_is_waited_for() {
        for after in [0, 1, 3, ATTEMPTS - 1] {
            let script = Script::new(1, &[(4, after)]);
            let said = script.certify(&script.headers[&4]);
            assert_eq!(said, (Ok((1, "of 4".into())), after));
        }
    }

    #[test]
    fn one_that_does_not_come_is_not_waited_for_without_end() {
        for certificates in [&[][..], &[(4, ATTEMPTS)]] {
            let script = Script::new(1, certificates);
            let said = script.certify(&script.headers[&4]);
            assert_eq!(said, (Err("uncertified"), ATTEMPTS - 1));
        }
    }

    #[test]
    fn the_certificate_of_a_descendant_does_as_well() {
        let script = Script::new(3, &[(6, 2)]);
        let said = script.certify(&script.headers[&4]);
        assert_eq!(said, (Ok((3, "of 6".into())), 2));
        let far = MAX_HEADERS as u64;
        for (at, expect) in [
            (far - 1, Ok((MAX_HEADERS, format!("of {}", far + 3)))),
            (far, Err("uncertified")),
        ] {
            let script = Script::new(far + 1, &[(4 + at, 0)]);
            assert_eq!(script.certify(&script.headers[&4]).0, expect);
        }
    }

    /// Two leaders proposed the same transactions for one height, so that both blocks have one state. The state was asked of the one that is
    /// not final; what arrives is the certificate of the other, or of what follows it.
    #[test]
    fn the_certificate_of_another_block_of_the_height_shows_nothing() {
        for (blocks, certificates) in [(1, &[(4, 0)][..]), (1, &[(4, 5)]), (2, &[(5, 5)]), (2, &[])]
        {
            let script = Script::new(blocks, certificates);
            let skipped = header(4, 7, Digest::from([0; 32]));
            let (said, pauses) = script.certify(&skipped);
            assert_eq!(said, Err("certificate-of-other-block"), "{certificates:?}");
            let waited = blocks == 1 && certificates == [(4, 5)];
            assert_eq!(pauses, if waited { 5 } else { 0 });
            let chosen = script.certify(&script.headers[&4]).0;
            assert_eq!(chosen.is_ok(), !certificates.is_empty());
        }
    }
}
