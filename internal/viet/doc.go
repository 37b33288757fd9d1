// Package viet knows how Vietnamese people write: names, dates, numbers of
// papers and telephones, and the encodings that came before Unicode. It is
// pure: no I/O, no clock, and it imports nothing of ours.
//
// The nouns:
//
//   - clean text: NFC, without invisible characters, spaces collapsed. All
//     text is stored clean; no other function here rewrites what a person
//     typed without saying so in its result.
//   - fold: what search compares. No tones, no đ, lower case.
//   - sort key: bytes that order people as a Vietnamese list does, by given
//     name, then family name, then middle name.
//   - tone key: what tells whether two names are the same word, so that
//     Hòa and Hoà are one. Never stored in place of the name.
//   - partial date: YYYY, YYYY-MM or YYYY-MM-DD. Many members know only the
//     year of their birth, and that is a value, not an error.
//   - flaw: what is wrong with a typed value, as a permanent code. A flaw is
//     an error where the value cannot be kept, otherwise only a remark.
//   - legacy encoding: TCVN3 (.VnTime fonts) and VNI, where the letters on the
//     screen come from the font and the file holds Western European signs.
package viet
