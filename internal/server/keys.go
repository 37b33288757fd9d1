package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"io"

	"dongbo/internal/change"
	"dongbo/internal/identity"
	"dongbo/internal/wire"
)

// Everything that the server asks of package identity stands here.

var systemRand io.Reader = rand.Reader

// TLS returns the certificate that devices know the server by.
func (s *Server) TLS() (tls.Certificate, error) {
	key, err := identity.KeyFromSeed(s.set.Load().key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return identity.ServerCert(key)
}

// codeText writes an enrolment code.
func (s *Server) codeText(token [16]byte, url, unit, role, person string) (string, error) {
	key, err := identity.KeyFromSeed(s.set.Load().key)
	if err != nil {
		return "", err
	}
	public, err := identity.PublicKey(key[32:])
	if err != nil {
		return "", err
	}
	pin, err := identity.PinOf(public)
	if err != nil {
		return "", err
	}
	return identity.Code{URL: url, SPKI: pin, Token: token, Unit: unit, Role: role, Person: person}.String(), nil
}

// tokenHash is what the server keeps of a code's token.
func tokenHash(token [16]byte) change.ID {
	sum := sha256.Sum256(append([]byte("dongbo token\x00"), token[:]...))
	return change.ID(sum[:16])
}

func deviceID(public []byte) (change.ID, error) {
	key, err := identity.PublicKey(public)
	if err != nil {
		return change.ID{}, err
	}
	return identity.DeviceID(key), nil
}

// Seal signs and verifies what passes between devices and the server. It is
// Ed25519; nothing but the simulator sets another, whose devices sign with it
// too: two signatures cost more than ordering a change. TLS and enrolment codes
// stay as they are.
type Seal interface {
	VerifyHello(public, challenge, proof []byte) error
	// VerifyRange holds a signature against a writer's chain, of which hash is
	// the end at number last.
	VerifyRange(public []byte, writer change.ID, last uint64, hash change.Hash, signature []byte) error
	// SignReceipt signs with the key that is made from the server's seed.
	SignReceipt(seed []byte, r *identity.Receipt) ([]byte, error)
	// VerifyReceipt tells whether it did.
	VerifyReceipt(seed []byte, r *identity.Receipt, signature []byte) error
}

type ed25519Seal struct{}

func (ed25519Seal) VerifyHello(public, challenge, proof []byte) error {
	key, err := identity.PublicKey(public)
	if err != nil {
		return err
	}
	return identity.VerifyHello(key, challenge, proof)
}

func (ed25519Seal) VerifyRange(public []byte, writer change.ID, last uint64, hash change.Hash, signature []byte) error {
	key, err := identity.PublicKey(public)
	if err != nil {
		return err
	}
	return identity.VerifyRange(key, writer, last, hash, signature)
}

func (ed25519Seal) SignReceipt(seed []byte, r *identity.Receipt) ([]byte, error) {
	key, err := identity.KeyFromSeed(seed)
	if err != nil {
		return nil, err
	}
	return identity.SignReceipt(key, r), nil
}

// signReceipt signs the receipt with the server's key.
func (s *Server) signReceipt(tx Tx, r *wire.Receipt) error {
	set, err := s.settingsIn(tx)
	if err == nil {
		r.Signature, err = s.seal.SignReceipt(set.key, signed(set.epoch, r))
	}
	return err
}

// signed is what a receipt's signature covers.
func signed(epoch change.ID, r *wire.Receipt) *identity.Receipt {
	out := &identity.Receipt{Epoch: epoch, Writer: r.Writer, Through: r.Through, Hash: r.Hash}
	for _, f := range r.Refused {
		out.Refused = append(out.Refused, identity.Refused{N: f.N, Code: f.Code})
	}
	return out
}

func (ed25519Seal) VerifyReceipt(seed []byte, r *identity.Receipt, signature []byte) error {
	key, err := identity.KeyFromSeed(seed)
	if err != nil {
		return err
	}
	public, err := identity.PublicKey(key[32:])
	if err != nil {
		return err
	}
	return identity.VerifyReceipt(public, r, signature)
}
