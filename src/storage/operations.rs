//! The finer operations, made of the port's four verbs for every driver at once.
