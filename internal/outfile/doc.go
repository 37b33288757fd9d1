// Package outfile is for files that leave the register: exports, rows to mend,
// backups. What leaves lies where anybody may come by, on a stick or in a mail,
// so it is written whole or not at all, and locked where there is a password.
//
// The nouns:
//
//   - output: a file that is written beside its place, brought to the disk and
//     only then given its name. Whatever stops the writing, what stood there
//     before still stands.
//   - password: what a person types, as NFC, for two keyboards may spell one
//     Vietnamese letter differently. New ones have a least length; when
//     reading, any will do, for others chose it.
//   - locked file: an age file (age-encryption.org/v1) with a passphrase and
//     nothing else for its key. `age -d` opens it too, without us.
package outfile
