//! Where a condition acts.
/// Where.
#[derive(Clone, Debug, PartialEq)]
pub struct Target;
/// As given.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetInput;
/// x
pub enum Phase {}
/// x
pub enum Scope {}
/// x
pub enum Application {}
