//! Operations on one connection, each in one transaction.

use std::time::Duration;

use deadpool_postgres::{Client, Transaction};
use scopeguard::ScopeGuard;
use serde_json::Value;
use tokio_postgres::Error;
use tokio_util::task::TaskTracker;

use super::connect::Connector;
use super::failed::{Blame, Failed, Stage};
use super::operation::DatastoreOperation;
use super::parameter;
use super::placeholders::Numbered;
use super::rows::{self, Reader};
use super::statement::Statement;
use super::tables::{Found, Table, Tables};
use crate::conversation::Values;
use crate::tools::executor::ToolErrorKind;

/// The time limit for sending a cancellation to the server.
const FAREWELL: Duration = Duration::from_secs(5);

/// Cancels the work of a dropped connection.
type Stop = Box<dyn FnOnce(Client) + Send>;

/// A connection in use. If dropped before `end`, the server is asked to cancel, and the connection
/// is closed.
pub(super) struct Session<'c> {
    client: ScopeGuard<Client, Stop>,
    blame: &'c Blame<'c>,
}

impl<'c> Session<'c> {
    pub(super) fn new(
        client: Client,
        connector: &Connector,
        tasks: &TaskTracker,
        blame: &'c Blame<'c>,
    ) -> Self {
        let (connector, tasks) = (connector.clone(), tasks.clone());
        let stop: Stop = Box::new(move |client: Client| {
            // Out of the pool: the next user of the connection could be stopped in place of this
            // one.
            let client = Client::take(client);
            tasks.spawn(async move {
                let token = client.cancel_token();
                // A server that does not hear it loses the connection all the same.
                let _ = tokio::time::timeout(FAREWELL, connector.cancel(&token)).await;
                drop(client);
            });
        });
        Self {
            client: scopeguard::guard(client, stop),
            blame,
        }
    }

    /// Returns the connection to the pool.
    pub(super) fn end(self) {
        drop(ScopeGuard::into_inner(self.client));
    }

    /// Returns the tables for the collections, as they are in the database.
    ///
    /// # Errors
    /// The tables differ from the datastore's declaration, or can't be read.
    pub(super) async fn tables(&self, collections: &Values) -> Result<Tables, Failed> {
        let names = collections.keys();
        // As they are, too: which letters of other alphabets a server makes small is a matter of its locale.
        let names: Vec<String> = names
            .flat_map(|name| [name.to_lowercase(), name.clone()])
            .collect();
        let found = self.client.query(Found::QUERY, &[&names]).await;
        let found = found.map_err(|error| self.working(error))?;
        let found = found.iter().map(Found::of).collect::<Result<Vec<_>, _>>();
        let found = found.map_err(|error| self.working(error))?;
        Tables::checked(collections, &found).map_err(|problems| {
            let failed = self
                .blame
                .refused(ToolErrorKind::Configuration, problems.join("; "));
            Failed {
                error: failed.error.with_hint(
                    "flowdeck does not create tables: create them, or correct `datastore_schema`",
                ),
                ..failed
            }
        })
    }

    /// Executes an operation.
    ///
    /// # Errors
    /// [`Failed`].
    pub(super) async fn carry_out(
        &mut self,
        operation: &DatastoreOperation,
        tables: &Tables,
    ) -> Result<Value, Failed> {
        let blame = self.blame;
        let beginning = self.client.build_transaction();
        let beginning = beginning.read_only(operation.is_read()).start();
        let transaction = beginning
            .await
            .map_err(|error| blame.failed(error, Stage::Working))?;
        let transaction = InTransaction { transaction, blame };
        let given = transaction.carry_out(operation, tables).await?;
        let stage = if operation.is_read() {
            Stage::Working
        } else {
            Stage::Committing
        };
        let committed = transaction.transaction.commit().await;
        committed.map_err(|error| blame.failed(error, stage))?;
        Ok(given)
    }

    fn working(&self, error: Error) -> Failed {
        self.blame.failed(error, Stage::Working)
    }
}

/// An open transaction, which is rolled back if dropped before the commit.
struct InTransaction<'t> {
    transaction: Transaction<'t>,
    blame: &'t Blame<'t>,
}

impl InTransaction<'_> {
    async fn carry_out(
        &self,
        operation: &DatastoreOperation,
        tables: &Tables,
    ) -> Result<Value, Failed> {
        let table = |collection: &str| {
            tables.get(collection).ok_or_else(|| {
                let problem = format!("the datastore has no collection `{collection}`");
                self.blame.refused(ToolErrorKind::Configuration, problem)
            })
        };
        match operation {
            DatastoreOperation::Create { collection, row } => {
                let table = table(collection)?;
                let mut rows = self.rows(Statement::insert(table, row), table).await?;
                // An insertion of one row gives one; a trigger or a rule may have kept it from happening.
                let created = rows.pop().ok_or_else(|| {
                    let problem =
                        format!("the database did not keep the new row of `{collection}`");
                    self.blame.refused(ToolErrorKind::Failed, problem)
                })?;
                Ok(created)
            }
            DatastoreOperation::List {
                collection,
                conditions,
                limit,
            } => {
                let table = table(collection)?;
                let statement = Statement::select(table, conditions, *limit);
                Ok(self.rows(statement, table).await?.into())
            }
            DatastoreOperation::Update {
                collection,
                conditions,
                update,
            } => {
                let table = table(collection)?;
                let statement = Statement::update(table, conditions, update);
                Ok(self.rows(statement, table).await?.into())
            }
            DatastoreOperation::Delete {
                collection,
                conditions,
            } => {
                let table = table(collection)?;
                self.rows(Statement::delete(table, conditions), table)
                    .await?;
                Ok(Value::Null)
            }
            DatastoreOperation::Query {
                query,
                bind_variables,
            } => {
                let Numbered { text, names } = Numbered::of(query);
                let values = names.iter().map(|name| {
                    let value = bind_variables.get(name).ok_or_else(|| {
                        let problem = format!(
                            "the query has `:{name}`, and `bind_variables` has no value for it"
                        );
                        self.blame.refused(ToolErrorKind::Failed, problem)
                    })?;
                    Ok((format!(":{name}"), value.clone()))
                });
                let values = values.collect::<Result<_, Failed>>()?;
                let statement = Statement { text, values };
                Ok(self.read(statement, &rows::untyped).await?.into())
            }
        }
    }

    /// Returns the rows of a statement, by the declared types of the table's columns.
    async fn rows(&self, statement: Statement, table: &Table) -> Result<Vec<Value>, Failed> {
        self.read(statement, &|row| rows::typed(row, table)).await
    }

    async fn read(&self, statement: Statement, reader: &Reader<'_>) -> Result<Vec<Value>, Failed> {
        let working = |error| self.blame.failed(error, Stage::Working);
        let prepared = self.transaction.prepare(&statement.text).await;
        let prepared = prepared.map_err(working)?;
        let unfit = |problem: String| self.blame.refused(ToolErrorKind::Failed, problem);
        let values = parameter::texts(&statement.values, prepared.params()).map_err(unfit)?;
        let portal = self.transaction.bind_raw(&prepared, values).await;
        let portal = portal.map_err(working)?;
        let read = rows::read(&self.transaction, &portal, reader).await;
        read.map_err(|fault| match fault {
            rows::Fault::Lost(error) => working(error),
            rows::Fault::Unfit(problem) => self.blame.refused(ToolErrorKind::BadOutput, problem),
        })
    }
}
