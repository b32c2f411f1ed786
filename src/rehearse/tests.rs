//! Whole rehearsals: what a test of a plan passes and fails on.
