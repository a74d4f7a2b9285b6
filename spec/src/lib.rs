//! The contract: what the API promises, read from `openapi.yaml`, `requirements.yaml` and `fields.yaml`, together with
//! the pages that they quote.
//!
//! All other crates take limits, statuses, roles, paths, field names and requirement ids from here, and none of them
//! parses the YAML itself. The crate is pure: no network, no clock, no global state beyond the embedded texts.

pub mod clients;
pub mod contract;
pub mod diff;
pub mod fields;
pub mod load;
pub mod money;
pub mod pages;
pub mod place;
pub mod problem;
pub mod promise;
pub mod requirement;
pub mod schema;
pub mod states;

pub use clients::{ClientRule, client_rules};
pub use contract::{Contract, Meaning, Operation, OperationId, Stability};
pub use fields::Fields;
pub use load::{BUILT_IN, embedded, from_all, from_paths, from_texts};
pub use money::Pesewas;
pub use pages::Quote;
pub use problem::{Problem, Problems};
pub use promise::{Consequence, Promise};
pub use requirement::{Ambiguity, Catalogue, Kind, Level, Need, QuestionKind, Requirement, Severity, Source};
