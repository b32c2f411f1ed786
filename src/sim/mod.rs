//! The simulated world: a virtual clock, a network with weather, phones that are not ours, ladders.
//!
//! Ladder tests, the demo, the dialplan's own tests and what-if runs all stand on this folder. A
//! [`World`] holds [`Phone`]s and at most one system under test behind [`Node`]; it moves time to
//! the next deadline and never sleeps. The phones are built on the scanner and writer of `sip` but
//! on none of our transactions or dialogs, so that they check those from outside.

pub mod clock;
pub mod house;
pub mod ladder;
pub mod net;
pub mod phone;
pub mod tap;
pub mod world;

pub use clock::Clock;
pub use house::{House, HouseConfig, Piece, Remains, Sound};
pub use ladder::{Ladder, Rung};
pub use net::{Act, Fate, Link, Net, Rule, Weather};
pub use phone::{
    Action, Answer, Behaviour, CallNo, Codecs, Ended, Faults, Input, Noticed, Phone, PhoneConfig,
    PlaceCall, Report,
};
pub use world::{Datagram, Nobody, Node, World};
