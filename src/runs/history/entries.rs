//! Reads the events of a run. A long run is read on as many threads as there are cores, while the
//! reader already processes the first events.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use rusqlite::Connection;

use super::entry;
use super::error::{During, HistoryError};
use super::pack::unpacked;
use crate::base::ids::RunId;
use crate::trace::RunEvent;

/// The number of bytes below which a second thread is not worthwhile.
const SMALL: usize = 64 << 10;

/// Rows of events, each with whether it is compressed.
type Bodies = Vec<(bool, Vec<u8>)>;

/// Returns all events of a run.
pub(super) fn events_of(
    connection: &Connection,
    path: &Path,
    run: &RunId,
) -> Result<Vec<Arc<RunEvent>>, HistoryError> {
    let mut events = Vec::new();
    each_event(connection, path, run, |event| events.push(event))?;
    Ok(events)
}

/// Passes on all events of a run, from the first one on.
pub(super) fn each_event(
    connection: &Connection,
    path: &Path,
    run: &RunId,
    mut take: impl FnMut(Arc<RunEvent>),
) -> Result<(), HistoryError> {
    let read = || -> rusqlite::Result<(String, Bodies)> {
        let (number, spec): (i64, String) = connection.query_row(
            "SELECT r.number, s.text FROM runs r JOIN specs s ON s.hash = r.spec_hash WHERE r.id = ?1",
            [run.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let query = "SELECT is_packed, body FROM entries WHERE run = ?1 ORDER BY first";
        let mut statement = connection.prepare_cached(query)?;
        let rows = statement.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((spec, rows.collect::<rusqlite::Result<_>>()?))
    };
    let (spec, bodies) = match read() {
        Err(rusqlite::Error::QueryReturnedNoRows) => {
            return Err(HistoryError::Unknown {
                what: "run",
                id: run.to_string(),
            });
        }
        read => read.during("read", path)?,
    };
    let read = |(is_packed, body): &(bool, Vec<u8>)| {
        let lines = unpacked(*is_packed, body).map_err(|source| HistoryError::Io {
            path: path.to_owned(),
            source,
        })?;
        let mut events = Vec::new();
        entry::read(run, &lines, &spec, &mut events).map_err(|source| HistoryError::Entry {
            path: path.to_owned(),
            run: run.to_string(),
            source,
        })?;
        Ok(events)
    };
    if bodies.iter().map(|(_, body)| body.len()).sum::<usize>() < SMALL {
        for body in &bodies {
            read(body)?.into_iter().for_each(&mut take);
        }
        return Ok(());
    }
    read_at_once(&bodies, read, |events: Vec<_>| {
        events.into_iter().for_each(&mut take);
    })
}

/// Reads rows on several threads, and gives what is in them in their order, each as soon as those before it are given.
fn read_at_once<T: Send>(
    bodies: &[(bool, Vec<u8>)],
    read: impl Fn(&(bool, Vec<u8>)) -> Result<T, HistoryError> + Sync,
    mut take: impl FnMut(T),
) -> Result<(), HistoryError> {
    let n_threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (parts_tx, parts_rx) = mpsc::channel();
        for _ in 0..n_threads.min(bodies.len()) {
            let (parts_tx, next, read) = (parts_tx.clone(), &next, &read);
            scope.spawn(move || {
                while let Some((at, body)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    bodies.get(at).map(|body| (at, body))
                } {
                    // Who reads has found an error, and wants no more.
                    if parts_tx.send((at, read(body))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(parts_tx);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        for (at, part) in parts_rx {
            early.insert(at, part);
            while let Some(part) = early.remove(&wanted) {
                take(part?);
                wanted += 1;
            }
        }
        Ok(())
    })
}
