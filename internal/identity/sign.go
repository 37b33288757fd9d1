package identity

import (
	"crypto/ed25519"
	"encoding/binary"

	"dongbo/internal/change"
	"dongbo/internal/fault"
)

// The texts under which things are signed.
const (
	helloText   = "dongbo hello 1"
	rangeText   = "dongbo range 1"
	receiptText = "dongbo receipt 1"
)

// statement collects what is signed. Every part has a fixed length or carries
// it, so that two statements never read alike.
type statement []byte

func newStatement(text string) statement { return append(statement(text), 0) }

func (s statement) bytes(b []byte) statement {
	return append(binary.BigEndian.AppendUint64(s, uint64(len(b))), b...)
}

func (s statement) number(n uint64) statement { return binary.BigEndian.AppendUint64(s, n) }

func (s statement) sign(key ed25519.PrivateKey) []byte { return ed25519.Sign(key, s) }

func (s statement) verify(public ed25519.PublicKey, signature []byte) error {
	if len(public) != ed25519.PublicKeySize || !ed25519.Verify(public, s, signature) {
		return fault.New(fault.SignatureWrong)
	}
	return nil
}

func hello(challenge []byte, device change.ID) statement {
	return newStatement(helloText).bytes(challenge).bytes(device[:])
}

// SignHello proves that the holder of key greets on the connection whose
// Challenge that is.
func SignHello(key ed25519.PrivateKey, challenge []byte) []byte {
	return hello(challenge, DeviceID(public(key))).sign(key)
}

// VerifyHello checks what SignHello made.
func VerifyHello(public ed25519.PublicKey, challenge, proof []byte) error {
	return hello(challenge, DeviceID(public)).verify(public, proof)
}

func changes(writer change.ID, last uint64, hash change.Hash) statement {
	return newStatement(rangeText).bytes(writer[:]).number(last).bytes(hash[:])
}

// SignRange signs all changes of a writer up to number last, whose chain hash
// is hash: the chain holds the rest.
func SignRange(key ed25519.PrivateKey, writer change.ID, last uint64, hash change.Hash) []byte {
	return changes(writer, last, hash).sign(key)
}

// VerifyRange checks what SignRange made.
func VerifyRange(public ed25519.PublicKey, writer change.ID, last uint64, hash change.Hash, signature []byte) error {
	return changes(writer, last, hash).verify(public, signature)
}

// Receipt is what a server signs about a writer's changes.
type Receipt struct {
	Epoch, Writer change.ID
	Through       uint64
	Hash          change.Hash
	Refused       []Refused
}

// Refused is a change that was quarantined.
type Refused struct {
	N    uint64
	Code string
}

func (r *Receipt) statement() statement {
	s := newStatement(receiptText).bytes(r.Epoch[:]).bytes(r.Writer[:]).number(r.Through).bytes(r.Hash[:])
	s = s.number(uint64(len(r.Refused)))
	for _, f := range r.Refused {
		s = s.number(f.N).bytes([]byte(f.Code))
	}
	return s
}

// SignReceipt signs r with the server's key.
func SignReceipt(serverKey ed25519.PrivateKey, r *Receipt) []byte {
	return r.statement().sign(serverKey)
}

// VerifyReceipt checks what SignReceipt made.
func VerifyReceipt(server ed25519.PublicKey, r *Receipt, signature []byte) error {
	return r.statement().verify(server, signature)
}
