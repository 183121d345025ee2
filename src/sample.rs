//! The facts of one request.
