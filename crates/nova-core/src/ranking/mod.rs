//! Nova's rules, each pure and small.
