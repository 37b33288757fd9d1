// Package arch holds the rules of this source tree as ordinary tests, so that
// they cannot drift from what is written about them.
//
// A layer is a folder with a place in the import table (table_test.go): it may
// import the layers named there, and its reason is in the message of the test.
// A pure package does no input or output, reads no clock and draws no random
// number: the simulator runs it by the million, and a reader can understand it
// alone. The other rules are about size and words: every package has a
// document, no function is over 70 lines, no file over 600, and no file names
// a path of one particular machine.
//
// It has no code of its own.
package arch
