//! The front door: router, middleware, one file per resource.
