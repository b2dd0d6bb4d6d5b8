//! When to propose: at once when there is work, otherwise once per heartbeat.
//!
//! Empty blocks carry time forward (deadlines, freshness of proofs) but need not come fast. And when to vote: not before this
//! machine's clock has reached the block's time. Both waits happen here, outside the engine's state actor, which would
//! otherwise hold back finalisation while it waits: a node whose clock is behind follows the chain, and only its votes
//! come late.

use commonware_consensus::{
    Application as ConsensusApplication, Handoff, marshal::ancestry::Ancestry,
};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_macros::select;
use commonware_runtime::{Clock, Supervisor};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    app::{App, now_ms},
    block::Block,
    metrics::Meter,
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
    meter: Arc<Meter>,
}

impl<A> Paced<A> {
    /// Wraps `inner`; `heartbeat` is the longest time between two blocks of an idle chain.
    pub const fn new(
        inner: A,
        app: App,
        pool: Pool,
        heartbeat: Duration,
        meter: Arc<Meter>,
    ) -> Self {
        Self {
            inner,
            app,
            pool,
            heartbeat,
            meter,
        }
    }
}

impl<E, A> ConsensusApplication<E> for Paced<A>
where
    E: Clock + Supervisor,
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
        let watch = clock.child("propose");
        let began = watch.current();
        let proposed = self.inner.propose((clock, context), ancestry, ()).await;
        self.meter.propose.add(since(&watch, began));
        proposed
    }

    async fn verify(&mut self, context: (E, Context), ancestry: impl Ancestry<Block>) -> bool {
        let Some(time_ms) = ancestry.peek().map(|block| block.inner().header.time_ms) else {
            return false;
        };
        let watch = context.0.child("verify");
        let began = watch.current();
        // judged first: how far a block's time may lie ahead is one of its rules
        let good = self.inner.verify(context, ancestry).await;
        self.meter.verify.add(since(&watch, began));
        if good && time_ms > now_ms(&watch) {
            watch
                .sleep_until(UNIX_EPOCH + Duration::from_millis(time_ms))
                .await;
        }
        good
    }
}

fn since(clock: &impl Clock, began: SystemTime) -> Duration {
    clock.current().duration_since(began).unwrap_or_default()
}
