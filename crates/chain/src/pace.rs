//! When to propose: at once when there is work, otherwise once per heartbeat.
//!
//! Empty blocks carry time forward (deadlines, freshness of proofs) but need not come fast. The wait happens here,
//! outside the engine's state actor, which would otherwise hold back finalisation while it waits.

use commonware_consensus::{
    Application as ConsensusApplication, Handoff, marshal::ancestry::Ancestry,
};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_macros::select;
use commonware_runtime::Clock;
use std::time::Duration;

use crate::{
    app::{App, now_ms},
    block::Block,
    pool::Pool,
    types::{Context, Scheme},
};

/// An application that waits for work before it proposes.
#[derive(Clone)]
pub struct Paced<A> {
    inner: A,
    app: App,
    pool: Pool,
    heartbeat: Duration,
}

impl<A> Paced<A> {
    /// Wraps `inner`; `heartbeat` is the longest time between two blocks of an idle chain.
    pub const fn new(inner: A, app: App, pool: Pool, heartbeat: Duration) -> Self {
        Self {
            inner,
            app,
            pool,
            heartbeat,
        }
    }
}

impl<E, A> ConsensusApplication<E> for Paced<A>
where
    E: Clock,
    A: ConsensusApplication<
            E,
            SigningScheme = Scheme,
            Context = Context,
            Block = Block,
            Input = (),
        >,
{
    type SigningScheme = Scheme;
    type Context = Context;
    type Block = Block;
    type Input = ();

    async fn prepare(
        &mut self,
        context: (E, Context),
        ancestry: impl Ancestry<Block>,
        (): (),
    ) -> Handoff<Digested<Block>> {
        self.inner.prepare(context, ancestry, ()).await
    }

    async fn propose(
        &mut self,
        (clock, context): (E, Context),
        ancestry: impl Ancestry<Block>,
        (): (),
    ) -> Option<Digested<Block>> {
        let parent = ancestry.peek()?;
        let age = now_ms(&clock).saturating_sub(parent.inner().header.time_ms);
        let left = self.heartbeat.saturating_sub(Duration::from_millis(age));
        if !left.is_zero() {
            let in_flight = self.app.in_flight(&parent.digest());
            select! {
                () = self.pool.wait_for_work(&in_flight) => {},
                () = clock.sleep(left) => {},
            }
        }
        self.inner.propose((clock, context), ancestry, ()).await
    }

    async fn verify(&mut self, context: (E, Context), ancestry: impl Ancestry<Block>) -> bool {
        self.inner.verify(context, ancestry).await
    }
}
