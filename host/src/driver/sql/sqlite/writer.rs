//! The one connection that writes, and the queue in front of it.
//!
//! SQLite has one writer at a time. Several connections that want to write would find that out by
//! polling a lock; here they queue in the process, and the task at the end of the queue owns the
//! connection. Three things follow:
//!
//! - a caller that gives up waiting changes nothing: its commit is either not begun or finished;
//! - what piled up while one commit ran is made in one transaction and shares its flush to disk:
//!   each commit is still judged on its own, in order, and acknowledged only after the flush;
//! - the common commit, one cart at a known state, is one text sent to the connection's thread at
//!   once: begin, update, keep the events if the update changed its row, commit.
//!
//! The lock is still taken with `BEGIN IMMEDIATE`, since other processes may write the same file.

use super::fault;
use super::{Cell, Shared, bind};
use crate::driver::sql::row::{self, Value};
use crate::driver::sql::statements::{EVENTS_AT_ONCE, IDS_AT_ONCE, Sql};
use futures_util::TryStreamExt;
use pushcart::error::{Error, Kind, Result};
use pushcart::storage::{Committed, Loaded, Precondition, Write};
use pushcart::time::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Either};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// How many commits one transaction makes at most.
const BATCH_MAX: usize = 64;
/// How many commits may wait: beyond it, callers wait for room in the queue.
const QUEUE_MAX: usize = 1024;

pub(super) enum Job {
    Commit(Commit, oneshot::Sender<Result<Committed>>),
    Delivered(Vec<String>, oneshot::Sender<Result<()>>),
    Purge { now: Timestamp, limit: u32, reply: oneshot::Sender<Result<u64>> },
    Close(oneshot::Sender<()>),
}

/// A commit with its values laid out, which the caller's thread has done.
pub(super) struct Commit {
    writes: Vec<Write>,
    now: Timestamp,
    /// For a single write that one statement can judge and make.
    fast: Option<Vec<Value>>,
}

impl Commit {
    pub(super) fn new(writes: &[Write], now: Timestamp) -> Result<Self> {
        for write in writes {
            row::check(write)?;
        }
        let fast = match writes {
            [write] if write.events.len() <= EVENTS_AT_ONCE => match write.precondition {
                Precondition::Exactly(revision) => {
                    let mut values = row::values(write)?;
                    row::push_revision(&mut values, revision)?;
                    values.push(row::time(now));
                    row::push_events(&mut values, &write.events);
                    Some(values)
                }
                Precondition::Absent => {
                    let mut values = row::values(write)?;
                    row::push_events(&mut values, &write.events);
                    Some(values)
                }
                Precondition::Any => None,
            },
            _ => None,
        };
        Ok(Commit { writes: writes.to_vec(), now, fast })
    }

    fn fast_sql<'s>(&self, shared: &'s Shared, alone: bool) -> &'s Sql {
        let write = &self.writes[0];
        match write.precondition {
            Precondition::Exactly(_) => shared.statements.exactly(write.events.len(), alone),
            _ => shared.statements.absent(write.events.len(), alone),
        }
    }
}

/// What stops a transaction: the database, or a row in it that cannot be read.
enum Stop {
    /// The transaction is of no use any more.
    Database(sqlx::Error),
    /// Nothing was written.
    Refused(Error),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Stop::Database(error)
    }
}

pub(super) fn start(
    shared: Arc<Shared>,
    options: SqliteConnectOptions,
    connection: SqliteConnection,
) -> mpsc::Sender<Job> {
    let (sender, jobs) = mpsc::channel(QUEUE_MAX);
    let writer = Writer { shared, options, connection: Some(connection) };
    tokio::spawn(writer.run(jobs));
    sender
}

struct Writer {
    shared: Arc<Shared>,
    options: SqliteConnectOptions,
    /// None after it broke, until the next job makes a new one.
    connection: Option<SqliteConnection>,
}

