//! `menu` and `collect`: keys, entries, times, tries, type-ahead.

use super::*;

// menu

#[test]
fn a_key_of_a_menu_leads_to_its_state_at_once() {
    let verbs = vec![menu(asking(), &[("1", 1), ("0", 2)]), hang_up(480), hang_up(486)];
    for (key, said) in [("1", "@1, hang_up 480"), ("0", "@2, hang_up 486")] {
        let (mut call, then) = Call::answered(verbs.clone());
        assert_eq!(then, "play1? [1]");
        assert_eq!(call.press(key), format!("stop1, got {key}, {said}"));
    }
}

#[test]
fn a_wrong_key_and_silence_use_up_the_tries() {
    let (mut call, _) = Call::answered(vec![menu(asking(), &[("1", 0)])]);
    assert_eq!(call.press("7"), "stop1, play2? [2 1]");
    assert_eq!(call.pass(60_000), "nothing", "the wait begins behind the prompt");
    assert_eq!(call.done(2), "");
    assert_eq!(call.pass(4_999), "nothing");
    assert_eq!(call.pass(1), "hang_up 480");

    let (mut call, _) = Call::answered(vec![menu(asking(), &[("1", 0)])]);
    assert_eq!(call.done(1), "");
    assert_eq!(call.pass(5_000), "play2? [3 1]");
    assert_eq!(call.done(1), "", "an old play is over twice");
    assert_eq!(call.press("8"), "stop2, hang_up 480");
}

#[test]
fn keys_that_begin_alike_wait_for_the_time_between_digits() {
    let keys = [("1", 1), ("12", 2), ("345", 2)];
    let verbs = vec![menu(asking(), &keys), hang_up(480), hang_up(486)];
    let (mut call, _) = Call::answered(verbs.clone());
    assert_eq!(call.press("1"), "stop1");
    assert_eq!(call.pass(2_999), "nothing");
    assert_eq!(call.pass(1), "got 1, @1, hang_up 480");

    let (mut call, _) = Call::answered(verbs.clone());
    assert_eq!(call.press("12"), "stop1, got 12, @2, hang_up 486");

    let (mut call, _) = Call::answered(verbs.clone());
    assert_eq!(call.press("34"), "stop1");
    assert_eq!(call.pass(3_000), "play2? [2 1]", "half a key is a wrong one");

    let (mut call, _) = Call::answered(verbs);
    assert_eq!(call.press("13"), "stop1, play2? [2 1]", "no key goes on like this");
}

#[test]
fn a_menu_that_may_not_be_barged_in_takes_the_digits_when_it_has_spoken() {
    let firm = ask::Asking { barge_in: false, ..asking() };
    let verbs = vec![menu(firm, &[("1", 1)]), hang_up(480)];
    let (mut call, then) = Call::answered(verbs);
    assert_eq!(then, "play1 [1]");
    assert_eq!(call.press("1"), "");
    assert_eq!(call.done(1), "got 1, @1, hang_up 480");

    let flushing = ask::Asking { barge_in: false, flush: true, ..asking() };
    let (mut call, _) = Call::answered(vec![menu(flushing, &[("1", 1)]), hang_up(480)]);
    assert_eq!(call.press("1"), "");
    assert_eq!(call.done(1), "", "flush: what came before the end of the prompt is gone");
    assert_eq!(call.press("1"), "got 1, @1, hang_up 480");
}

#[test]
fn flush_throws_away_what_was_typed_ahead() {
    let flushing = ask::Asking { flush: true, ..asking() };
    let (mut call, _) =
        Call::answered(vec![play(5, at(1)), menu(flushing, &[("1", 2)]), hang_up(480)]);
    call.press("1");
    assert_eq!(call.done(1), "@1, play2? [1]");
    assert_eq!(call.press("1"), "stop2, got 1, @2, hang_up 480");
}

