//! The scoring pipeline that the analysis, real-time and batch workers share.
