//! The timer wheel of a worker: arm and disarm in constant time, expiry in deadline order.
//!
//! A hierarchical wheel (Varghese and Lauck, 1987): nine levels of 64 slots over ticks of one
//! millisecond. A timer sits at the level of the highest group of six bits in which its tick
//! differs from the wheel's; when the wheel comes to a slot of a higher level, what is in it moves
//! down. It reads no clock: `now` is handed in.
//!
//! Deadlines are rounded up to a tick, so that a timer is never early and at most one tick late.

use super::time::Mono;

/// One tick, in microseconds.
const TICK_US: u64 = 1_000;
/// Bits of a tick that one level looks at.
const BITS: u32 = 6;
/// Slots of one level.
const SLOTS: usize = 1 << BITS;
/// Levels; nine times six bits reach further than [`Mono`] in all but its last 2 %.
const LEVELS: usize = 9;
/// The last tick that the levels can tell apart, 570,000 years ahead; later is cut to this.
const LAST_TICK: u64 = (1 << (BITS as usize * LEVELS)) - 1;
/// No entry: the end of a list.
const NONE: u32 = u32::MAX;

/// An armed timer: an index into the wheel and a count of the index's reuse, so that a stale id
/// disarms nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId {
    index: u32,
    generation: u32,
}

/// Timers by deadline; each carries a key that says what is due.
#[derive(Clone, Debug)]
pub struct Wheel<K> {
    entries: Vec<Entry<K>>,
    /// Head of the list of unused entries.
    free: u32,
    levels: [Level; LEVELS],
    /// The tick up to which everything has been expired.
    current: u64,
    armed: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry<K> {
    /// None while unused.
    key: Option<K>,
    tick: u64,
    generation: u32,
    previous: u32,
    next: u32,
    level: u8,
    slot: u8,
}

/// One level: which slots hold something, and their lists.
#[derive(Clone, Copy, Debug)]
struct Level {
    occupied: u64,
    slots: [Slot; SLOTS],
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    first: u32,
    last: u32,
    /// No timer in the slot is due before this tick. Exact until the earliest is disarmed.
    earliest: u64,
}

impl Slot {
    const EMPTY: Slot = Slot { first: NONE, last: NONE, earliest: u64::MAX };
}

impl<K: Copy> Default for Wheel<K> {
    fn default() -> Wheel<K> {
        let level = Level { occupied: 0, slots: [Slot::EMPTY; SLOTS] };
        Wheel { entries: Vec::new(), free: NONE, levels: [level; LEVELS], current: 0, armed: 0 }
    }
}

impl<K: Copy> Wheel<K> {
    /// An empty wheel at time zero.
    #[must_use]
    pub fn new() -> Wheel<K> {
        Wheel::default()
    }

    /// Arms a timer. One that lies in the past is due at the next [`Wheel::expire`].
    pub fn arm(&mut self, key: K, at: Mono) -> TimerId {
        let tick = at.0.div_ceil(TICK_US).clamp(self.current, LAST_TICK.max(self.current));
        let index = self.take_entry(key, tick);
        self.link(index);
        self.armed += 1;
        let generation = self.entries.get(index as usize).map_or(0, |e| e.generation);
        TimerId { index, generation }
    }

    /// Disarms a timer; says whether it was still armed.
    pub fn disarm(&mut self, id: TimerId) -> bool {
        let Some(entry) = self.entries.get(id.index as usize) else { return false };
        if entry.key.is_none() || entry.generation != id.generation {
            return false;
        }
        self.unlink(id.index);
        self.give_back(id.index);
        true
    }

    /// When [`Wheel::expire`] is wanted next: the next deadline rounded up to a tick. It may be
    /// earlier than that when the earliest timer of a distant slot was disarmed, never later, and
    /// after `expire(now)` it is always later than `now`.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        let (_, _, slot) = self.first_slot()?;
        Some(Mono(slot.earliest.saturating_mul(TICK_US)))
    }

    /// Appends the keys of all timers due at `now`, in the order of their ticks and, within one
    /// tick, in the order in which they were armed.
    pub fn expire(&mut self, now: Mono, due: &mut Vec<K>) {
        let target = (now.0 / TICK_US).min(LAST_TICK);
        while let Some((level, index, slot)) = self.first_slot() {
            let start = self.slot_start(level, index);
            if start > target {
                break;
            }
            self.current = self.current.max(start);
            self.clear(level, index);
            let mut at = slot.first;
            while let Some(entry) = self.entries.get(at as usize).copied() {
                if level == 0 {
                    due.extend(entry.key);
                    self.give_back(at);
                } else {
                    self.link(at);
                }
                at = entry.next;
            }
        }
        self.current = self.current.max(target);
    }

