//! table
use super::deeds::DEEDS;
use super::places::{PLACES, at};
#[test]
fn print() {
    for (place, ..) in PLACES {
        for deed in DEEDS {
            let mut bench = at(place);
            if bench.deed(deed) {
                let met: Vec<String> = bench.met.keys().map(|(s, i)| format!("{s}/{i}")).collect();
                println!("(\"{place}\", \"{deed}\", \"{}\"), // {}", bench.effect(), met.join(" "));
            }
        }
    }
}
