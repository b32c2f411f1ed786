//! Plays: prompts, tones and silence, cut to the packet time of the stream (SDP-14).

use crate::media::{BargeIn, Codec, PlayId, PlayItem, g711, tone};

/// Pieces of one play; what is more is left out. A queue's announcement has a dozen.
const MAX_ITEMS: usize = 256;
/// Samples in a millisecond.
const PER_MS: u64 = 8;

/// A play under way.
#[derive(Debug)]
pub(crate) struct Playing {
    pub(crate) id: PlayId,
    items: Vec<PlayItem>,
    /// The item being played, and how many of its samples were.
    index: usize,
    offset: usize,
    repeat: bool,
    barge_in: BargeIn,
}

impl Playing {
    pub(crate) fn new(
        id: PlayId,
        mut items: Vec<PlayItem>,
        repeat: bool,
        barge_in: BargeIn,
    ) -> Playing {
        items.truncate(MAX_ITEMS);
        // What has no sound at all could be repeated for ever without time passing.
        let repeat = repeat && items.iter().any(|i| length(i).is_none_or(|l| l > 0));
        Playing { id, items, index: 0, offset: 0, repeat, barge_in }
    }

    /// Whether a digit stops it.
    pub(crate) fn stops_at_digit(&self) -> bool {
        match self.barge_in {
            BargeIn::Any => true,
            BargeIn::No => false,
        }
    }

    /// Fills a payload, the rest with silence; false once there is nothing left to play.
    pub(crate) fn fill(&mut self, codec: Codec, out: &mut [u8]) -> bool {
        let mut filled = 0;
        while filled < out.len() {
            let Some(item) = self.items.get(self.index) else {
                if !self.repeat {
                    break;
                }
                self.index = 0;
                continue;
            };
            let room = out.get_mut(filled..).unwrap_or_default();
            let took = fill_from(item, codec, self.offset, room);
            filled += took;
            self.offset += took;
            if length(item).is_some_and(|length| self.offset as u64 >= length) {
                self.index += 1;
                self.offset = 0;
            }
        }
        out.iter_mut().skip(filled).for_each(|byte| *byte = g711::silence(codec));
        filled > 0
    }
}

/// How many samples an item has; none if it is endless.
fn length(item: &PlayItem) -> Option<u64> {
    match item {
        // Both laws have one byte a sample; a prompt that breaks this ends with the shorter one.
        PlayItem::Prompt(prompt) => Some(prompt.pcma.len().min(prompt.pcmu.len()) as u64),
        PlayItem::Tone(tone) => tone::length(*tone),
        PlayItem::Silence(ms) => Some(u64::from(*ms) * PER_MS),
    }
}

fn fill_from(item: &PlayItem, codec: Codec, offset: usize, out: &mut [u8]) -> usize {
    let left = length(item).map_or(u64::MAX, |length| length.saturating_sub(offset as u64));
    let count = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
    let out = out.get_mut(..count).unwrap_or_default();
    match item {
        PlayItem::Prompt(prompt) => {
            let audio = match codec {
                Codec::Pcma => &prompt.pcma,
                Codec::Pcmu => &prompt.pcmu,
            };
            let part = audio.get(offset..offset + count).unwrap_or_default();
            out.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
        }
        PlayItem::Tone(kind) => {
            for (n, byte) in out.iter_mut().enumerate() {
                *byte = g711::encode(codec, tone::sample(*kind, (offset + n) as u64));
            }
        }
        PlayItem::Silence(_) => out.fill(g711::silence(codec)),
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::PromptId;
    use crate::media::{Prompt, Tone};
    use std::sync::Arc;

    fn prompt(length: usize) -> PlayItem {
        let pcma: Vec<u8> = (0..length).map(|i| i as u8).collect();
        let pcmu = pcma.iter().map(|b| b ^ 0xff).collect();
        PlayItem::Prompt(Arc::new(Prompt { id: PromptId(0), pcma, pcmu }))
    }

    fn play(items: Vec<PlayItem>, repeat: bool) -> Playing {
        Playing::new(PlayId(1), items, repeat, BargeIn::No)
    }

    #[test]
    fn items_follow_each_other_without_a_gap() {
        let mut playing = play(vec![prompt(100), PlayItem::Silence(5), prompt(20)], false);
        let mut out = [0; 170];
        assert!(playing.fill(Codec::Pcma, &mut out));
        assert_eq!((out[99], out[100], out[139], out[140]), (99, 0xd5, 0xd5, 0));
        assert_eq!((out[159], out[160]), (19, 0xd5), "the rest is silence");
        assert!(!playing.fill(Codec::Pcma, &mut out));
    }

    #[test]
    fn the_codec_picks_the_samples() {
        let mut out = [0; 4];
        assert!(play(vec![prompt(4)], false).fill(Codec::Pcmu, &mut out));
        assert_eq!(out, [255, 254, 253, 252]);
    }

    #[test]
    fn a_repeated_play_begins_again_at_its_end() {
        let mut playing = play(vec![prompt(3)], true);
        let mut out = [9; 7];
        assert!(playing.fill(Codec::Pcma, &mut out));
        assert_eq!(out, [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn a_repeated_play_of_nothing_ends() {
        for items in [vec![], vec![prompt(0), PlayItem::Silence(0)]] {
            assert!(!play(items, true).fill(Codec::Pcma, &mut [0; 160]));
        }
    }

    #[test]
    fn tones_go_on_across_packets() {
        let mut playing = play(vec![PlayItem::Tone(Tone::Steady(697))], false);
        let mut heard = vec![];
        for _ in 0..50 {
            let mut out = [0; 160];
            assert!(playing.fill(Codec::Pcmu, &mut out));
            heard.extend(g711::decode_all(Codec::Pcmu, &out));
        }
        assert!(tone::share(&heard, 697.0) > 0.95);
    }
}
