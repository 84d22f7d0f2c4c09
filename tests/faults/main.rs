//! What goes wrong outside: processes that are killed, callers that mean harm, stores that fail.

mod crash;
mod databases;
mod hostile;
mod writers;
