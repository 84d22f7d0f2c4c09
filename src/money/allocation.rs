//! An amount shared out so that the shares sum to it.
