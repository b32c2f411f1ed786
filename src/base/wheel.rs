//! The timer wheel of a worker.
