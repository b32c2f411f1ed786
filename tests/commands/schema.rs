//! `centralino schema`: what an editor is given.

use crate::{Folder, centralino, stderr, stdout};

#[test]
fn the_schema_is_printed_as_json() {
    let output = centralino(&Folder::new(), &["schema"]);
    assert_eq!((output.status.code(), &*stderr(&output)), (Some(0), ""));
    let schema: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["queues"]["description"].is_string(), "{schema}");
}
