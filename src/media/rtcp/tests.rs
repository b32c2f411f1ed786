//! RTCP as bytes, and the round trip (MED-13).

mod pairs;

use super::*;
use crate::base::WorkerId;

fn now(ms: u64) -> Now {
    Now { mono: Mono(ms * 1000), wall_ms: 1_700_000_000_000 + ms as i64 }
}

fn items(bytes: &[u8]) -> (Vec<Item>, bool) {
    let mut items = vec![];
    let whole = parse(bytes, |item| items.push(item));
    (items, whole)
}

fn reception(ssrc: u32) -> Reception {
    Reception { ssrc, fraction_lost: 12, cumulative_lost: 34, highest: 5678, jitter: 9 }
}

fn reporter() -> Reporter {
    Reporter::new(&mut Mint::seeded(1, WorkerId(0)), Mono(0))
}

/// MED-13: what we write is a compound packet by RFC 3550 §6.1, and reads back.
#[test]
fn med_13_a_report_reads_back() {
    for (sender, reception, bye) in [
        (Some((1, 2, 3)), Some(reception(5)), false),
        (Some((1, 2, 3)), None, true),
        (None, Some(reception(5)), true),
        (None, None, false),
    ] {
        let mut out = [0; MAX_PACKET];
        let report = Report { ssrc: 77, sender, reception, bye };
        let len = reporter().write(&report, now(0), &mut out);
        let bytes = &out[..len];
        assert_eq!(len % 4, 0);
        assert_eq!(bytes[1], if sender.is_some() { SR } else { RR });
        let (items, whole) = items(bytes);
        assert!(whole, "{report:?}");
        let senders = items.iter().filter(|i| matches!(i, Item::Sender { ssrc: 77, .. })).count();
        assert_eq!(senders, usize::from(sender.is_some()));
        let blocks = items
            .iter()
            .filter(|i| matches!(i, Item::Block { about: 5, fraction_lost: 12, .. }))
            .count();
        assert_eq!(blocks, usize::from(reception.is_some()));
        assert_eq!(bytes.windows(4).any(|w| w == [0x81, BYE, 0, 1]), bye);
    }
}

/// MED-13: the example of RFC 3550 §6.4.1: away, less the delay over there, is the round trip.
#[test]
fn med_13_the_round_trip_is_known_from_the_echoed_report() {
    let (mut ours, mut theirs) = (reporter(), reporter());
    let mut out = [0; MAX_PACKET];
    let report = |ssrc, about| Report {
        ssrc,
        sender: Some((0, 1, 160)),
        reception: Some(reception(about)),
        bye: false,
    };
    let len = ours.write(&report(1, 2), now(1000), &mut out);
    for item in items(&out[..len]).0 {
        if let Item::Sender { ssrc, ntp } = item {
            theirs.heard_sender(ssrc, ntp, now(1030).mono);
        }
    }
    let len = theirs.write(&report(2, 1), now(4030), &mut out);
    let mut round_trip = None;
    for item in items(&out[..len]).0 {
        if let Item::Block { about: 1, last_report, delay, .. } = item {
            round_trip = ours.round_trip_us(last_report, delay, now(4060).mono);
        }
    }
    let us = round_trip.unwrap();
    assert!((59_900..=60_100).contains(&us), "{us}");
}

#[test]
fn med_13_a_report_that_echoes_none_of_ours_tells_no_round_trip() {
    assert_eq!(reporter().round_trip_us(12345, 0, Mono(1)), None);
    assert_eq!(reporter().round_trip_us(0, 0, Mono(1)), None);
}

/// MED-11: what is cut short or no RTCP is refused, at every length.
#[test]
fn med_11_a_cut_report_is_refused() {
    let mut out = [0; MAX_PACKET];
    let sender = Some((1, 2, 3));
    let report = Report { ssrc: 77, sender, reception: Some(reception(5)), bye: true };
    let len = reporter().write(&report, now(0), &mut out);
    let boundaries = [52, len - 8, len];
    for cut in 0..=len {
        assert_eq!(items(&out[..cut]).1, boundaries.contains(&cut), "{cut} of {len}");
    }
    assert!(!items(&[0x9f, SR, 0, 6].into_iter().chain([0; 24]).collect::<Vec<u8>>()).1);
}

#[test]
fn med_13_the_interval_is_five_seconds_by_half() {
    let mut mint = Mint::seeded(3, WorkerId(0));
    let mut reporter = Reporter::new(&mut mint, Mono(0));
    assert!(reporter.next <= Mono(3_750_000));
    let mut sum = 0;
    for _ in 0..1000 {
        reporter.schedule(&mut mint, Mono(0));
        assert!((2_500_000..7_500_000).contains(&reporter.next.0));
        sum += reporter.next.0;
    }
    assert!((4_800_000..5_200_000).contains(&(sum / 1000)));
}
