//! Judges a server against the contract of bulk orders: plans requests, sends them, records the answers, and judges the
//! record.
//!
//! The contract itself, with every limit, status and requirement, is the crate [`spec`]; the program `conformance` is
//! [`cli::main`]. The rooms of this crate, in the order in which a run passes through them:
//!
//! | room | what it is for |
//! |---|---|
//! | [`cli`] | the command line: flags, what each command does with them, how a failure is reported |
//! | [`run`] | one run from its options to its judgement; judging a recorded run again |
//! | [`plan`] | what is sent, and what it may cost; nothing is sent yet |
//! | [`exec`] | the only network I/O; a purchase is never sent twice |
//! | [`sut`] | the system under test: its address, our accounts on it, and what it may be charged |
//! | [`history`] | what was sent and came back, as a file and in memory |
//! | [`checks`] | a file for each group of requirements: what it sends, when an order must be refused, what makes an answer wrong |
//! | [`judge`] | every check looks at every case; what they find becomes one judgement. Pure, so a record can be judged again |
//! | [`order`] | what an order is and what may be answered to it: the same for planning and judging |
//! | [`report`] | events while a run goes on, and at its end one view in many formats |
//!
//! Beside them is [`client`], the mirror image of a run: it judges clients by what they send to a server of ours, and
//! by how they end. `export` writes a plan down for other tools. [`exit`] is the table of exit codes, [`bounds`] limits
//! what a server can make the program take, [`secret`] keeps keys from being shown, and `hint` suggests what may have
//! been meant by a misspelt word.
//!
//! # Example
//!
//! The example asks the built-in sandbox whether it refuses 21 items:
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use std::sync::Arc;
//!
//! use conformance::history::Tier;
//! use conformance::report::event::Silent;
//! use conformance::run::built_in_sandbox;
//! use conformance::run::session::{self, Options};
//! use conformance::sut::Target;
//!
//! let contract = Arc::new(spec::embedded()?);
//! let (sandbox, url, states) =
//!     built_in_sandbox::sandbox(contract.clone(), sandbox::Behaviour::default()).await?;
//! let options = Options { only: vec!["COUNT-HIGH".to_owned()], ..Options::new(Tier::Smoke, 1) };
//! let prepared = session::prepare(contract, Target::new(url), Some(states), &options).await?;
//! let finished = prepared.run(&options, &mut Silent).await?;
//! sandbox.stop().await;
//!
//! assert!(finished.judgement.requests > 0);
//! assert!(finished.judgement.findings.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bounds;
pub mod checks;
pub mod cli;
pub mod client;
pub mod exec;
pub mod exit;
mod export;
mod hint;
pub mod history;
pub mod judge;
pub mod order;
pub mod plan;
pub mod report;
pub mod run;
pub mod secret;
pub mod sut;
