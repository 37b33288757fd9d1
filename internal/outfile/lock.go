package outfile

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"dongbo/internal/fault"
	"dongbo/internal/viet"

	"filippo.io/age"
)

// Lengths of a new password, in characters. A workbook holds no longer one.
const (
	LeastPassword = 10
	mostPassword  = 255
)

// CheckPassword tells whether a file may be locked with the password.
func CheckPassword(password string) error {
	switch n := utf8.RuneCountInString(viet.NFC(password)); {
	case n < LeastPassword:
		return fault.New("password.short", "least", LeastPassword)
	case n > mostPassword:
		return fault.New("password.long", "most", mostPassword)
	}
	return nil
}

// Work factors of scrypt, as powers of two: 17 takes 128 MiB and half a second
// of an office's old computer. What we read may take twice that, which is what
// the age program writes; more would let a file eat the computer's memory.
const (
	workToLock   = 17
	workToUnlock = 18
)

// magic begins every age file.
const magic = "age-encryption.org/v1\n"

// IsLocked tells by a file's beginning whether it is a locked one.
func IsLocked(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// Lock gives a writer whose bytes reach w locked. Closing it is part of the
// writing: a file without its end is refused. It does not close w.
func Lock(w io.Writer, password string) (io.WriteCloser, error) {
	if err := CheckPassword(password); err != nil {
		return nil, err
	}
	recipient, err := age.NewScryptRecipient(viet.NFC(password))
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(workToLock)
	return age.Encrypt(w, recipient)
}

// Unlock gives what Lock was given. A wrong password shows at once, damage and
// a missing end as an error when the reading comes there: what was read before
// that is authentic, and not yet the whole.
func Unlock(r io.Reader, password string) (io.Reader, error) {
	identity, err := age.NewScryptIdentity(viet.NFC(password))
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(workToUnlock)
	plain, err := age.Decrypt(r, identity)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, fault.Wrap(err, "password.wrong")
	}
	return plain, err
}
