//! An add over HTTP against a bare route that does the plain SQL: what a shop would measure.
//!
//! Server and client share the machine, each in a runtime of its own, and the client is as small as
//! one can be: it writes a request, and reads the head and as many bytes as that says. Times are of
//! one add: on many connections, of the whole divided by the number of adds.

use crate::carts;
use crate::sqlite;
use crate::turns::{Side, Table, Target, measure as in_turns};
use axum::Router;
use axum::extract::{Path as Segment, State};
use axum::routing::post;
use axum::serve::ListenerExt;
use criterion::Criterion;
use pushcart_host::config::{Config, Sources};
use pushcart_host::driver::Driver;
use pushcart_host::driver::sql::Synchronous;
use pushcart_host::http::{App, server};
use pushcart_host::runtime::{COMPONENT, Runtime};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime as Tokio};

const CONNECTIONS: usize = 64;
const LINES: u64 = sqlite::LINES as u64;

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    let server = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let client = Builder::new_current_thread().enable_all().build().expect("a runtime");
    for synchronous in [Synchronous::Full, Synchronous::Normal] {
        let directory = tempfile::tempdir().expect("a directory");
        let bare = Bare::start(&server, &directory.path().join("bare.db"), synchronous);
        let mut ours = Ours::start(&server, &directory.path().join("ours.db"), synchronous);
        for connections in [1, CONNECTIONS] {
            let mut to_bare = Clients::new(&client, bare.address, connections);
            let mut to_ours = Clients::new(&client, ours.address, connections);
            let sides = vec![
                Side::new("bare route, plain SQL", |times| {
                    let took = to_bare.run(times);
                    bare.tidy(&server);
                    took
                }),
                Side::new("pushcart serve", |times| {
                    let took = to_ours.run(times);
                    ours.tidy(&server, times);
                    took
                }),
            ];
            let what = format!("http {synchronous:?}: add, {connections} connections");
            in_turns(criterion, table, &what, Target::default(), connections as u64 * 4, sides);
        }
    }
}

/// The yardstick's server.
struct Bare {
    address: SocketAddr,
    state: Shop,
}

#[derive(Clone)]
struct Shop {
    pool: SqlitePool,
    events: Arc<AtomicU64>,
}

impl Bare {
    fn start(server: &Tokio, path: &Path, synchronous: Synchronous) -> Self {
        sqlite::fill(server, path, synchronous, CONNECTIONS);
        let options = sqlite::options(path, synchronous);
        server.block_on(async {
            // One connection: more would only wait for each other's lock, and longer.
            let pool =
                SqlitePoolOptions::new().max_connections(1).test_before_acquire(false).connect_with(options).await;
            let state = Shop { pool: pool.expect("a connection"), events: Arc::default() };
            let app = Router::new().route("/v1/carts/{identifier}/default/items", post(add)).with_state(state.clone());
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            tokio::spawn(async { axum::serve(listener, app).await });
            Bare { address, state }
        })
    }

    fn tidy(&self, server: &Tokio) {
        let done = server.block_on(sqlx::query("DELETE FROM carts_outbox").execute(&self.state.pool));
        done.expect("no events");
    }
}

/// Our server, with its settings as they are.
struct Ours {
    address: SocketAddr,
    runtime: Runtime,
    driver: Arc<dyn Driver>,
    since: u64,
}

impl Ours {
    fn start(server: &Tokio, path: &Path, synchronous: Synchronous) -> Self {
        sqlite::fill(server, path, synchronous, CONNECTIONS);
        server.block_on(async {
            let driver = sqlite::open(path.to_owned(), synchronous).await;
            let runtime = Runtime::new(COMPONENT, Arc::clone(&driver), carts::config()).expect("a component");
            let settings = Config::load(&Sources::default()).expect("the default settings");
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(server::serve(listener, App::new(runtime.clone(), settings.http), std::future::pending()));
            Ours { address, runtime, driver, since: 0 }
        })
    }

    fn tidy(&mut self, server: &Tokio, times: u64) {
        self.since += times;
        server.block_on(async {
            carts::deliver(&*self.driver).await;
            if self.since > carts::PIECES_MAX * LINES / 2 {
                self.since = 0;
                for (cart, line) in (0..CONNECTIONS).flat_map(|cart| (0..LINES as usize).map(move |line| (cart, line)))
                {
                    let done =
                        self.runtime.change(&carts::address(cart), carts::set_back(line), Default::default()).await;
                    done.expect("a change that can be made");
                }
            }
        });
    }
}

async fn add(State(shop): State<Shop>, Segment(identifier): Segment<String>, _body: String) -> String {
    let n = shop.events.fetch_add(1, Ordering::Relaxed);
    let mut connection = shop.pool.acquire().await.expect("a connection");
    sqlite::add(&mut connection, &identifier, n).await
}

/// Connections that stay, each of which adds to a cart of its own.
struct Clients<'t> {
    tokio: &'t Tokio,
    connections: Vec<Connection>,
}

struct Connection {
    stream: BufReader<TcpStream>,
    requests: Vec<String>,
    next: usize,
    line: String,
    body: Vec<u8>,
}

impl<'t> Clients<'t> {
    fn new(tokio: &'t Tokio, server: SocketAddr, connections: usize) -> Self {
        let connections = (0..connections).map(|n| {
            let stream = tokio.block_on(TcpStream::connect(server)).expect("a connection");
            stream.set_nodelay(true).expect("a connection");
            let requests = (0..sqlite::LINES).map(carts::item).map(|body| {
                format!(
                    "POST /v1/carts/user:{n}/default/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                )
            });
            Connection { stream: BufReader::new(stream), requests: requests.collect(), next: 0, line: String::new(), body: Vec::new() }
        });
        Clients { tokio, connections: connections.collect() }
    }

    fn run(&mut self, times: u64) -> Duration {
        let each = times.div_ceil(self.connections.len() as u64);
        let all = each * self.connections.len() as u64;
        let connections = &mut self.connections;
        let took = self.tokio.block_on(async {
            let begin = Instant::now();
            let runs = connections.iter_mut().map(|connection| async {
                for _ in 0..each {
                    connection.request().await;
                }
            });
            futures_util::future::join_all(runs).await;
            begin.elapsed()
        });
        took.mul_f64(times as f64 / all as f64)
    }
}

impl Connection {
    async fn request(&mut self) {
        let request = &self.requests[self.next % self.requests.len()];
        self.next += 1;
        self.stream.get_mut().write_all(request.as_bytes()).await.expect("a connection");
        let (mut status, mut length) = (String::new(), 0);
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line).await.expect("an answer");
            let line = self.line.trim_end();
            if line.is_empty() {
                break;
            }
            if status.is_empty() {
                status = line.to_owned();
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length");
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await.expect("a body");
        assert!(status.starts_with("HTTP/1.1 20"), "{status}: {}", String::from_utf8_lossy(&self.body));
    }
}
