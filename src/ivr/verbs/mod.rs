//! The verbs of a flow: one file each says what the state has and what entering it does.

mod answer;
mod collect;
mod dial;
mod goto;
mod hang_up;
mod hours;
mod language;
mod menu;
mod play;
mod queue;
mod refuse;
mod ring;
mod say;
mod set;
mod when;

pub use answer::Answer;
pub use collect::Collect;
pub use dial::Dial;
pub use goto::Goto;
pub use hang_up::HangUp;
pub use hours::Hours;
pub use language::Language;
pub use menu::Menu;
pub use play::Play;
pub use queue::Queue;
pub use refuse::Refuse;
pub use ring::Ring;
pub use say::Say;
pub use set::Set;
pub use when::When;
