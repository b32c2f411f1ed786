//! Who calls, as the agent's phone is told.

use super::probe::*;
use super::set::*;

/// DLG-12: a display name that would end our quotes early reaches the agent without what would do so.
#[test]
fn dlg_12_a_display_name_cannot_break_our_from() {
    for (came, shown) in
        [(r#"Ann "x" \"#, r#""Ann x " "#), (r#""Ann \"x\" \\""#, r#""Ann \"x\" \\" "#)]
    {
        let mut set = set(idle(), idle());
        let from = format!("{came} <sip:+39333222@10.0.0.7>");
        set.probe(&Request { from, ..Request::invite("300") });
        let invite = set.message("us", "anna", "INVITE");
        let from = header(&invite, "From").unwrap_or_default();
        let (display, rest) = from.split_at(from.find('<').unwrap_or_default());
        assert_eq!(display, shown, "{came}\n{invite}");
        assert!(rest.starts_with("<sip:+39333222@10.0.0.9"), "{from}");
    }
}
