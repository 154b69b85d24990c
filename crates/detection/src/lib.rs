//! Pure detectors: evidence in, verdict out.
