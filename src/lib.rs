//! Portico: a conversational front door to image editing.
//!
//! Data flows one way: [`http`] → [`chat`] → [`plan`] → [`engine`] → [`ops`] → [`models`] / [`imaging`].
//!
//! * [`imaging`] – pixels: decoding, colour, masks, resampling, encoding. Knows nothing of models or servers.
//! * [`models`] – the manifest, installation, ONNX Runtime, one owner thread per session, one file per model family.
//! * [`ops`] – one file per operation and the registry that lists them.
//! * [`plan`] – an instruction in Chinese or English becomes a [`plan::Plan`], a question, a command or a reply.
//! * [`recipe`] – plans with named places, to be run on other pictures.
//! * [`engine`] – runs plans: executor, job queue, workers, events, previews.
//! * [`presets`] – what platforms ask of pictures: sizes, backgrounds, files, each rule with its source.
//! * [`store`] – SQLite repositories and the content-addressed blob store.
//! * [`chat`] – conversations: turns, references, replies, the version tree.
//! * [`accounts`] – who may come in: passwords, links, keys and their scopes, limits.
//! * [`http`] – the REST API, the WebSocket and the page.
//! * [`metrics`], [`request_id`] – what the operator sees: figures, and one id from an answer to its lines in the log.
//! * [`rows`], [`batch`] – tables of work (CSV, XLSX), and what batches on the server and on the command line have in common.
//! * [`config`], [`cli`] – settings and the command line.

#![deny(unsafe_code)]

pub mod accounts;
pub mod batch;
pub mod cancel;
pub mod chat;
pub mod cli;
pub mod config;
pub mod engine;
pub mod http;
pub mod metrics;
pub mod models;
pub mod ops;
pub mod plan;
pub mod presets;
pub mod recipe;
pub mod request_id;
pub mod rows;
pub mod store;
pub mod sys;

pub use portico_imaging as imaging;
pub use portico_imaging::text;
