//! Tests of plans as they are read: what they compile to, what is found wrong in them and where.
