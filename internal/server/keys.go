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
	key, err := identity.KeyFromSeed(s.set.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return identity.ServerCert(key)
}

// codeText writes an enrolment code.
func (s *Server) codeText(token [16]byte, url, unit, role, person string) (string, error) {
	key, err := identity.KeyFromSeed(s.set.key)
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

func verifyHello(public, challenge, proof []byte) error {
	key, err := identity.PublicKey(public)
	if err != nil {
		return err
	}
	return identity.VerifyHello(key, challenge, proof)
}

func verifyRange(public []byte, m *wire.Changes, last uint64) error {
	key, err := identity.PublicKey(public)
	if err != nil {
		return err
	}
	return identity.VerifyRange(key, m.Writer, last, m.Last, m.Signature)
}

// signReceipt signs the receipt with the server's key.
func (s *Server) signReceipt(r *wire.Receipt) error {
	key, err := identity.KeyFromSeed(s.set.key)
	if err != nil {
		return err
	}
	signed := identity.Receipt{Epoch: s.set.epoch, Writer: r.Writer, Through: r.Through, Hash: r.Hash}
	for _, f := range r.Refused {
		signed.Refused = append(signed.Refused, identity.Refused{N: f.N, Code: f.Code})
	}
	r.Signature = identity.SignReceipt(key, &signed)
	return nil
}
