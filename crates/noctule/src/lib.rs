//! The one binary: the whole fleet in one process, and the command line.
