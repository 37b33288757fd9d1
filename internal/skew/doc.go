// Package skew is tests only: programs of three releases, each a process of its
// own, live together through one server (anchor I15). A Program is the test's
// own binary, started as another release (schematest.Become); a World is a
// server's folder and the offices' replica files, on which programs of any
// release work in turn, as they would before and after an upgrade.
//
// The property: whatever a history of offices on three releases and a server
// that is upgraded on the way, once all have upgraded every file is as if all
// had been of the last release from the start.
package skew