impl Writer {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while let Some(job) = jobs.recv().await {
            let mut next = Some(job);
            while let Some(Job::Commit(commit, reply)) = next.take_if(|job| matches!(job, Job::Commit(..))) {
                batch.push((commit, reply));
                next = if batch.len() < BATCH_MAX { jobs.try_recv().ok() } else { None };
            }
            self.commits(&mut batch).await;
            match next {
                Some(Job::Delivered(ids, reply)) => drop(reply.send(self.delivered(&ids).await)),
                Some(Job::Purge { now, limit, reply }) => drop(reply.send(self.purge(now, limit).await)),
                Some(Job::Close(reply)) => {
                    jobs.close();
                    if let Some(connection) = self.connection.take() {
                        drop(connection.close().await);
                    }
                    // Nobody waits any more: that is no error.
                    let _ = reply.send(());
                    return;
                }
                Some(Job::Commit(..)) | None => {}
            }
        }
        if let Some(connection) = self.connection.take() {
            drop(connection.close().await);
        }
    }

    async fn commits(&mut self, batch: &mut Vec<(Commit, oneshot::Sender<Result<Committed>>)>) {
        // A caller that is gone before its turn changes nothing.
        batch.retain(|(_, reply)| !reply.is_closed());
        if batch.len() > 1 {
            let answers = self.together(batch).await;
            if let Some(answers) = answers {
                for ((_, reply), answer) in batch.drain(..).zip(answers) {
                    drop(reply.send(answer));
                }
                return;
            }
        }
        // One alone, or several of which one spoiled the transaction: each gets its own answer.
        for (commit, reply) in batch.drain(..) {
            drop(reply.send(self.alone(&commit).await));
        }
    }

    /// All of a batch in one transaction. None means that none of it happened and that each is
    /// worth another try by itself.
    async fn together(
        &mut self,
        batch: &[(Commit, oneshot::Sender<Result<Committed>>)],
    ) -> Option<Vec<Result<Committed>>> {
        let shared = self.shared.clone();
        let all = |error: Error| Some(batch.iter().map(|_| Err(error.clone())).collect());
        let connection = match self.connection().await {
            Ok(connection) => connection,
            Err(error) => return all(error),
        };
        let work = async {
            execute(connection, &shared.begin, Vec::new()).await?;
            let mut answers = Vec::with_capacity(batch.len());
            for (commit, _) in batch {
                answers.push(match within(connection, &shared, commit).await {
                    Ok(committed) => Ok(committed),
                    Err(Stop::Refused(error)) => Err(error),
                    Err(Stop::Database(error)) => return Err(error),
                });
            }
            execute(connection, &shared.commit, Vec::new()).await?;
            Ok(answers)
        };
        match work.await {
            Ok(answers) => Some(answers),
            Err(error) => {
                self.undo(&error).await;
                let translated = shared.translate(&error);
                // Who waited for the lock in vain must not wait again, one after the other. And where
                // the reply was lost nobody knows whether it happened: trying again could do it twice.
                let again = translated.kind() != Kind::LockTimeout && !fault::is_connection_lost(&error);
                if again { None } else { all(translated) }
            }
        }
    }

    async fn alone(&mut self, commit: &Commit) -> Result<Committed> {
        let shared = self.shared.clone();
        let connection = self.connection().await?;
        let work = async {
            if let Some(values) = &commit.fast {
                // Before the write's own result comes that of BEGIN, where there is one.
                let skip = usize::from(!commit.writes[0].events.is_empty());
                if changed(connection, commit.fast_sql(&shared, true), values.clone(), skip).await? {
                    return Ok(Committed::Done);
                }
            }
            execute(connection, &shared.begin, Vec::new()).await?;
            let answer = slowly(connection, &shared, commit).await?;
            execute(connection, &shared.commit, Vec::new()).await?;
            Ok(answer)
        };
        match work.await {
            Ok(committed) => Ok(committed),
            Err(Stop::Refused(error)) => {
                self.roll_back().await;
                Err(error)
            }
            Err(Stop::Database(error)) => {
                self.undo(&error).await;
                Err(shared.translate(&error))
            }
        }
    }

    async fn delivered(&mut self, ids: &[String]) -> Result<()> {
        let shared = self.shared.clone();
        let connection = self.connection().await?;
        let mut outcome = Ok(());
        for chunk in ids.chunks(IDS_AT_ONCE) {
            // The last one is named again until the statement has all its values.
            let ids = (0..IDS_AT_ONCE).map(|n| Value::Text(chunk[n.min(chunk.len() - 1)].as_str().into()));
            outcome = execute(connection, &shared.statements.delivered, ids.collect()).await.map(drop);
            if outcome.is_err() {
                break;
            }
        }
        self.finish(outcome).await
    }

    async fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64> {
        let shared = self.shared.clone();
        let connection = self.connection().await?;
        let recognised = Timestamp::from_ms(now.as_ms() - pushcart::storage::TOMBSTONE_MS as i64);
        let values = vec![row::time(now), row::time(recognised), Value::Integer(limit.into())];
        let outcome = execute(connection, &shared.statements.purge, values).await;
        self.finish(outcome).await
    }

    async fn finish<T>(&mut self, outcome: core::result::Result<T, sqlx::Error>) -> Result<T> {
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => {
                self.undo(&error).await;
                Err(self.shared.translate(&error))
            }
        }
    }

    async fn connection(&mut self) -> Result<&mut SqliteConnection> {
        if self.connection.is_none() {
            let made = self.options.connect().await.map_err(|error| self.shared.translate(&error))?;
            self.connection = Some(made);
        }
        self.connection.as_mut().ok_or_else(|| Error::new(Kind::Unavailable, "expected a connection, found none"))
    }

    /// After an error no transaction may stay open, or the next commit would join it.
    async fn undo(&mut self, error: &sqlx::Error) {
        if fault::is_connection_lost(error) {
            self.connection = None;
        } else {
            self.roll_back().await;
        }
    }

    async fn roll_back(&mut self) {
        let shared = self.shared.clone();
        let Some(connection) = &mut self.connection else { return };
        if let Err(error) = execute(connection, &shared.rollback, Vec::new()).await
            && !fault::is_no_transaction(&error)
        {
            self.connection = None;
        }
    }
}

