//! Masks the variable parts of log lines and names their templates.
