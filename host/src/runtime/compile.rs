//! The component made ready to run: compiled once, and kept on disk for the next start.

use pushcart::error::{Error, Kind, Result};
use std::path::PathBuf;
use std::time::Instant;
use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Engine};

/// Where compiled code is kept between starts.
///
/// It is machine code that the process will run: the directory must be writable by nobody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CodeCache {
    /// In the user's cache directory (`~/.cache/wasmtime` on Linux).
    #[default]
    User,
    /// In this directory; the path must be absolute.
    At(PathBuf),
    /// Nowhere: each start compiles.
    Off,
}

/// The engine that all instances share, and the component.
pub(super) fn compile(component: &[u8], code_cache: &CodeCache) -> Result<(Engine, Component)> {
    let cache = open(code_cache);
    let mut config = Config::new();
    config.epoch_interruption(true).cache(cache.clone());
    let engine = Engine::new(&config).map_err(|e| {
        Error::new(Kind::Unsupported, format!("expected a machine that can run WebAssembly, found: {e:#}"))
    })?;
    // Said before, because an unoptimised build may take seconds over it.
    tracing::info!("loading the cart: the first start compiles it, later ones find the code kept");
    let start = Instant::now();
    let component = Component::new(&engine, component)
        .map_err(|e| Error::new(Kind::Unsupported, format!("expected a WebAssembly component, found: {e:#}")))?;
    let from_cache = cache.is_some_and(|cache| cache.cache_hits() > 0);
    tracing::info!(ms = start.elapsed().as_millis() as u64, from_cache, "the cart is compiled");
    Ok((engine, component))
}

/// A start without a cache is slower, not worse: so what is wrong with it is a warning.
fn open(code_cache: &CodeCache) -> Option<Cache> {
    let mut config = CacheConfig::new();
    match code_cache {
        CodeCache::Off => return None,
        CodeCache::User => {}
        CodeCache::At(directory) => {
            config.with_directory(directory);
        }
    }
    match Cache::new(config) {
        Ok(cache) => Some(cache),
        Err(e) => {
            tracing::warn!(
                error = format!("{e:#}"),
                "compiled code cannot be kept on disk: the next start compiles again"
            );
            None
        }
    }
}