/// One commit inside a transaction.
async fn within(
    connection: &mut SqliteConnection,
    shared: &Shared,
    commit: &Commit,
) -> core::result::Result<Committed, Stop> {
    if let Some(values) = &commit.fast
        && changed(connection, commit.fast_sql(shared, false), values.clone(), 0).await?
    {
        return Ok(Committed::Done);
    }
    slowly(connection, shared, commit).await
}

/// One commit inside a transaction, judged by reading what is there. All of it is judged before
/// any of it is written, so that a refusal leaves nothing to undo.
async fn slowly(
    connection: &mut SqliteConnection,
    shared: &Shared,
    commit: &Commit,
) -> core::result::Result<Committed, Stop> {
    for (index, write) in commit.writes.iter().enumerate() {
        let query = bind(&shared.statements.load, row::address(&write.address).into());
        let found = query.fetch_optional(&mut *connection).await?;
        let current = match found {
            Some(found) => shared.slot(&Cell(found)).map_err(Stop::Refused)?.seen_at(commit.now),
            None => Loaded::Absent(None),
        };
        if !write.precondition.holds(current.revision()) {
            return Ok(Committed::Conflict { index, current });
        }
    }
    for write in &commit.writes {
        let values = row::values(write).map_err(Stop::Refused)?;
        execute(connection, &shared.statements.put, values).await?;
        for events in write.events.chunks(EVENTS_AT_ONCE) {
            let mut values = Vec::with_capacity(3 * events.len());
            row::push_events(&mut values, events);
            execute(connection, &shared.statements.keep[events.len() - 1], values).await?;
        }
    }
    Ok(Committed::Done)
}

async fn execute(
    connection: &mut SqliteConnection,
    sql: &Sql,
    values: Vec<Value>,
) -> core::result::Result<u64, sqlx::Error> {
    Ok(bind(sql, values).execute(connection).await?.rows_affected())
}

/// Runs a text of several statements to its end and says whether the one after the first `skip`
/// changed a row.
async fn changed(
    connection: &mut SqliteConnection,
    sql: &Sql,
    values: Vec<Value>,
    skip: usize,
) -> core::result::Result<bool, sqlx::Error> {
    let query = bind(sql, values);
    let mut results = sqlx::Executor::fetch_many(connection, query);
    let (mut at, mut one) = (0, false);
    while let Some(result) = results.try_next().await? {
        if let Either::Left(done) = result {
            one |= at == skip && done.rows_affected() == 1;
            at += 1;
        }
    }
    Ok(one)
}

/// The text as a query: it was built here, from names that were checked.
pub(super) fn safe(sql: &Sql) -> AssertSqlSafe<Sql> {
    AssertSqlSafe(sql.clone())
}
