package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"

	"dongbo/internal/change"
	"dongbo/internal/fault"
)

// Pin is the hash of a public key as certificates spell it
// (SubjectPublicKeyInfo): what a device knows a server by.
type Pin [sha256.Size]byte

// NewKey makes a key for a device or a server.
func NewKey(random io.Reader) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("identity: new key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// KeyFromSeed makes the key again whose Seed was kept.
func KeyFromSeed(seed []byte) (ed25519.PrivateKey, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fault.New(fault.KeyFileUnusable)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// PublicKey checks the length of a public key that came from outside.
func PublicKey(b []byte) (ed25519.PublicKey, error) {
	if len(b) != ed25519.PublicKeySize {
		return nil, fault.New(fault.KeyFileUnusable)
	}
	return ed25519.PublicKey(b), nil
}

// DeviceID is the id of the device with that public key.
func DeviceID(public ed25519.PublicKey) change.ID {
	sum := sha256.Sum256(public)
	return change.ID(sum[:16])
}

// PinOf returns the Pin of a public key.
func PinOf(public ed25519.PublicKey) (Pin, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return Pin{}, fmt.Errorf("identity: pin: %w", err)
	}
	return sha256.Sum256(der), nil
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }
