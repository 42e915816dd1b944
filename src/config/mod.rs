//! Settings: defaults, then TOML, then `PORTICO_*`, then flags.