#[test]
fn a_wrong_key_throws_away_what_was_typed_behind_it() {
    let (mut call, _) =
        Call::answered(vec![play(5, at(1)), menu(asking(), &[("1", 2)]), hang_up(480)]);
    call.press("91");
    assert_eq!(call.done(1), "@1, play2? [2 1]");
}

#[test]
fn a_menu_without_a_prompt_just_waits() {
    let mute = ask::Asking { prompt: Vec::new(), timeout: Vec::new(), ..asking() };
    let (mut call, then) = Call::answered(vec![menu(mute, &[("1", 0)])]);
    assert_eq!(then, "");
    assert_eq!(call.pass(5_000), "");
    assert_eq!(call.pass(5_000), "hang_up 480");
}

// collect

#[test]
fn an_entry_ends_by_its_key_by_its_length_or_by_time() {
    for (typed, said) in [
        ("1234#", "stop1, got 1234, @1, hang_up 480"),
        ("123456", "stop1, got 123456, @1, hang_up 480"),
        ("12#", "stop1, play2? [2 1]"),
        ("#", "stop1, play2? [2 1]"),
        ("1*34#", "stop1, got 1*34, @1, hang_up 480"),
    ] {
        let (mut call, _) = Call::answered(vec![collect(4, 6, "#"), hang_up(480)]);
        assert_eq!(call.press(typed), said, "{typed}");
    }
    let (mut call, _) = Call::answered(vec![collect(4, 6, "#"), hang_up(480)]);
    call.press("1234");
    assert_eq!(call.pass(2_999), "nothing");
    assert_eq!(call.pass(1), "got 1234, @1, hang_up 480");
    assert_eq!(call.run.memory().text("account"), "1234");

    let (mut call, _) = Call::answered(vec![collect(4, 6, "#"), hang_up(480)]);
    call.press("123");
    assert_eq!(call.pass(3_000), "play2? [2 1]", "too short");
}

#[test]
fn a_hash_behind_a_full_entry_means_nothing() {
    let verbs = vec![collect(4, 4, "#"), menu(asking(), &[("1", 1), ("#", 2)]), hang_up(480)];
    let (mut call, _) = Call::answered(verbs.clone());
    assert_eq!(call.press("1234"), "stop1, got 1234, @1, play2? [1]");
    assert_eq!(call.press("#"), "", "it belonged to the entry");
    assert_eq!(call.press("#"), "stop2, got #, @2, hang_up 480");
    // Later it is a key of its own.
    let (mut call, _) = Call::answered(verbs.clone());
    call.press("1234");
    call.pass(3_000);
    assert_eq!(call.press("#"), "stop2, got #, @2, hang_up 480");
    // And so it is behind another digit.
    let (mut call, _) = Call::answered(verbs);
    assert_eq!(
        call.press("12341"),
        "stop1, got 1234, @1, play2? [1], stop2, got 1, @1, play3? [1]"
    );
    assert_eq!(call.press("#"), "stop3, got #, @2, hang_up 480");
}

#[test]
fn a_full_entry_typed_ahead_with_its_hash_leaves_nothing_behind() {
    let verbs = vec![play(5, at(1)), collect(4, 4, "#"), hang_up(480)];
    let (mut call, _) = Call::answered(verbs);
    call.press("1234#");
    // State 1 of `collect` leads to itself: the hash must not count as an entry there.
    assert_eq!(call.done(1), "@1, got 1234, @1, play2? [1]");
}

#[test]
fn masked_digits_are_marked_and_no_debug_shows_any() {
    let Verb::Collect(mut secret) = collect(4, 6, "#") else { panic!() };
    secret.asking.masked = true;
    let (mut call, _) = Call::answered(vec![Verb::Collect(secret), play(5, Next::End)]);
    call.press("73");
    assert!(!format!("{:?}", call.run).contains("73"));
    assert_eq!(call.press("91#"), "got 7391 masked, @1, play2 [5]");
    assert!(!format!("{:?}", call.run).contains("7391"));
    assert!(!format!("{:?}", call.run).contains("+39333111"));
}
