//! Serving the interface on a socket.

use std::{net::SocketAddr, time::Duration};

use thiserror::Error;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    app::{App, StartError},
    capture::recorded,
    config::Config,
    deps::Deps,
    limits::{DRAIN, KEPT_LOOKED_UP, KEPT_UNRECORDED_MS},
    listen::{Bounds, Listener, http1},
    own::Own,
    router::router,
    tls::{self, TlsError},
};

/// How often old jobs are removed.
const PRUNE_EVERY: Duration = Duration::from_hours(1);
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The interface cannot be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The configuration or the files.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The interface being served.
pub struct Running {
    address: SocketAddr,
    app: App,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// The address it listens on; of port 0, the one that was given.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What all handlers share.
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Takes no more requests, lets open ones end within [`DRAIN`], and leaves capture jobs to the next start.
    pub async fn stop(self) {
        self.app.engine().stop();
        // receivers may be gone already
        let _gone = self.stop.send(true);
        for mut task in self.tasks {
            if tokio::time::timeout(DRAIN, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

/// Starts to serve the interface. Returns when it listens.
pub async fn serve(config: Config, deps: Deps) -> Result<Running, ServeError> {
    if config.development {
        tracing::warn!(
            "DEVELOPMENT: bearer tokens are accepted; never run a node with real data like this"
        );
    }
    let address = config.listen;
    let app = App::new(config, deps)?;
    let secure = match &app.config().tls {
        Some(files) => Some(tls::server(files, app.fingerprints())?),
        None => None,
    };
    let listening = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    let (stop, stopped) = watch::channel(false);
    let engine = app.engine().clone();
    let mut tasks = vec![tokio::spawn(async move { engine.run().await })];
    tasks.push(tokio::spawn(prune(app.clone(), stopped.clone())));
    let service = router(app.clone());
    let counted = app.clone();
    let count = move || counted.metrics().connection();
    let listener = Listener::start(Bounds::NODE, listener, secure, count);
    tasks.push(tokio::spawn(http1::serve(
        listener,
        service,
        until(stopped),
    )));
    tracing::info!(%address, "serving");
    Ok(Running {
        address,
        app,
        stop,
        tasks,
    })
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // an error means that whoever could stop it is gone
    let _gone = stopped.wait_for(|stopped| *stopped).await;
}

/// Notes which of the events that are kept here the chain has recorded, and removes those that it refused long ago.
async fn tidy(app: &App) {
    let before = app.now_ms().saturating_sub(KEPT_UNRECORDED_MS);
    let events = move |own: &Own| own.events.open_before(before, KEPT_LOOKED_UP);
    let own = app.own().clone();
    let Ok(Ok(open)) = tokio::task::spawn_blocking(move || events(&own)).await else {
        return;
    };
    let (mut recorded, mut refused) = (Vec::new(), Vec::new());
    for event in open {
        match recorded::status(&app.deps().chain, &event).await {
            Ok(status) if status.value.record.is_some() => recorded.push(event),
            Ok(_) => refused.push(event),
            Err(_) => return,
        }
    }
    let own = app.own().clone();
    let marked = tokio::task::spawn_blocking(move || {
        own.events.recorded(&recorded)?;
        own.events.forget(&refused)
    });
    if let Ok(Err(error)) = marked.await {
        tracing::error!(%error, "kept events cannot be tidied");
    }
}

/// Removes old jobs from time to time.
async fn prune(app: App, stopped: watch::Receiver<bool>) {
    let stop = until(stopped);
    tokio::pin!(stop);
    loop {
        let keep_ms = i64::from(app.config().capture.keep_days) * DAY_MS;
        let before = app.deps().clock.now_ms().saturating_sub(keep_ms);
        let store = app.engine().store().clone();
        match tokio::task::spawn_blocking(move || store.prune(before)).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(count)) => tracing::info!(count, "removed old capture jobs"),
            Ok(Err(error)) => tracing::error!(%error, "old capture jobs cannot be removed"),
        }
        tidy(&app).await;
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(PRUNE_EVERY) => {}
        }
    }
}
