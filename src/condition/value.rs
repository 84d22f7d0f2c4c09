//! How much a condition changes.
/// How much.
#[derive(Clone, Debug, PartialEq)]
pub struct Value;
/// As given.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInput;
