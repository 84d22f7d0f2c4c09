//! Runs the Pushcart component: storage drivers, HTTP server and command line.

pub mod driver;
#[cfg(feature = "testing")]
pub mod testing;
