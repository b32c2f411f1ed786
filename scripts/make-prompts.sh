#!/bin/sh
# Makes the English prompts of the demo and of the example dialplans, as G.711 A-law WAV files
# (8 kHz, one channel), from text and from tones. Needs espeak-ng and sox:
#
#   apt-get install espeak-ng sox        (Debian, Ubuntu)
#   dnf install espeak-ng sox            (Fedora)
#   brew install espeak-ng sox           (macOS)
#
# Usage: scripts/make-prompts.sh [FOLDER]        default: dialplans/prompts beside this script
set -eu

folder=${1:-$(dirname "$0")/../dialplans/prompts}
voice=${VOICE:-en-gb}
speed=${SPEED:-150}
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in espeak-ng sox; do
    command -v "$tool" >/dev/null || { echo "$0: $tool is missing; see the top of this file" >&2; exit 1; }
done

# What a telephone carries, evenly loud, without the silence around it but for a breath.
# No dither: the same text gives the same bytes.
finish() { # finish IN NAME PAD_SECONDS
    sox -D "$1" -r 8000 -c 1 -e a-law -b 8 "$folder/$2.wav" \
        gain -6 highpass 200 lowpass 3600 \
        silence 1 0.01 0.1% reverse silence 1 0.01 0.1% reverse \
        norm -6 pad 0.02 "$3"
}

say() { # say NAME TEXT
    espeak-ng -v "$voice" -s "$speed" -w "$work/say.wav" "$2"
    finish "$work/say.wav" "$1" 0.15
}

# Words that are put together to numbers have hardly a pause behind them.
word() { # word NAME TEXT
    espeak-ng -v "$voice" -s "$speed" -w "$work/say.wav" "$2"
    finish "$work/say.wav" "$1" 0.03
}

say welcome "Welcome to Centralino."
say main-menu "For sales, press 1. For support, press 2. For the operator, press 0."
say please-hold "Please hold while we connect you."
say sorry "We are sorry, nobody can take your call right now. Please call back later."
say closed "Our office is closed at the moment. Please call back during opening hours."
say invalid "Sorry, that is not a valid choice."
say your-number "Please enter your number, followed by the hash key."
say thank-you "Thank you. Goodbye."

say position-before "You are number"
say position-after "in the queue."
say position-next "You are next in the queue."
say wait-before "The expected waiting time is"
say wait-minute "minute."
say wait-minutes "minutes."
say wait-less "less than a minute."

number=0
for text in zero one two three four five six seven eight nine ten eleven twelve thirteen \
    fourteen fifteen sixteen seventeen eighteen nineteen twenty; do
    word "$number" "$text"
    number=$((number + 1))
done
for pair in 30:thirty 40:forty 50:fifty 60:sixty 70:seventy 80:eighty 90:ninety \
    hundred:hundred thousand:thousand; do
    word "${pair%%:*}" "${pair#*:}"
done

# A beep of 1000 Hz, 0.2 s, faded so that it does not click.
sox -D -n -r 8000 -c 1 -e a-law -b 8 "$folder/beep.wav" \
    synth 0.2 sine 1000 fade t 0.01 0.2 0.01 norm -9

# Hold music: four plucked chords, each ringing into the next; about ten seconds, made to repeat.
chord() { # chord NUMBER NOTE NOTE NOTE NOTE
    sox -D -n -r 16000 -c 1 "$work/chord-$1.wav" \
        synth 2.5 pluck "$2" synth 2.5 pluck mix "$3" synth 2.5 pluck mix "$4" \
        synth 2.5 pluck mix "$5" fade t 0.01 2.5 0.4
}
chord 1 C3 E4 G4 C4
chord 2 A2 C4 E4 A3
chord 3 F3 A3 C4 F4
chord 4 G3 B3 D4 G4
sox -D "$work/chord-1.wav" "$work/chord-2.wav" "$work/chord-3.wav" "$work/chord-4.wav" \
    -r 8000 -c 1 -e a-law -b 8 "$folder/hold-music.wav" lowpass 3000 norm -12

du -sh "$folder"
