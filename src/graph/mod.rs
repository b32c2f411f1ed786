//! A plan as a picture: numbers, flows with their states and ways out, queues with their steps, and
//! who answers; drawn as SVG, or told as Mermaid or DOT.
//!
//! [`of_plan`] makes the [`Graph`], a list of boxes whose rows lead to other boxes. The layout is
//! layered from left to right; every text stands inside a box and every way out has a row of its
//! own, so that no text can cover another however large the plan is. All of it is pure and comes
//! out the same for the same plan.

mod agents;
mod build;
mod dot;
mod layers;
mod layout;
mod mermaid;
mod model;
mod order;
mod place;
mod states;
mod svg;
mod text;

#[cfg(test)]
mod tests;

pub use build::{Asked, NoFlow, of_plan};
pub use dot::dot;
pub use mermaid::mermaid;
pub use model::{Counts, Graph, Kind, Lead, Node, Row, Way};
pub use svg::svg;