    /// Timers armed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.armed
    }

    /// Whether no timer is armed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.armed == 0
    }

    /// The occupied slot whose time comes first. All timers of a level lie before those of the
    /// next, because they share more leading bits with the current tick.
    fn first_slot(&self) -> Option<(usize, usize, Slot)> {
        let (number, level) = self.levels.iter().enumerate().find(|(_, l)| l.occupied != 0)?;
        let index = level.occupied.trailing_zeros() as usize;
        level.slots.get(index).map(|slot| (number, index, *slot))
    }

    /// The first tick of a slot that lies ahead: the current tick's leading bits, then the slot's.
    fn slot_start(&self, level: usize, index: usize) -> u64 {
        let shift = BITS * level as u32;
        let above = shift + BITS;
        let prefix = self.current >> above << above;
        prefix | (index as u64) << shift
    }

    fn level_of(&self, tick: u64) -> (usize, usize) {
        let differing = tick ^ self.current;
        let level = differing.checked_ilog2().unwrap_or(0) / BITS;
        let slot = tick >> (BITS * level) & (SLOTS as u64 - 1);
        (level as usize, slot as usize)
    }

    fn slot_mut(&mut self, level: usize, index: usize) -> Option<&mut Slot> {
        self.levels.get_mut(level)?.slots.get_mut(index)
    }

    fn clear(&mut self, level: usize, index: usize) {
        if let Some(level) = self.levels.get_mut(level) {
            level.occupied &= !(1 << index);
            if let Some(slot) = level.slots.get_mut(index) {
                *slot = Slot::EMPTY;
            }
        }
    }

    /// Puts an entry at the end of the list where its tick belongs.
    fn link(&mut self, at: u32) {
        let Some(tick) = self.entries.get(at as usize).map(|e| e.tick) else { return };
        let (level, index) = self.level_of(tick);
        let Some(slot) = self.slot_mut(level, index) else { return };
        let last = slot.last;
        slot.last = at;
        slot.earliest = slot.earliest.min(tick);
        if last == NONE {
            slot.first = at;
        }
        if let Some(level) = self.levels.get_mut(level) {
            level.occupied |= 1 << index;
        }
        if let Some(before) = self.entries.get_mut(last as usize) {
            before.next = at;
        }
        if let Some(entry) = self.entries.get_mut(at as usize) {
            entry.previous = last;
            entry.next = NONE;
            entry.level = level as u8;
            entry.slot = index as u8;
        }
    }

    fn unlink(&mut self, at: u32) {
        let Some(entry) = self.entries.get(at as usize) else { return };
        let (previous, next) = (entry.previous, entry.next);
        let (level, index) = (usize::from(entry.level), usize::from(entry.slot));
        if let Some(before) = self.entries.get_mut(previous as usize) {
            before.next = next;
        }
        if let Some(after) = self.entries.get_mut(next as usize) {
            after.previous = previous;
        }
        let Some(slot) = self.slot_mut(level, index) else { return };
        if slot.first == at {
            slot.first = next;
        }
        if slot.last == at {
            slot.last = previous;
        }
        if slot.first == NONE {
            self.clear(level, index);
        }
    }

    /// An entry from the list of unused ones, or a new one.
    fn take_entry(&mut self, key: K, tick: u64) -> u32 {
        let at = self.free;
        if let Some(entry) = self.entries.get_mut(at as usize) {
            self.free = entry.next;
            entry.key = Some(key);
            entry.tick = tick;
            return at;
        }
        // More than 2³² timers do not fit in memory, so the index is never cut.
        let at = self.entries.len() as u32;
        let (previous, next) = (NONE, NONE);
        let key = Some(key);
        self.entries.push(Entry { key, tick, generation: 0, previous, next, level: 0, slot: 0 });
        at
    }

    fn give_back(&mut self, at: u32) {
        let free = self.free;
        let Some(entry) = self.entries.get_mut(at as usize) else { return };
        entry.key = None;
        entry.generation = entry.generation.wrapping_add(1);
        entry.next = free;
        self.free = at;
        self.armed = self.armed.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn ms(ms: u64) -> Mono {
        Mono(ms * 1_000)
    }

    fn expired(wheel: &mut Wheel<u32>, now: Mono) -> Vec<u32> {
        let mut due = Vec::new();
        wheel.expire(now, &mut due);
        due
    }

    #[test]
    fn a_timer_is_never_early_and_at_most_a_tick_late() {
        let mut wheel = Wheel::new();
        wheel.arm(1, Mono(1_001));
        assert_eq!(wheel.next_deadline(), Some(Mono(2_000)));
        assert_eq!(expired(&mut wheel, Mono(1_999)), [0u32; 0]);
        assert_eq!(expired(&mut wheel, Mono(2_000)), [1]);
        assert_eq!(wheel.next_deadline(), None);
    }

    #[test]
    fn what_lies_in_the_past_is_due_at_once() {
        let mut wheel = Wheel::new();
        assert_eq!(expired(&mut wheel, ms(70_000)), [0u32; 0]);
        wheel.arm(1, ms(3));
        wheel.arm(2, ms(70_000));
        assert!(wheel.next_deadline().is_some_and(|at| at <= ms(70_000)));
        assert_eq!(expired(&mut wheel, ms(70_000)), [1, 2]);
    }

    #[test]
    fn a_stale_id_disarms_nothing() {
        let mut wheel = Wheel::new();
        let first = wheel.arm(1, ms(10));
        assert!(wheel.disarm(first));
        let second = wheel.arm(2, ms(20));
        assert!(!wheel.disarm(first));
        assert_eq!(wheel.len(), 1);
        assert_eq!(expired(&mut wheel, ms(20)), [2]);
        assert!(!wheel.disarm(second));
        assert!(wheel.is_empty());
    }

    #[test]
    fn a_timer_at_the_end_of_time_is_kept() {
        let mut wheel = Wheel::new();
        wheel.arm(1, Mono(u64::MAX));
        wheel.arm(2, ms(5));
        assert_eq!(expired(&mut wheel, ms(1_000_000_000)), [2]);
        assert_eq!(expired(&mut wheel, Mono(u64::MAX)), [1]);
        wheel.arm(3, Mono(u64::MAX));
        assert_eq!(expired(&mut wheel, Mono(u64::MAX)), [3]);
    }

    /// A loop that sleeps until `next_deadline` wakes at most once a level for a distant timer.
    #[test]
    fn the_way_to_a_distant_deadline_takes_few_wakes() {
        let mut wheel = Wheel::new();
        let at = ms(7 * 24 * 3_600_000);
        let sooner = wheel.arm(1, ms(7 * 24 * 3_600_000 - 3_600_000));
        wheel.arm(2, at);
        wheel.disarm(sooner);
        let mut wakes = 0;
        while let Some(next) = wheel.next_deadline() {
            assert!(next <= at);
            wakes += 1;
            if !expired(&mut wheel, next).is_empty() {
                break;
            }
        }
        assert!(wakes <= 2, "{wakes}");
    }

    #[derive(Clone, Debug)]
    enum Step {
        Arm(u64),
        Disarm(usize),
        Pass(u64),
        PassToNext,
    }

    fn step() -> impl Strategy<Value = Step> {
        let distance = prop_oneof![0..200_000u64, 0..70_000_000u64, 0..4_000_000_000_000u64];
        prop_oneof![
            4 => distance.clone().prop_map(Step::Arm),
            2 => any::<usize>().prop_map(Step::Disarm),
            2 => distance.prop_map(Step::Pass),
            2 => Just(Step::PassToNext),
        ]
    }

    proptest! {
        /// The wheel against a sorted map: same timers, same order, same count; the announced
        /// deadline is never late and always ahead.
        #[test]
        fn the_wheel_agrees_with_a_sorted_map(steps in prop::collection::vec(step(), 1..200)) {
            let mut wheel = Wheel::new();
            let mut model: BTreeMap<(u64, u32), TimerId> = BTreeMap::new();
            let mut now = Mono(0);
            let mut serial = 0u32;
            for step in steps {
                match step {
                    Step::Arm(distance) => {
                        let at = Mono(now.0.saturating_sub(1_000_000)) + Duration::from_micros(distance);
                        let tick = at.0.div_ceil(1_000).max(now.0 / 1_000);
                        model.insert((tick, serial), wheel.arm(serial, at));
                        serial += 1;
                    }
                    Step::Disarm(nth) => {
                        if let Some(key) = model.keys().nth(nth % model.len().max(1)).copied() {
                            let id = model.remove(&key);
                            prop_assert!(id.is_some_and(|id| wheel.disarm(id)));
                        }
                    }
                    Step::Pass(distance) => now = now + Duration::from_micros(distance),
                    Step::PassToNext => now = wheel.next_deadline().unwrap_or(now).max(now),
                }
                let due = expired(&mut wheel, now);
                let later = model.split_off(&(now.0 / 1_000 + 1, 0));
                let expected: Vec<u32> = model.keys().map(|(_, serial)| *serial).collect();
                model = later;
                prop_assert_eq!(due, expected);
                prop_assert_eq!(wheel.len(), model.len());
                let next = wheel.next_deadline();
                prop_assert_eq!(next.is_some(), !model.is_empty());
                if let (Some(next), Some(((tick, _), _))) = (next, model.first_key_value()) {
                    prop_assert!(next.0 <= tick * 1_000 && next > now);
                }
            }
        }
    }
}
