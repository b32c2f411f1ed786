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
    "0",
    "1",
    "10",
    "hundred",
    "thousand",
    "11",
    "12",
    "13",
    "14",
    "15",
    "16",
    "17",
    "18",
    "19",
    "2",
    "20",
    "3",
    "30",
    "4",
    "40",
    "5",
    "50",
    "6",
    "60",
    "7",
    "70",
    "8",
    "80",
    "9",
    "90",
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

/// All built-in prompts: file names and bytes.
pub fn built_in_prompts() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    PROMPTS.iter().copied()
}

/// A built-in prompt by its path in the plan; only the file name counts.
pub(super) fn prompt(path: &str) -> Option<&'static [u8]> {
    let name = path.rsplit('/').next().unwrap_or(path);
    PROMPTS.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}
