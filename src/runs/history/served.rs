//! Finds served conversations by the ids that their clients use.

use rusqlite::{OptionalExtension, params};

use super::HistoryReader;
use super::error::{During, HistoryError};
use crate::base::ids::BatchId;

impl HistoryReader {
    /// Returns the batch of a served conversation by the client's id; the newest if there are
    /// several.
    ///
    /// # Errors
    /// As [`HistoryReader::events`].
    pub fn served(&self, context: &str) -> Result<Option<BatchId>, HistoryError> {
        let query = "SELECT id FROM batches WHERE served = ?1 ORDER BY launched_at DESC LIMIT 1";
        self.connection
            .query_row(query, [context], |row| {
                Ok(BatchId::new(row.get::<_, String>(0)?))
            })
            .optional()
            .during("read", self.file.path())
    }

    /// Returns the batches of served conversations, newest first, each with a text that changes
    /// with every new event.
    ///
    /// # Errors
    /// As [`HistoryReader::events`].
    pub fn newest_served(&self, limit: usize) -> Result<Vec<(BatchId, String)>, HistoryError> {
        let query = "SELECT b.id, r.state || ' ' || (SELECT ifnull(max(e.first), 0) FROM entries e WHERE e.run = r.number)
                     FROM batches b JOIN runs r ON r.batch = b.id AND r.idx = 0
                     WHERE b.served IS NOT NULL ORDER BY b.launched_at DESC LIMIT ?1";
        let read = || -> rusqlite::Result<Vec<(BatchId, String)>> {
            let mut statement = self.connection.prepare_cached(query)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = statement.query_map([limit], |row| {
                Ok((BatchId::new(row.get::<_, String>(0)?), row.get(1)?))
            })?;
            rows.collect()
        };
        read().during("read", self.file.path())
    }

    /// Returns the batches, newest first, to which a client sent a message with this id: all of
    /// them, or those of one conversation id.
    ///
    /// # Errors
    /// As [`HistoryReader::events`].
    pub fn with_client_message(
        &self,
        id: &str,
        context: Option<&str>,
    ) -> Result<Vec<BatchId>, HistoryError> {
        let query = "SELECT DISTINCT b.id FROM client_messages m
                     JOIN runs r ON r.number = m.run JOIN batches b ON b.id = r.batch
                     WHERE m.id = ?1 AND (?2 IS NULL OR b.served = ?2) ORDER BY b.launched_at DESC";
        let read = || -> rusqlite::Result<Vec<BatchId>> {
            let mut statement = self.connection.prepare_cached(query)?;
            let rows = statement.query_map(params![id, context], |row| {
                row.get::<_, String>(0).map(BatchId::new)
            })?;
            rows.collect()
        };
        read().during("read", self.file.path())
    }
}
