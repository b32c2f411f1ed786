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

#[rustfmt::skip]
const PROMPTS: &[(&str, &[u8])] = prompts![
    "beep",
    "closed",
    "hold-music",
    "invalid",
    "main-menu",
    "number-0",
    "number-1",
    "number-10",
    "number-100",
    "number-1000",
    "number-11",
    "number-12",
    "number-13",
    "number-14",
    "number-15",
    "number-16",
    "number-17",
    "number-18",
    "number-19",
    "number-2",
    "number-20",
    "number-3",
    "number-30",
    "number-4",
    "number-40",
    "number-5",
    "number-50",
    "number-6",
    "number-60",
    "number-7",
    "number-70",
    "number-8",
    "number-80",
    "number-9",
    "number-90",
    "please-hold",
    "position-after",
    "position-before",
    "position-next",
    "sorry",
    "thank-you",
    "wait-before",
    "wait-less",
    "wait-minute",
    "wait-minutes",
    "welcome",
    "your-number",
];

/// A built-in prompt by its path in the plan; only the file name counts.
pub(super) fn prompt(path: &str) -> Option<&'static [u8]> {
    let name = path.rsplit('/').next().unwrap_or(path);
    PROMPTS.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}
