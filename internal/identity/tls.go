package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"dongbo/internal/fault"
)

// challengeLabel names what both ends of a TLS connection can derive and
// nobody else.
const challengeLabel = "EXPORTER-dongbo-hello-1"

// ServerCert makes the certificate that shows a server's key. It is the same
// for the same key. Its dates leave every clock inside.
func ServerCert(key ed25519.PrivateKey) (tls.Certificate, error) {
	serial := sha256.Sum256(public(key))
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:15]),
		Subject:      pkix.Name{CommonName: "dongbo"},
		NotBefore:    time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	// Ed25519 draws no random number to sign: none is handed in.
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("identity: certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// ServerTLS is the server's side of the line.
func ServerTLS(cert tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{cert},
		NextProtos:             []string{"http/1.1"}, // WebSocket
		SessionTicketsDisabled: true,                 // a ticket is larger than what it would save
	}
}

// ClientTLS is a device's side of the line: it talks to the holder of the
// pinned key and to nobody else.
func ClientTLS(pin Pin) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{"http/1.1"},
		// Names and dates are not looked at, see the package document. The
		// handshake itself proves that the server holds the certificate's key.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection checks the pin
		VerifyConnection: func(state tls.ConnectionState) error {
			got, err := PeerPin(state)
			if err == nil && got != pin {
				err = fault.New(fault.ServerKeyWrong)
			}
			return err
		},
	}
}

// PeerPin is the Pin of the server at the other end.
func PeerPin(state tls.ConnectionState) (Pin, error) {
	if len(state.PeerCertificates) == 0 {
		return Pin{}, fault.New(fault.ServerKeyWrong)
	}
	return sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo), nil
}

// PeerKey is the key of the server at the other end, for its receipts.
func PeerKey(state tls.ConnectionState) (ed25519.PublicKey, error) {
	if len(state.PeerCertificates) > 0 {
		if key, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey); ok {
			return key, nil
		}
	}
	return nil, fault.New(fault.ServerKeyWrong)
}

// Challenge is what a greeting on this connection must sign. Both ends derive
// it from the handshake, so that it costs no round trip.
func Challenge(state tls.ConnectionState) ([]byte, error) {
	c, err := state.ExportKeyingMaterial(challengeLabel, nil, 32)
	if err != nil {
		return nil, fmt.Errorf("identity: challenge: %w", err)
	}
	return c, nil
}
