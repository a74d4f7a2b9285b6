//! The mobile networks of the country, as plans vary them.

/// First national digits of the mobile networks of Ghana, by the numbering plan of its National Communications Authority.
pub const NETWORKS: [&str; 14] =
    ["20", "23", "24", "25", "26", "27", "28", "50", "53", "54", "55", "56", "57", "59"];
