// Package identity says who is at the other end of a line.
//
// A device is its Ed25519 key; its id is a hash of the public half. A server is
// its key too: devices know it by the Pin, the hash of its public key, and look
// at neither the name nor the dates of its certificate, because offices reach
// it under changing addresses and their clocks are wrong. An enrolment Code
// carries the server's address and Pin and a one-time token, so that nobody can
// put himself between on first contact.
//
// Three things are signed, each under a text of its own so that no signature
// can pass for another: a greeting (bound to its TLS connection, so that it
// cannot be replayed on another), a range of a writer's changes, a receipt.
//
// Randomness is handed in.
package identity
