//! The prompts of the demo plan, built into the binary so that it needs no file.

/// Names and bytes.
macro_rules! prompts {
    ($($name:literal),* $(,)?) => {
        &[$((
            concat!($name, ".wav"),
            include_bytes!(concat!("../../../dialplans/prompts/", $name, ".wav")),
        )),*]
    };
}

