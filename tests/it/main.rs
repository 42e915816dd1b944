//! Integration tests, one file per promise or resource.

mod planner;
