//! How every process starts: configuration, telemetry, connections, health, signals.
